"""Who may send what, and when: written by hand, apart from the rules of the app, which it is held against."""

from dataclasses import dataclass

from forum.phases import Phase
from tests.scene import SHEET, TOPIC_URLS

PHASES = dict(zip("pomgcb", Phase, strict=True))
"""preparation opening marketplace groups closing puBlished"""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

COLUMNS = ("nobody", "participant", "convener", "member", "sponsor", "operator", "facilitator")
TEAM = COLUMNS[4:]
TABLE = """
# URL              takes nobody participant convener member sponsor operator facilitator
# arriving
board              G     *      *           =        =      *       *        *
join               P     omgc   *           =        =      omgc    omgc     omgc
other_phone        GP    *      *           =        =      *       *        *
me                 GP    -      *           =        =      -       -        -
second_device      P     -      *           =        =      -       -        -
agree_to_access    P     -      *           =        =      -       -        -
disconnect_others  P     -      *           =        =      -       -        -
sign_me_out        P     -      *           =        =      -       -        -
# topics
propose            GP    -      m           =        =      -       omg      omg
alike              G     -      *           =        =      *       *        *
topic              G     -      *           =        =      *       *        *           withdrawn
edit_topic         GP    -      -           mg       =      -       pomgc    pomgc
withdraw           P     -      -           mg       =      -       pomgc    pomgc
bring_back         P     -      -           m        =      -       pomgc    pomgc       withdrawn
interest           P     -      mg          =        =      -       mg       mg
merge              P     -      -           mg       =      -       -        omg
answer_merge       P     -      -           mg       =      -       -        omg
split              GP    -      -           mg       =      -       -        omg
take_up            P     -      mg          =        =      -       omg      omg
hand_over          P     -      -           mg       =      -       pomgc    pomgc
operator           GP    -      -           =        =      -       omg      omg
operator_people    G     -      -           =        =      -       omg      omg
operator_line      GP    -      -           =        =      -       omg      omg
# presenting a topic to everyone
pitch              P     -      -           m        =      -       om       om
begin_pitch        P     -      -           =        =      -       om       om
end_pitch          P     -      -           =        =      -       om       om
move_pitch         P     -      -           =        =      -       om       om
pitch_seconds      P     -      -           =        =      -       *        *
# the plenary
alerts             G     -      -           =        =      -       *        *
conductor          G     -      -           =        =      -       *        *
show               P     -      -           =        =      -       *        *
# agenda
place              P     -      -           m        =      -       pomgc    pomgc
unplace            P     -      -           m        =      -       pomgc    pomgc
swap               P     -      -           =        =      -       pomgc    pomgc
freeze_topic       P     -      -           =        =      -       -        pomgc
freeze_slot        P     -      -           =        =      -       -        pomgc
add_place          GP    -      -           =        =      -       pomgc    pomgc
late               GP    -      -           =        =      -       g        g
suggestion         GP    -      -           =        =      -       -        mg
# the groups as they meet
presence           P     -      gc          =        =      -       gc       gc
door_count         P     -      gc          =        =      -       gc       gc
roam               P     -      gc          =        =      -       -        -
place_page         G     -      *           =        =      *       *        *
begin_slot         P     -      -           =        =      -       pomgc    pomgc
extend_slot        P     -      -           =        =      -       pomgc    pomgc
# messages
messages           GP    -      -           =        =      -       -        *
take_back          P     -      -           =        =      -       -        *
# reports
report             GP    -      -           gc       gc     -       -        gcb
writing            GP    -      -           gc       gc     -       -        gcb
history            G     -      -           gc       gc     -       -        gcb
restore_version    P     -      -           gc       gc     -       -        gcb         version
validate_report    P     -      -           =        =      -       -        gcb
read_report        G     -      *           =        =      *       *        *           text
comment            P     -      gcb         =        =      -       -        -
withdraw_comment   P     -      gcb         =        =      -       -        gcb         comment
missing_reports    G     -      -           =        =      *       *        *
ask_for_reports    P     -      -           =        =      -       -        gc
finish_report      P     -      -           gc       gc     -       -        gcb
reopen_report      P     -      -           gc       gc     -       -        gcb
add_action         P     -      -           gc       gc     -       -        gcb
action             P     -      -           gc       gc     -       -        gcb         action
drop_action        P     -      -           gc       gc     -       -        gcb         action
# photos, and sheets written by hand
photos             GP    -      -           gc       gc     -       -        gcb
upload_photo       GP    -      -           gc       gc     -       -        gcb
photo              P     -      -           gc       gc     -       -        gcb         photo
agree_photo        P     -      -           gc       gc     -       -        gcb         photo
move_photo         P     -      -           gc       gc     -       -        gcb         photo
drop_photo         P     -      -           gc       gc     -       -        gcb         photo
photo_file         G     -      *           =        =      *       *        *           photo
sheet              GP    -      gc          =        =      -       gc       gcb
upload_sheet       GP    -      gc          =        =      -       gc       gcb
transcribe         GP    -      -           gc       gc     -       -        gcb         sheet
sheets             GP    -      -           =        =      -       gc       gcb
# closing
feedback           GP    -      c           =        =      -       c        cb
remove_feedback    P     -      -           =        =      -       -        cb
# the book
book               G     -      *           =        =      *       *        *
request_edition    P     -      -           =        =      -       -        gcb
download           G     -      *           =        =      *       *        *
latest             G     -      *           =        =      *       *        *
book_page          G     -      *           =        =      *       *        *
other_format       G     -      *           =        =      *       *        *
book_image         G     -      *           =        =      *       *        *
essential          G     -      *           =        =      *       *        *           prints
report_pdf         G     -      *           =        =      *       *        *           finished prints
imprint            GP    -      -           =        =      -       -        *
add_logo           P     -      -           =        =      -       -        *
move_logo          P     -      -           =        =      -       -        *
remove_logo        P     -      -           =        =      -       -        *
publish            GP    -      -           =        =      -       -        *
# to anyone, once published
public             G     *      *           =        =      *       *        *
public_page        G     *      *           =        =      *       *        *
public_file        G     *      *           =        =      *       *        *
public_image       G     *      *           =        =      *       *        *
# running the day
live               G     -      *           =        =      *       *        *
wall               G     -      *           =        =      *       *        *
desk               G     -      -           =        =      *       *        *
describe           GP    -      -           =        =      -       -        *
move               P     -      -           =        =      -       -        *
enter_person       P     -      -           =        =      -       pomgc    pomgc
expected           G     -      -           =        =      -       *        *
import_people      GP    -      -           =        =      -       -        pomgc
arrive             P     -      -           =        =      -       pomgc    pomgc
forget_expected    P     -      -           =        =      -       -        *
person             GP    -      -           =        =      -       pomgc    *
remove_person      P     -      -           =        =      -       -        *
remove_with_all    GP    -      -           =        =      -       -        *
person_code        P     -      -           =        =      -       -        *
facilitators       G     -      -           =        =      -       -        *
invite             P     -      -           =        =      -       -        *
end_invitation     P     -      -           =        =      -       -        *
end_device         P     -      -           =        =      -       -        *
change_role        P     -      -           =        =      -       -        *
remove_facilitator P     -      -           =        =      -       -        *
phone_test         GP    *      *           =        =      *       *        *
ready              G     -      -           =        =      -       *        *
check              G     -      -           =        =      -       *        *
use_address        P     -      -           =        =      -       -        *
printing           GP    -      -           =        =      -       *        *
kit                G     -      -           =        =      -       *        *
kit_file           G     -      -           =        =      -       *        *
waiting            G     -      -           =        =      -       *        *
approve            P     -      -           =        =      -       *        *
refuse             P     -      -           =        =      -       *        *
approve_first      P     -      -           =        =      -       -        *
journal            G     -      -           =        =      -       -        *
undo               P     -      -           =        =      -       -        *
erase_rehearsal    P     -      -           =        =      -       -        *
# no URLs: what pages show and let do
act_for_others     -     -      -           =        =      -       *        *
clashes            -     -      -           *        =      -       *        *
name_place         -     -      -           m        =      -       pomgc    pomgc
hidden_totals      -     -      -           =        =      -       *        *
e_mails            -     -      -           =        =      -       -        *
move_frozen        -     -      -           =        =      -       -        *
merge_at_once      -     -      -           =        =      -       -        *
group_photos       -     -      -           *        *      -       -        *
drafts             -     -      *           =        =      -       *        *
withdraw_any_comment -   -      -           =        =      -       -        gcb
"""
"""A row for each rule: the name of its URL in a forum; the methods that this takes, GET and POST; and for each role the
phases in which it is let in.

`*`: in every phase; `-`: in none; `=`: as a participant, which conveners and members are. Then, in some rows:
`withdrawn`: a topic that was withdrawn answers here too; `sheet`: participants and operators are let in as members are,
while a photographed sheet waits and the report is not finished; `action`, `version`, `photo`, `comment`: what the path
names, and which an empty report has none of; `text`: answered by 404 for a report without one; `finished`: for one that
is not in the book; `prints`: its GET asks for a document.
"""
OUTSIDERS = (
    "nobody", "participant of another forum", "removed participant", "facilitator of another forum",
    "revoked facilitator",
)  # fmt: skip
"""All of them are nobody in this forum."""
ROLES = (*OUTSIDERS, *COLUMNS[1:])

