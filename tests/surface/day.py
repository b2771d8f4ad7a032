"""A scripted day: every verb of a forum, from its creation to the end, through forms and buttons: one long script."""

import io
import re
from collections.abc import Callable, Iterator, Sequence

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from PIL import Image

from tests.surface.browser import Browser, address, expect, taken_answers, text_of
from tests.surface.world import Clock, fix_forum, run_tasks

STEP_SECONDS = 20
"""Between two steps."""
LINK = re.compile(r"/facilitator/begin/[\w-]+/")
CELL = re.compile(r'value="(\d+-\d+)"')
CODE_SHOWN = re.compile(r'<p class="code">(\w+)</p>')
AGENDA = "9:00 30 Accueil\n10:00 60\n11:00 60\n12:00 60 Déjeuner\n14:00 45"
PLACES = "Salle des Fêtes (40, écran)\nLe Préau (12)\nBibliothèque"
EXPECTED = "Nom;Organisation;Territoire\nNadia Ferrand;Commune d’Arras;Arras\nOdile Petit;DREAL;Lille\nPaul Roy;;Lens"


class Cast:
    """The browsers of the day."""

    def __init__(self) -> None:
        self.camille, self.colleague, self.last = Browser(), Browser(), Browser()
        """Facilitators."""
        self.nadia, self.theo, self.salma, self.yann = (Browser() for _n in range(4))
        self.stranger = Browser()


