"""Every address of the site. The name of an address in a forum is the name of its row in rules.py."""

from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.views.i18n import set_language

from forum.outside import whole_number
from forum.views import (
    arrival,
    board,
    desk,
    expected,
    facilitators,
    journal,
    keys,
    merging,
    operator,
    pages,
    phases,
    plenary,
    readiness,
    topics,
)


class CodeConverter:
    """A join code: seven signs, in capitals or not."""

    regex = "[A-Za-z0-9]{7}"

    def to_python(self, value: str) -> str:
        return value.upper()

    def to_url(self, value: str) -> str:
        return value


class NumberConverter:
    """A number that a database can look up."""

    regex = "[0-9]{1,10}"

    def to_python(self, value: str) -> int:
        """Raises ValueError for one that is too large: there is no such address."""
        number = whole_number(value)
        if number is None:
            raise ValueError(value)
        return number

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(CodeConverter, "code")
register_converter(NumberConverter, "number")

in_a_forum: list[URLPattern | URLResolver] = [
    path("", board.board, name="board"),
    path("live/", board.live, name="live"),
    path("wall/", board.wall, name="wall"),
    path("join/", arrival.join, name="join"),
    path("other-phone/", arrival.other_phone, name="other_phone"),
    path("me/", arrival.me, name="me"),
    path("me/code/", arrival.second_device, name="second_device"),
    path("me/disconnect/", arrival.disconnect_others, name="disconnect_others"),
    path("topics/new/", topics.propose, name="propose"),
    path("topics/alike/", topics.alike, name="alike"),
    path("topics/<number:number>/", topics.topic, name="topic"),
    path("topics/<number:number>/edit/", topics.edit, name="edit_topic"),
    path("topics/<number:number>/withdraw/", topics.withdraw, name="withdraw"),
    path("topics/<number:number>/back/", topics.bring_back, name="bring_back"),
    path("topics/<number:number>/merge/", merging.merge, name="merge"),
    path("topics/<number:number>/merge/<number:proposal>/", merging.answer, name="answer_merge"),
    path("topics/<number:number>/split/", merging.split, name="split"),
    path("topics/<number:number>/take-up/", merging.take_up, name="take_up"),
    path("topics/<number:number>/hand-over/", merging.hand_over, name="hand_over"),
    path("topics/<number:number>/interest/", topics.interest, name="interest"),
    path("topics/<number:number>/pitch/", plenary.pitch, name="pitch"),
    path("topics/<number:number>/pitch/begin/", plenary.begin_pitch, name="begin_pitch"),
    path("topics/<number:number>/pitch/end/", plenary.end_pitch, name="end_pitch"),
    path("topics/<number:number>/pitch/move/", plenary.move_pitch, name="move_pitch"),
    path("words/", arrival.feedback, name="feedback"),
    path("desk/", desk.desk, name="desk"),
    path("desk/operator/", operator.operator, name="operator"),
    path("desk/operator/people/", operator.people, name="operator_people"),
    path("desk/operator/<number:number>/", operator.line, name="operator_line"),
    path("desk/conductor/", plenary.conductor, name="conductor"),
    path("desk/conductor/show/", plenary.show, name="show"),
    path("desk/conductor/seconds/", plenary.pitch_seconds, name="pitch_seconds"),
    path("desk/phase/", phases.move, name="move"),
    path("desk/people/", desk.enter_person, name="enter_person"),
    path("desk/people/expected/", expected.expected, name="expected"),
    path("desk/people/expected/erase/", expected.forget_expected, name="forget_expected"),
    path("desk/people/expected/<number:person>/", expected.arrive, name="arrive"),
    path("desk/people/import/", expected.import_people, name="import_people"),
    path("desk/people/<number:person>/", desk.person, name="person"),
    path("desk/people/<number:person>/remove/", desk.remove_person, name="remove_person"),
    path("desk/people/<number:person>/code/", desk.person_code, name="person_code"),
    path("desk/words/<number:word>/remove/", desk.unsay, name="unsay"),
    path("desk/facilitators/", keys.facilitators, name="facilitators"),
    path("desk/facilitators/invite/", keys.invite, name="invite"),
    path("desk/facilitators/invitations/<number:invitation>/end/", keys.end_invitation, name="end_invitation"),
    path("desk/facilitators/devices/<number:device>/end/", keys.end_device, name="end_device"),
    path("desk/facilitators/<number:facilitator>/remove/", keys.remove, name="remove_facilitator"),
    path("desk/rehearsal/erase/", desk.erase_rehearsal, name="erase_rehearsal"),
    path("hello/", readiness.hello, name="hello"),
    path("desk/ready/", readiness.ready, name="ready"),
    path("desk/ready/address/", readiness.use_address, name="use_address"),
    path("desk/ready/<slug:name>/", readiness.check, name="check"),
    path("desk/journal/", journal.journal, name="journal"),
    path("desk/journal/<number:revision>/undo/", journal.undo, name="undo"),
    path("", include("sessions.urls")),
]

urlpatterns = [
    path("", pages.home, name="home"),
    path("healthz", pages.health, name="health"),
    path("language/", set_language, name="set_language"),
    path("facilitator/", facilitators.forums, name="forums"),
    path("facilitator/new/", facilitators.new_forum, name="new_forum"),
    path("facilitator/new/preview/", facilitators.preview_agenda, name="preview_agenda"),
    path("facilitator/sign-out/", facilitators.sign_out, name="sign_out"),
    path("facilitator/link/", facilitators.change_link, name="change_link"),
    path("facilitator/begin/<str:secret>/", facilitators.begin, name="begin"),
    path("facilitator/<str:secret>/", facilitators.enter, name="enter"),
    path("public/", include("sessions.urls_outside")),
    path("<code:code>/", include(in_a_forum)),
]
handler400 = "forum.views.pages.refused"
handler404 = "forum.views.pages.missing"
handler500 = "forum.views.pages.broken"