SHEET_ROLES = ("participant", "convener", "member", "operator")

OUTSIDE = {
    **dict.fromkeys(("readiness", "public_forums", "enter_by_link"), ("GET", "anyone")),
    **dict.fromkeys(("home", "accept_invitation"), ("GET POST", "anyone")),
    "set_language": (" ".join(METHODS), "anyone"), "sign_out": ("POST", "anyone"),
    "forums": ("GET", "facilitators"), "new_forum": ("GET POST", "facilitators"),
    **dict.fromkeys(("preview_agenda", "change_link"), ("POST", "facilitators")),
    **dict.fromkeys(("metrics", "security_txt", "sign_in", "come_back", "signed_out"), ("GET", "nobody")),
    **dict.fromkeys(("attach_account", "detach_account"), ("POST", "nobody")),
}  # fmt: skip
"""The URLs outside any forum: the methods that they take, and who is let in; facilitators are those of any forum.

Nobody reads the metrics without a token of the installation, a contact that it does not name, nor signs in where there
is no OpenID provider.
"""
FACILITATORS = (*TEAM, "facilitator of another forum")

SOCKETS = {
    **dict.fromkeys(("live as phone", "live as wall", "live as page"), "live"),
    **{f"live as {name}": "desk" for name in ("desk", "operators-desk", "sponsors-desk")},
    "phone_test": "phone_test", "writing": "writing",
}  # fmt: skip
"""The sockets, and the URL of the same rights."""
DESKS = {"live as desk": "facilitator", "live as operators-desk": "operator", "live as sponsors-desk": "sponsor"}
"""The sockets of one role alone."""