def picture(colour: str, kind: str = "JPEG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(file, kind)
    return file.getvalue()


def create_forum(cast: Cast) -> None:
    """Open the link of the terminal as the first facilitator, and create the forum."""
    terminal = io.StringIO()
    call_command("facilitator", stdout=terminal)
    [path] = LINK.findall(terminal.getvalue())
    cast.camille.send(path, {"name": "Camille Dufour"})
    form = {
        "title": "Rencontre annuelle", "question": "Quelles coopérations pour accélérer les transitions ?",
        "date": "2019-11-14", "venue": "Arras", "organisers": "Conseil régional", "contact": "forum@exemple.fr",
        "territories": "Arras\nLille", "slots": AGENDA, "places": PLACES, "is_rehearsal": "on", "pitch_seconds": "60",
        "language": "fr", "time_zone": "Europe/Paris",
    }  # fmt: skip
    answer = cast.camille.send(f"{reverse('new_forum')}?from=own", form)
    fix_forum(answer.headers["Location"].split("/")[1])
    taken_answers()  # they tell a code that was drawn by lot


def the_day(cast: Cast, clock: Clock, parts: "Sequence[Part] | None" = None) -> Iterator[str]:
    """Play it to its end, or only these parts of it; yields what has just been done.

    What was asked for is made at once: asking for it again is then a change too, and not one that changes nothing.
    """
    create_forum(cast)
    yield "the forum is created"
    for part in PARTS if parts is None else parts:
        for step in part(cast):
            clock.forward(STEP_SECONDS)
            yield step
            if run_tasks():
                yield f"{step}, and an edition is made"


def a_scene(cast: Cast, clock: Clock) -> str:
    """Play as much of it as leaves something of every kind to look at, while the groups meet.

    Returns the path of a printing kit that is ready.
    """
    for _step in the_day(cast, clock, PARTS[: PARTS.index(publishing)]):
        pass
    camille = cast.camille
    camille.post("move", phase="groups")
    cast.nadia.post("merge", 1, other="5", stays="this")
    for name, browser in (("Karim", cast.colleague), ("Lou", cast.last)):
        browser.send(LINK.findall(text_of(camille.post("invite", role="facilitator")))[0], {"name": name})
    camille.post("invite", role="facilitator")
    kit: str = camille.post("printing", posters=["join"], paper="A4", language="fr").headers["Location"]
    run_tasks()
    return kit


def preparation(cast: Cast) -> Iterator[str]:
    camille = cast.camille
    camille.submit("describe", venue="Arras, hôtel de ville")
    yield "the forum is described"
    camille.post("import_people", table=EXPECTED, sure="yes")
    yield "people are announced"


def opening(cast: Cast) -> Iterator[str]:
    camille = cast.camille
    camille.post("move", phase="opening")
    yield "everyone is at the opening"
    camille.post("show", step="opening.law")
    yield "the wall shows the law of two feet"
    for browser, name in ((cast.nadia, "Nadia Ferrand"), (cast.theo, "Théo Masson"), (cast.salma, "Salma Benali")):
        browser.post("join", name=name, appearance="full")
        yield f"{name} joins"
    cast.yann.post("join", name="Yann Le Goff", organisation="Cap Énergie", territory="Lens", appearance="initials")
    yield "Yann Le Goff joins"
    camille.post("join", name="Camille Dufour", appearance="first")
    yield "the facilitator joins"
    odile = camille.numbers(camille.page("expected"), "arrive")[0]
    camille.post("arrive", odile)
    yield "someone expected arrives"
    camille.post("enter_person", name="Berthe Sans Téléphone", appearance="hidden")
    yield "someone without a phone is entered"
    camille.post("pitch_seconds", pitch_seconds="90")
    yield "pitches last longer"


def proposing(cast: Cast) -> Iterator[str]:
    camille, nadia, theo, salma, yann = cast.camille, cast.nadia, cast.theo, cast.salma, cast.yann
    camille.post("move", phase="marketplace")
    yield "everyone is at the marketplace"
    nadia.post("propose", title="Rafraîchir nos cours d’école ?", description="Avant l’été.")
    yield "Nadia proposes number 1"
    theo.post("propose", title="Des vélos pour aller au travail", description="")
    yield "Théo proposes number 2"
    salma.post("propose", title="Vélo : aller au travail", description="Sans se faire tremper")
    yield "Salma proposes number 3"
    camille.post("propose", title="Qui paie ?", description="", convener="")
    yield "the facilitator puts number 4, a request"
    camille.post("operator", title="Manger local à la cantine", name="Ines Haddad")
    yield "the operator types number 5 for someone new"
    camille.post("operator_line", 5, title="Manger local dans les cantines", name="Ines Haddad")
    yield "the operator corrects number 5"
    yann.post("take_up", 4, participant="")
    yield "Yann takes number 4 up"
    nadia.post("edit_topic", 1, title="Rafraîchir nos cours d’école", description="Avant l’été, avec les enfants.")
    yield "Nadia words number 1 anew"
    for browser, number in ((theo, 1), (salma, 1), (yann, 2), (nadia, 3), (camille, 5)):
        browser.post("interest", number, going="yes")
        yield f"someone is going to number {number}"
    salma.post("interest", 1, going="no")
    yield "Salma is no longer going to number 1"
    for number, browser in ((1, nadia), (2, theo), (3, salma)):
        browser.post("pitch", number, waiting="yes")
        yield f"number {number} queues"
    camille.post("move_pitch", 3, to="up")
    yield "number 3 passes number 2"
    camille.post("begin_pitch", 1)
    yield "number 1 is on the wall"
    camille.post("end_pitch", 1)
    yield "number 1 has left the wall"
    theo.post("pitch", 2, waiting="no")
    yield "number 2 leaves the queue"


def merging(cast: Cast) -> Iterator[str]:
    camille, nadia, theo, salma = cast.camille, cast.nadia, cast.theo, cast.salma
    nadia.post("merge", 1, other="3", stays="this")
    yield "Nadia proposes that 3 joins 1"
    salma.post("answer_merge", 3, salma.numbers(salma.page("topic", 3), "answer_merge")[0], answer="no")
    yield "Salma would rather not"
    theo.post("merge", 2, other="3", stays="this")
    yield "Théo proposes that 3 joins 2"
    salma.post("answer_merge", 3, salma.numbers(salma.page("topic", 3), "answer_merge")[0], answer="yes")
    yield "Salma agrees"
    camille.post("undo", camille.numbers(camille.page("topic", 3), "undo")[0])
    yield "the merge is undone"
    camille.post("merge", 5, other="4", now="yes")
    yield "the facilitator merges 5 into 4"
    camille.post("bring_back", 5)
    yield "number 5 is a topic of its own again"
    nadia.post("split", 1, title="Ombre dans les cours d’école", second="Eau dans les cours d’école", convener="")
    yield "number 1 is split"
    nadia.post("withdraw", 1)
    yield "number 1 is withdrawn"
    nadia.post("bring_back", 1)
    yield "number 1 is brought back"
    [theo_at] = re.findall(r'<option value="(\d+)">Théo', nadia.page("topic", 1))
    nadia.post("hand_over", 1, convener=theo_at)
    yield "Nadia hands number 1 over to Théo"
    camille.post("hand_over", 1, convener="")
    yield "number 1 is a request"
    nadia.post("take_up", 1, participant="")
    yield "Nadia takes number 1 up"


def placing(cast: Cast) -> Iterator[str]:
    camille, nadia, theo, salma = cast.camille, cast.nadia, cast.theo, cast.salma
    cells = list(dict.fromkeys(CELL.findall(camille.page("topic", 1))))
    for number, browser, cell in ((1, nadia, 0), (2, theo, 1), (3, salma, 3), (4, camille, 4)):
        browser.post("place", number, cell=cells[cell])
        yield f"number {number} is placed"
    nadia.post("place", 1, cell=cells[1], statuses=(409,))
    camille.post("place", 5, cell=f"{cells[0].split('-')[0]}-elsewhere", elsewhere="Sous le platane")
    yield "number 5 is placed elsewhere"
    theo.post("unplace", 2)
    yield "number 2 waits again"
    theo.post("place", 2, cell=cells[2])
    yield "number 2 is placed again"
    camille.post("swap", 1, **{"with": "4"})
    yield "numbers 1 and 4 are exchanged"
    camille.post("freeze_topic", 2, frozen="yes")
    yield "number 2 is frozen"
    camille.post("freeze_topic", 2, frozen="no")
    yield "number 2 may move again"
    slot = camille.numbers(camille.page("desk"), "freeze_slot")[0]
    camille.post("freeze_slot", slot, frozen="yes")
    yield "the first slot is frozen"
    camille.post("freeze_slot", slot, frozen="no")
    yield "the first slot is free again"
    camille.post("add_place", name="Jardin", seats="8", equipment="bancs")
    yield "a place is added"
    offered = {"agenda": re.findall(r'name="agenda" value="([^"]+)"', camille.page("suggestion"))}
    for name in ("offered", "move"):
        offered[name] = re.findall(rf'name="{name}" value="([^"]+)"', camille.page("suggestion"))
    if offered["move"]:
        camille.post("suggestion", **offered)
        yield "the suggested agenda is accepted"


def writing_to_people(cast: Cast) -> Iterator[str]:
    camille = cast.camille
    camille.post("messages", text="Le café est servi.", to="everyone")
    yield "a message goes to everyone"
    choices = re.findall(r'<option value="((?:slot|topic)-\d+)"', camille.page("messages"))
    for kind in ("slot", "topic"):
        camille.post("messages", text=f"Pour vous ({kind}).", to=next(to for to in choices if to.startswith(kind)))
        yield f"a message goes to one {kind}"
    camille.post("take_back", camille.numbers(camille.page("messages"), "take_back")[-1])
    yield "the first message is taken back"


def meeting(cast: Cast) -> Iterator[str]:
    camille, nadia, theo, salma, yann = cast.camille, cast.nadia, cast.theo, cast.salma, cast.yann
    camille.post("move", phase="groups")
    yield "everyone is at the groups"
    slot = camille.numbers(camille.page("desk"), "begin_slot")[0]
    camille.post("begin_slot", slot)
    yield "the first round begins"
    camille.post("extend_slot", slot, minutes="10")
    yield "the first round lasts ten minutes more"
    for browser, number in ((nadia, 1), (theo, 1), (salma, 2), (yann, 2), (camille, 4)):
        browser.post("presence", number, present="yes")
        yield f"someone sits in number {number}"
    yann.post("presence", 2, present="no")
    yield "Yann gets up"
    yann.post("roam", kind="bumblebee")
    yield "Yann is a bumblebee"
    salma.post("roam", kind="butterfly")
    yield "Salma is a butterfly"
    yann.post("roam", kind="")
    yield "Yann roams no longer"
    theo.post("door_count", 1, people="14")
    yield "fourteen are counted at the door of number 1"
    slot = camille.numbers(camille.page("desk"), "begin_slot")[-1]
    camille.post(
        "late", title="Un sujet tardif", description="", convener="", cell=f"{slot}-elsewhere", elsewhere="Hall"
    )
    yield "a late topic comes"


def reporting(cast: Cast) -> Iterator[str]:
    camille, nadia, theo, yann = cast.camille, cast.nadia, cast.theo, cast.yann
    nadia.post("presence", 2, present="yes")
    yield "Nadia sits in number 2 too"
    _write(nadia, 1, findings="Il fait trop chaud.", debate="**Planter** ou peindre ?", head_count="14")
    yield "the report of number 1 begins"
    nadia.post("report", 1, findings="Autre constat.", statuses=(409,))
    _write(nadia, 1, findings="Il fait trop chaud.\nPeu d’ombre.", quote="Un arbre !")
    yield "the report goes on"
    _write(theo, 1, findings="Il fait trop chaud.\nPeu d’ombre.\nDu bitume partout.")
    yield "Théo writes in it too"
    nadia.post("add_action", 1)
    yield "an action is added"
    [action] = nadia.numbers(nadia.page("report", 1), "action")
    said = {"what": "Planter des tilleuls", "point_person": "Nadia Ferrand", "due_date": "2020-03-01",
            "first_step": "Choisir la cour", "due_words": "avant les bourgeons"}  # fmt: skip
    shown = nadia.json("report", 1)["actions"][str(action)]
    nadia.post("action", 1, action, **said, **_bases(shown))
    yield "the action is written"
    nadia.post("add_action", 1)
    yield "a second action is added"
    nadia.post("drop_action", 1, nadia.numbers(nadia.page("report", 1), "action")[-1])
    yield "the second action is dropped"
    yield from _photos(nadia)
    yield from _sheets(theo, camille, yann)
    nadia.post("finish_report", 1)
    yield "the report of number 1 is finished"
    nadia.post("reopen_report", 1)
    yield "it is reopened"
    nadia.post("finish_report", 1)
    yield "it is finished again"
    camille.post("validate_report", 1)
    yield "it is validated"
    version = nadia.numbers(nadia.page("history", 1), "restore_version")[-1]
    nadia.post("restore_version", 1, version)
    yield "an earlier version is restored"


def _write(browser: Browser, number: int, **fields: str) -> None:
    """Write in the form of a report, having seen what stands in it."""
    browser.post("report", number, **fields, **_bases(browser.json("report", number)["fields"]))


def _bases(shown: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return the bases that a form sends back with its fields."""
    return {f"b_{name}": field["base"] for name, field in shown.items()}


def _photos(nadia: Browser) -> Iterator[str]:
    sent = picture("green")
    path = f"{address('upload_photo', 1, 'ab' * 12)}?offset=0&size={len(sent)}"
    expect(nadia.client.post(path, sent, content_type="application/octet-stream"), 200)
    yield "a photo is sent in pieces"
    nadia.post("photos", 1, files=SimpleUploadedFile("deux.jpg", picture("blue"), "image/jpeg"))
    yield "a photo is sent by a form"
    photos = nadia.numbers(nadia.page("report", 1), "photo")
    bases = _bases(nadia.json("report", 1)["photos"][str(photos[0])])
    nadia.post("photo", 1, photos[0], caption="La cour", alternative="Une cour sans arbre", **bases)
    yield "a photo is described"
    nadia.post("agree_photo", 1, photos[0], agreed="yes")
    yield "the people on it agreed"
    nadia.post("move_photo", 1, photos[1], to="up")
    yield "the photos change places"
    nadia.post("drop_photo", 1, photos[1])
    yield "a photo is removed"


def _sheets(theo: Browser, camille: Browser, yann: Browser) -> Iterator[str]:
    theo.post("sheet", 2, files=SimpleUploadedFile("feuille.jpg", picture("white"), "image/jpeg"))
    yield "a sheet is photographed for number 2"
    form = {"group-1": "3", "files-1": SimpleUploadedFile("feuille.jpg", picture("grey"), "image/jpeg")}
    camille.post("sheets", **form)
    yield "a sheet is gathered for number 3"
    [done] = re.findall(r'name="done" value="(\d+)"', yann.page("transcribe", 2))
    yann.submit(address("transcribe", 2), findings="Trop de voitures.", what="Compter les vélos", done=done)
    yield "the sheet of number 2 is transcribed"


def seeing(cast: Cast) -> Iterator[str]:
    camille, theo, salma = cast.camille, cast.theo, cast.salma
    salma.post("comment", 1, text="Nous aussi.", concerns_us="on")
    yield "Salma comments and joins the follow-up"
    theo.post("comment", 1, text="Bravo.")
    yield "Théo comments"
    theo.post("withdraw_comment", 1, theo.numbers(theo.page("read_report", 1), "withdraw_comment")[-1])
    yield "Théo takes his comment back"
    camille.post("ask_for_reports", topic="all", text="Votre compte-rendu est attendu.")
    yield "the missing reports are asked for"
    _write(camille, 4, findings="Personne ne sait qui paie.")
    yield "the facilitator writes for number 4"
    camille.post("finish_report", 4)
    yield "number 4 is finished"


def closing(cast: Cast) -> Iterator[str]:
    camille, nadia, theo, yann = cast.camille, cast.nadia, cast.theo, cast.yann
    camille.post("move", phase="closing")
    yield "everyone is at the closing"
    nadia.post("feedback", words="Merci à tous.", keep="Le café", change="")
    yield "Nadia leaves a word"
    theo.post("feedback", words="On se revoit ?", keep="", change="Les chaises")
    yield "Théo leaves a word"
    camille.post("remove_feedback", camille.numbers(camille.page("desk"), "remove_feedback")[0])
    yield "a word is removed"
    said = {"word": "Merci d’être venus.", "signed_by": "La présidente", "next_dates": "12 mars 2020 : suite"}
    camille.submit("imprint", **said, is_public="on", is_listed="on", credits="Photos : les groupes")
    yield "the imprint is written and the report published to anyone"
    for name, colour in (("Région", "red"), ("DREAL", "navy")):
        image = SimpleUploadedFile("logo.png", picture(colour, "PNG"), "image/png")
        camille.post("add_logo", name=name, image=image)
        yield f"the logo of {name} is added"
    logos = camille.numbers(camille.page("imprint"), "move_logo")
    camille.post("move_logo", logos[-1])
    yield "a logo moves"
    camille.post("remove_logo", logos[0])
    yield "a logo is removed"
    yann.post("me", name="Yann Le Goff", organisation="Cap Énergie", territory="Lens", appearance="hidden")
    yield "Yann no longer wants to be named"


def publishing(cast: Cast) -> Iterator[str]:
    camille = cast.camille
    camille.submit("publish")
    yield "the report is published"
    camille.post("move", phase="closing")
    yield "everyone is back at the closing"
    camille.submit("imprint", is_public=None, is_listed=None)
    yield "the report is no longer published to anyone"


def facilitating(cast: Cast) -> Iterator[str]:
    camille, colleague, yann = cast.camille, cast.colleague, cast.yann
    link = LINK.findall(text_of(camille.post("invite", role="facilitator")))[0]
    yield "a colleague is invited"
    colleague.send(link, {"name": "Karim Collègue"})
    yield "the colleague accepts"
    colleague.send(reverse("change_link"), {})
    yield "the colleague changes their link"
    camille.post("invite", role="facilitator")
    yield "another one is invited"
    camille.post("end_invitation", camille.numbers(camille.page("facilitators"), "end_invitation")[0])
    yield "that invitation is ended"
    camille.post("end_device", camille.numbers(camille.page("facilitators"), "end_device")[0])
    yield "the colleague's device is disconnected"
    camille.post("remove_facilitator", camille.numbers(camille.page("facilitators"), "remove_facilitator")[0])
    yield "the colleague is removed"
    [code] = CODE_SHOWN.findall(text_of(yann.post("second_device")))
    second = Browser()
    second.post("other_phone", code=code)
    yann.post("disconnect_others")
    yield "Yann's second phone is disconnected"
    berthe = next(n for n in camille.numbers(camille.page("desk"), "person") if "Berthe" in camille.page("person", n))
    camille.post("remove_person", berthe)
    yield "someone is removed"
    camille.post("forget_expected", sure="yes")
    yield "those who did not come are erased"


def undoing(cast: Cast) -> Iterator[str]:
    camille = cast.camille
    for _n in range(2):
        camille.post("undo", camille.numbers(camille.page("journal"), "undo")[0])
        yield "the last thing in the journal is undone"
    camille.post("move", phase="groups")
    yield "everyone is back at the groups"


def erase_rehearsal(cast: Cast) -> Iterator[str]:
    """Erase the rehearsal, after which no page is left."""
    cast.camille.post("erase_rehearsal", sure="yes")
    yield "the rehearsal is erased"


Part = Callable[[Cast], Iterator[str]]
PARTS: tuple[Part, ...] = (
    preparation, opening, proposing, merging, placing, writing_to_people, meeting, reporting, seeing, closing,
    publishing, facilitating, undoing, erase_rehearsal,
)  # fmt: skip