# What a request is answered. The last three turn it away, and then nothing has changed.
LET_IN, LACKING, NOT_TAKEN = "let in", "there is no such row", "405"
ENTRANCE, REFUSED, NOT_FOUND = "302 to the entrance", "403", "404"
CHANGES_NOTHING = (LACKING, NOT_TAKEN, ENTRANCE, REFUSED, NOT_FOUND)


@dataclass(frozen=True)
class Row:
    url: str
    methods: frozenset[str]
    phases: dict[str, frozenset[Phase]]
    """By role of COLUMNS."""
    notes: frozenset[str]

    @classmethod
    def parse(cls, line: str) -> "Row":
        url, takes, *cells = line.split()
        phases: dict[str, frozenset[Phase]] = {}
        for role, cell in zip(COLUMNS, cells, strict=False):
            in_all = frozenset(Phase) if cell == "*" else frozenset(PHASES[letter] for letter in cell.strip("-="))
            phases[role] = phases["participant"] if cell == "=" else in_all
        methods = frozenset({"G": "GET", "P": "POST"}[letter] for letter in takes.strip("-"))
        return cls(url, methods, phases, frozenset(cells[len(COLUMNS) :]))

    @property
    def is_for_team(self) -> bool:
        return not any(self.phases[role] for role in COLUMNS if role not in TEAM)

    @property
    def is_about_a_topic(self) -> bool:
        return self.url in TOPIC_URLS

    def admits(self, role: str, phase: Phase, state: str) -> bool:
        """Say whether it lets this role in. The URL is one of this forum, the topic not withdrawn."""
        if phase in self.phases["nobody" if role in OUTSIDERS else role]:
            return True
        awaits = state.endswith(SHEET) and state.removesuffix(SHEET) not in ("finished", "validated")
        return "sheet" in self.notes and awaits and role in SHEET_ROLES and phase in self.phases["member"]


DECLARED = [Row.parse(line) for line in TABLE.strip().splitlines() if not line.startswith("#")]
ROWS = {row.url: row for row in DECLARED if row.methods}
"""By URL in a forum."""


def expected(url: str, method: str, role: str, phase: Phase, state: str) -> str:
    """Return what a request to a URL in the forum is answered."""
    row = ROWS[url]
    if method not in row.methods:
        return NOT_TAKEN
    if role in OUTSIDERS and not row.phases["nobody"]:
        return _turned_away(row, method, role)
    is_withdrawn = row.is_about_a_topic and state.startswith("withdrawn") and "withdrawn" not in row.notes
    if is_withdrawn or not row.admits(role, phase, state):
        return NOT_FOUND if row.is_for_team and role not in TEAM else REFUSED
    return LACKING if _lacks(row, state) else LET_IN


def _turned_away(row: Row, method: str, role: str) -> str:
    """Return what somebody is answered who is nobody in this forum, where nobody may come."""
    if method == "GET":  # a browser whose token opens nothing any more is told so
        return REFUSED if role == "revoked facilitator" else ENTRANCE
    return NOT_FOUND if row.is_for_team else REFUSED


def _lacks(row: Row, state: str) -> bool:
    """Say whether the path names something that a report in this state has none of."""
    report = state.removesuffix(SHEET)
    if "finished" in row.notes:
        return report not in ("finished", "validated")
    if "photo" in row.notes and state.endswith(SHEET):
        return False
    return report == "empty" and bool(row.notes & {"action", "version", "photo", "comment", "text"})


def expected_outside(url: str, method: str, role: str) -> str:
    """Return what a request to a URL outside any forum is answered."""
    methods, who = OUTSIDE[url]
    if method not in methods.split():
        return NOT_TAKEN
    if who == "nobody":
        return NOT_FOUND
    return LET_IN if who == "anyone" or role in FACILITATORS else REFUSED


def expected_socket(socket: str, role: str, phase: Phase, state: str) -> bool:
    """Say whether a socket opens."""
    if role != DESKS.get(socket, role):
        return False
    row = ROWS[SOCKETS[socket]]
    return row.admits(role, phase, state) and not (row.is_about_a_topic and state.startswith("withdrawn"))
