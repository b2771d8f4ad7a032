"""The steps of the day, through the real views: one long class, with a method for each."""

import datetime as dt
import re
import sys
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import time_machine
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from forum.agenda.suggestion.current_agenda import CurrentAgenda
from forum.auth.identity import FACILITATOR_COOKIE
from forum.models import Device, Facilitator, Forum, MergeProposal, Place, Slot, Topic
from forum.server.backups import back_up
from sessions.media import images
from sessions.media.images import ProcessedImage
from sessions.models import Version
from tests.model import observed
from tests.model.expected import FACILITATOR, NEW, PHASES, Accepted, Changes, Entry, Expected, Prediction, Who
from tests.model.observed import AUDIENCES, Pages
from tests.model.phones import Browser, WriterPage

NAMES = ("Nadia Ferrand", "Théo Masson", "Salma Benali", "Yann Le Goff")
TITLES = ("Rafraîchir nos cours d’école", "Des vélos", "Qui paie ?", "<b>L’eau</b> en août", "Le plan de Salma Benali")
APPEARANCES = ("full", "full", "first", "initials", "hidden")
STEPS_OF_A_DAY = 100
STEP_SECONDS = 20
"""Between two steps: nobody is faster, and limits on what one phone sends never matter."""
CODE_SHOWN = re.compile(r'<p class="code">(\w+)</p>')
PAGES = (
    "board", "wall", "me", "propose", "other_phone", "feedback", "book", "desk", "journal", "conductor", "operator",
    "expected", "import_people", "facilitators", "messages", "missing_reports", "imprint", "sheets", "printing",
    "describe", "publish", "late", "operator_people", "ready",
)  # fmt: skip
TOPIC_PAGES = ("topic", "edit_topic", "split", "report", "read_report", "history", "transcribe", "sheet", "writing")

browsers = st.sampled_from((0, 0, 1, 2, 3))
"""0: the facilitator's; the others are phones."""
phones = st.integers(1, 3)
numbers = st.integers(0, 11)
"""Of a topic, a person or another row: the one at this place in the list, which begins again at its end."""
flags = st.booleans()
names, titles, appearances = st.sampled_from(NAMES), st.sampled_from(TITLES), st.sampled_from(APPEARANCES)
sections = st.sampled_from(("findings", "debate"))
phases = st.sampled_from([PHASES[letter] for letter in "GGGGGGGMMMCCROP"])


def step(*, pause: int = 0, **strategies: Any) -> Callable[[Callable[..., None]], Any]:
    """Make a method a step of the day, at which its clock goes on. `pause`: the steps before it may come again."""

    def decorate(method: Callable[..., None]) -> Any:
        name = method.__name__

        @precondition(lambda day: day.taken - day.taken_at.get(name, -pause) >= pause)
        @rule(**strategies)
        @wraps(method)
        def timed(day: "Day", **drawn: Any) -> None:
            Day.steps += 1
            day.taken += 1
            day.taken_at[name] = day.taken
            day.traveller.shift(STEP_SECONDS)
            method(day, **drawn)

        return timed

    return decorate


def picked(rows: list[Any], n: int) -> Any:
    return rows[n % len(rows)] if rows else None


class Day(RuleBasedStateMachine):
    """The day of one forum."""

    steps = 0
    """Taken by this process."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = time_machine.travel("2026-05-12T07:00:00+00:00", tick=False)
        self.traveller = self.clock.start()
        stub = patch.object(images, "process_images", lambda files, wait: [ProcessedImage(b"", b"", b"", 20, 10)])
        self.stub, _started = stub, stub.start()
        self.keys, self.words, self.tokens = count(1), count(1), count(1)
        self.taken, self.taken_at = 0, dict[str, int]()
        """Steps in all, and the last one of each name."""
        self.sent: list[tuple[int, int | None, str, dict[str, Any]]] = []
        """The last accepted forms: browser, its token, path and fields."""
        self.backup: tuple[Path, Expected, dict[str, Any]] | None = None

    def teardown(self) -> None:
        if hasattr(self, "pages") and sys.exception() is None:
            for key in list(self.pages.open):
                self.pages.look(*key)
            observed.check_export(self.forum, self.expected, NAMES)
        self.stub.stop()
        self.clock.stop()

    @initialize(phase=phases, is_rehearsal=st.sampled_from((True, False, False, False)))
    def begin(self, phase: str, is_rehearsal: bool) -> None:
        """Three people have joined and proposed a topic each; two of these meet."""
        observed.restart()
        camille, self.secret = Facilitator.create("Camille Dufour")
        self.forum = Forum.objects.create(
            title="Jour", question="Quoi ?", date=dt.date(2026, 5, 12), phase="marketplace", is_rehearsal=is_rehearsal,
            code="H7KQ4MT",
        )  # fmt: skip
        self.forum.facilitators.add(camille)
        hours = ((9, ""), (10, ""), (12, "Déjeuner"))
        self.slots = [Slot.objects.create(forum=self.forum, starts_at=dt.time(at), title=t).pk for at, t in hours][:2]
        self.places = [Place.objects.create(forum=self.forum, name=name).pk for name in ("Salle A", "Salle B")]
        self.browsers = [Browser("fr"), Browser("fr"), Browser("en"), Browser("fr")]
        self.browsers[0].client.cookies[FACILITATOR_COOKIE] = Device.issue(camille)
        self.expected = Expected({("phase",): "marketplace"}, is_rehearsal=is_rehearsal)
        self.pages = Pages(self.forum)
        for n in (1, 2, 3):
            self.joins(browser=n, name=NAMES[n - 1], appearance="full", twice=False)
            self.proposes(browser=n, title=TITLES[n - 1], n=0)
        for n in (1, 2):
            place = self.expected.place(n, n, self.slots[0], self.places[n - 1])
            self.post(0, place, "place", n, cell=f"{self.slots[0]}-{self.places[n - 1]}")
        self.moves_everyone(phase=phase)

    # helpers

    def who(self, browser: int) -> Who:
        if browser == 0:
            return FACILITATOR
        person: Who = self.expected.get("token", self.browsers[browser].token)
        return person

    def topic(self, n: int, browser: int = 0, *, met: bool = False) -> Any:
        """Return the number of a topic, most often one in which this browser has a say, or one that `met`."""
        who, expected = self.who(browser), self.expected
        own = [one for one in expected.active if {"convener", "member"} & set(expected.roles(who, one))]
        if met and (groups := [one for one in expected.active if expected.get("cell", one)]):
            return picked([one for one in own if one in groups] * 3 + groups * 2 + expected.numbers, n)
        return picked(own * 3 + expected.active + expected.numbers, n)

    def person(self, browser: int, n: int) -> tuple[Who, dict[str, Any]]:
        """Return whom a request is about, and the field that says so: the sender, or whom a facilitator chose."""
        if browser:
            return self.who(browser), {}
        person = picked(self.expected.people(), n)
        return person, {"participant": person or ""}

    def url(self, name: str, *args: object) -> str:
        return reverse(name, args=[self.forum.code, *args])

    def post(self, browser: int, prediction: Prediction, name: str, /, *args: object, **fields: Any) -> Any:
        """Send a form, and check that what was predicted came true."""
        path, fields = self.url(name, *args), {"key": f"key-{next(self.keys)}", **fields}
        token = self.browsers[browser].token
        answer = self.check(prediction, lambda: self.browsers[browser].post(path, fields))
        if answer.status_code < 400 and name not in ("join", "other_phone"):
            self.sent = [*self.sent[-5:], (browser, token, path, fields)]
        return answer

    def check(self, prediction: Prediction, send: Callable[[], Any]) -> Any:
        """Send a request and check that what was predicted came true, and that what always holds does."""
        may_change = prediction is not None and (prediction.has_more or self._changes(prediction.changes))
        before = None if may_change else observed.rows()
        last = self.revision
        answer = send()
        was_accepted = answer.status_code < 400
        told = f"{answer.request['PATH_INFO']}: {answer.status_code}"
        assert answer.status_code < 500, told
        assert was_accepted == (prediction is not None) or (prediction and not prediction.is_sure), told
        if before is not None:
            observed.compare(observed.rows(), before, f"{told} changed something")
        if prediction and was_accepted:
            self._take(prediction, last)
        seen = {fact: value for fact, value in self.expected.facts.items() if fact[0] != "token"}
        observed.compare(observed.facts(), seen, told)
        observed.check_always(self.expected)
        return answer

    def _changes(self, changes: Changes) -> bool:
        return any(self.expected.facts.get(fact) != value for fact, value in changes.items())

    @property
    def revision(self) -> int:
        return int(observed.select("SELECT revision FROM forum_forum")[0][0])

    def _take(self, prediction: Accepted, last: int) -> None:
        """Note what a step changed, under the revision by which it can be undone."""
        changes = self._with_new_rows(prediction.changes)
        diff = self.expected.apply(changes)
        entries = {n: has_rows for n, (has_rows, _undone_by) in observed.journal().items() if n > last}
        undoable = [n for n, has_rows in entries.items() if has_rows]
        assert len(undoable) <= 1, entries
        assert not diff or bool(undoable) == prediction.can_be_undone, (diff, entries)
        for n in entries:
            self.expected.journal[n] = Entry(diff if n in undoable else {}, n in undoable)
        if prediction.undoes and entries:
            self.expected.note_undo(prediction.undoes, last + 1)

    def _with_new_rows(self, changes: Changes) -> Changes:
        """Replace NEW in a prediction by the primary key of the row that was created."""
        kinds = {fact[0] for fact in changes if fact[1:] == (NEW,)}
        if not kinds:
            return changes
        kind = next(iter(kinds))
        (pk,) = (f[1] for f in observed.facts() if f[0] == kind and f not in self.expected.facts)
        return {(fact[0], pk) if fact[1:] == (NEW,) else fact: value for fact, value in changes.items()}

    def gives_token(self, browser: int, person: int) -> None:
        self.browsers[browser].token = next(self.tokens)
        self.expected.facts["token", self.browsers[browser].token] = person

    # arriving

    @step(browser=phones, name=names, appearance=appearances, twice=flags)
    def joins(self, browser: int, name: str, appearance: str, twice: bool) -> None:
        prediction, known = self.expected.join(self.who(browser), name, appearance), set(self.expected.people())
        was_in = self.who(browser)
        fields = {"name": name, "appearance": appearance, "key": f"key-{next(self.keys)}"}
        answer = self.check(prediction, lambda: self.browsers[browser].post(self.url("join"), fields))
        if was_in or answer.status_code >= 400:
            return
        (person,) = set(self.expected.people()) - known
        self.gives_token(browser, person)
        if twice:  # the first answer was lost
            del self.browsers[browser].client.cookies[f"forum_key_{self.forum.pk}"]
            self.check(Accepted(has_more=True), lambda: self.browsers[browser].post(self.url("join"), fields))

    @step(pause=3, appearance=appearances)
    def strangers_join(self, appearance: str) -> None:
        """Whoever was removed or disconnected joins again."""
        taken = {self.expected.get("name", pk) for pk in self.expected.people()}
        for browser in (1, 2, 3):
            if self.who(browser) is None and (free := [name for name in NAMES if name not in taken]):
                taken.add(free[0])
                self.joins(browser=browser, name=free[0], appearance=appearance, twice=False)

    @step(pause=5, browser=phones, name=names, appearance=appearances)
    def changes_own_entry(self, browser: int, name: str, appearance: str) -> None:
        prediction = self.expected.change_entry(self.who(browser), name, appearance)
        self.post(browser, prediction, "me", name=name, appearance=appearance)

    @step(pause=15, browser=browsers, other=phones, n=numbers)
    def gives_code_to_another_phone(self, browser: int, other: int, n: int) -> None:
        person, _field = self.person(browser, n)
        if person is None:
            return
        name, args = ("second_device", ()) if browser else ("person_code", (person,))
        answer = self.post(browser, Accepted(has_more=True, can_be_undone=False), name, *args)
        [code] = CODE_SHOWN.findall(answer.content.decode())
        self.post(other, Accepted(has_more=True, can_be_undone=False), "other_phone", code=code)
        self.gives_token(other, person)
        self.post(other, Accepted(has_more=True) if not code else None, "other_phone", code=code)  # it works once

    @step(pause=30, browser=phones)
    def disconnects_others(self, browser: int) -> None:
        own, person = self.browsers[browser].token, self.who(browser)
        others = [f for f in self.expected.all("token") if self.expected.facts[f] == person and f[1] != own]
        prediction = Accepted(dict.fromkeys(others), has_more=True) if person else None
        self.post(browser, prediction, "disconnect_others")

    @step(pause=30, browser=phones)
    def signs_out(self, browser: int) -> None:
        own = ("token", self.browsers[browser].token)
        self.post(browser, Accepted({own: None}, has_more=True) if self.who(browser) else None, "sign_me_out")

    @step(pause=15, name=names, appearance=appearances)
    def enters_person(self, name: str, appearance: str) -> None:
        prediction = self.expected.enter(FACILITATOR, name, appearance)
        self.post(0, prediction, "enter_person", name=name, appearance=appearance)

    @step(pause=15, name=names)
    def announces_person(self, name: str) -> None:
        self.post(0, self.expected.announce(FACILITATOR, name), "import_people", table=f"Nom\n{name}", sure="yes")

    @step(pause=10, n=numbers)
    def notes_arrival(self, n: int) -> None:
        if person := picked(self.expected.people("expected") or self.expected.people(), n):
            self.post(0, self.expected.arrive(FACILITATOR, person), "arrive", person)

    @step(pause=40)
    def forgets_who_did_not_come(self) -> None:
        gone = self.expected.people("expected")
        self.post(0, self.expected.forget_expected(FACILITATOR), "forget_expected", sure="yes")
        self.expected.forget_in_journal(gone)

    @step(pause=25, browser=st.sampled_from((0, 0, 0, 1)), n=numbers)
    def removes_person(self, browser: int, n: int) -> None:
        if person := picked(self.expected.people(), n):
            self.post(browser, self.expected.remove(self.who(browser), person), "remove_person", person)

    @step(pause=50, phase=phases)
    def facilitator_signs_out_and_comes_back(self, phase: str) -> None:
        browser = self.browsers[0]
        self.check(Accepted(has_more=True), lambda: browser.post(reverse("sign_out"), {}))
        self.check(None, lambda: browser.post(self.url("move"), {"phase": phase}))
        self.check(Accepted(has_more=True), lambda: browser.get(reverse("enter_by_link", args=[self.secret])))

    # topics

    @step(browser=browsers, title=titles, n=numbers)
    def proposes(self, browser: int, title: str, n: int) -> None:
        who, convener = self.who(browser), picked([None, *self.expected.people()], n)
        chosen = {"convener": convener or ""} if browser == 0 else {}
        prediction = self.expected.propose(who, title, convener if browser == 0 else who)
        self.post(browser, prediction, "propose", title=title, description="", **chosen)

    @step(browser=browsers, n=numbers, title=titles, m=numbers)
    def edits_topic(self, browser: int, n: int, title: str, m: int) -> None:
        if topic := self.topic(n, browser):
            convener = picked([None, *self.expected.people()], m)
            chosen = {"convener": convener or ""} if browser == 0 else {}
            prediction = self.expected.edit(self.who(browser), topic, title, convener)
            self.post(browser, prediction, "edit_topic", topic, title=title, description="", **chosen)

    @step(browser=browsers, n=numbers)
    def withdraws_topic(self, browser: int, n: int) -> None:
        if topic := self.topic(n, browser):
            self.post(browser, self.expected.withdraw(self.who(browser), topic), "withdraw", topic)

    @step(browser=browsers, n=numbers)
    def brings_topic_back(self, browser: int, n: int) -> None:
        off = [one for one in self.expected.numbers if self.expected.get("off", one)]
        if topic := picked(off or self.expected.numbers, n):
            self.post(browser, self.expected.bring_back(self.who(browser), topic), "bring_back", topic)

    @step(browser=browsers, n=numbers, m=numbers, this=flags, now=flags)
    def proposes_merge(self, browser: int, n: int, m: int, this: bool, now: bool) -> None:
        if topic := self.topic(n, browser):
            other = self.topic(m)
            goes, stays = (other, topic) if this else (topic, other)
            prediction = self.expected.merge(self.who(browser), topic, goes, stays, now=now)
            fields = {"other": other, "stays": "this" if this else "other"} | ({"now": "yes"} if now else {})
            self.post(browser, prediction, "merge", topic, **fields)

    @step(browser=browsers, n=numbers, other_side=flags, yes=flags)
    def answers_merge(self, browser: int, n: int, other_side: bool, yes: bool) -> None:
        proposal = picked(list(MergeProposal.objects.select_related("topic", "into").order_by("pk")), n)
        if proposal:
            goes, stays = proposal.topic.number, proposal.into.number
            topic = stays if other_side else goes
            prediction = self.expected.answer_merge(self.who(browser), topic, goes, stays, yes=yes)
            self.post(browser, prediction, "answer_merge", topic, proposal.pk, answer="yes" if yes else "no")

    @step(browser=browsers, n=numbers, title=titles, second=titles)
    def splits_topic(self, browser: int, n: int, title: str, second: str) -> None:
        if topic := self.topic(n, browser):
            prediction = self.expected.split(self.who(browser), topic, title, second)
            self.post(browser, prediction, "split", topic, title=title, second=second, convener="")

    @step(browser=browsers, n=numbers, m=numbers)
    def takes_up_request(self, browser: int, n: int, m: int) -> None:
        if topic := self.topic(n, browser):
            person, field = self.person(browser, m)
            self.post(browser, self.expected.take_up(self.who(browser), topic, person), "take_up", topic, **field)

    @step(browser=browsers, n=numbers, m=numbers)
    def hands_topic_over(self, browser: int, n: int, m: int) -> None:
        if topic := self.topic(n, browser):
            to = picked([None, *self.expected.people()], m)
            self.post(
                browser, self.expected.hand_over(self.who(browser), topic, to), "hand_over", topic, convener=to or ""
            )

    @step(browser=browsers, n=numbers, m=numbers, going=flags)
    def says_going(self, browser: int, n: int, m: int, going: bool) -> None:
        if topic := self.topic(n, browser):
            person, field = self.person(browser, m)
            prediction = self.expected.say_going(self.who(browser), topic, person, going=going)
            self.post(browser, prediction, "interest", topic, going="yes" if going else "no", **field)

    @step(browser=browsers, n=numbers, verb=st.sampled_from(("queue_pitch", "leave_queue", "begin_pitch", "end_pitch")))
    def pitches(self, browser: int, n: int, verb: str) -> None:
        if topic := self.topic(n, browser):
            prediction = getattr(self.expected, verb)(self.who(browser), topic)
            name = verb if verb in ("begin_pitch", "end_pitch") else "pitch"
            self.post(browser, prediction, name, topic, waiting="no" if verb == "leave_queue" else "yes")

    # agenda

    @step(browser=browsers, n=numbers, m=numbers, k=numbers)
    def places_topic(self, browser: int, n: int, m: int, k: int) -> None:
        if topic := self.topic(n, browser):
            slot, place = picked(self.slots, m), picked([*self.places, None], k)
            cell = f"{slot}-{place or 'elsewhere'}"
            self.post(browser, self.expected.place(self.who(browser), topic, slot, place), "place", topic, cell=cell)

    @step(browser=browsers, n=numbers)
    def unplaces_topic(self, browser: int, n: int) -> None:
        if topic := self.topic(n, browser, met=True):
            self.post(browser, self.expected.unplace(self.who(browser), topic), "unplace", topic)

    @step(browser=browsers, n=numbers, m=numbers)
    def swaps_topics(self, browser: int, n: int, m: int) -> None:
        if topic := self.topic(n, browser, met=True):
            other = self.topic(m, met=True)
            self.post(browser, self.expected.swap(self.who(browser), topic, other), "swap", topic, **{"with": other})

    @step(browser=browsers, n=numbers, frozen=flags)
    def freezes_topic(self, browser: int, n: int, frozen: bool) -> None:
        if topic := self.topic(n, browser, met=True):
            prediction = self.expected.freeze_topic(self.who(browser), topic, frozen=frozen)
            self.post(browser, prediction, "freeze_topic", topic, frozen="yes" if frozen else "no")

    @step(pause=5, browser=browsers, n=numbers, frozen=flags)
    def freezes_slot(self, browser: int, n: int, frozen: bool) -> None:
        slot = picked(self.slots, n)
        prediction = self.expected.freeze_slot(self.who(browser), slot, frozen=frozen)
        self.post(browser, prediction, "freeze_slot", slot, frozen="yes" if frozen else "no")

    @step(pause=6, n=numbers)
    def accepts_suggestion(self, n: int) -> None:
        """Exchange the cells of all topics that are placed, as a suggestion may."""
        agenda = CurrentAgenda(Forum.objects.get(pk=self.forum.pk))
        movable = {topic.id for topic in agenda.problem.topics if topic.cell and not agenda.problem.is_fixed(topic)}
        pks = dict(observed.select("SELECT number, id FROM forum_topic"))
        placed = [one for one in self.expected.active if pks[one] in movable]
        if not placed:
            return
        turn = placed[n % len(placed) :] + placed[: n % len(placed)]
        cells = {one: self.expected.get("cell", other) for one, other in zip(placed, turn, strict=True)}
        moves = [f"{pks[one]}:{slot}-{place or 'elsewhere'}" for one, (slot, place) in cells.items()]
        fields = {"agenda": agenda.fingerprint, "offered": moves, "move": moves}
        self.post(0, self.expected.rearrange(FACILITATOR, cells), "suggestion", **fields)

    @step(pause=6, browser=st.sampled_from((0, 0, 1)), n=numbers)
    def begins_slot(self, browser: int, n: int) -> None:
        slot = picked(self.slots, n)
        self.post(browser, self.expected.begin_slot(self.who(browser), slot), "begin_slot", slot)

    @step(pause=6, n=numbers, minutes=st.sampled_from((-60, -10, 10, 60, 600)))
    def extends_slot(self, n: int, minutes: int) -> None:
        self.post(0, self.expected.extend_slot(FACILITATOR), "extend_slot", picked(self.slots, n), minutes=minutes)

    # groups

    @step(browser=browsers, n=numbers, m=numbers, present=st.sampled_from((True, True, False)))
    def sits_in_group(self, browser: int, n: int, m: int, present: bool) -> None:
        if topic := self.topic(n, browser, met=True):
            person, field = self.person(browser, m)
            verb = self.expected.sit_down if present else self.expected.get_up
            prediction = verb(self.who(browser), topic, person)
            self.post(browser, prediction, "presence", topic, present="yes" if present else "no", **field)

    @step(browser=phones, kind=st.sampled_from(("bumblebee", "butterfly", "")))
    def roams(self, browser: int, kind: str) -> None:
        who = self.who(browser)
        prediction = self.expected.roam(who, kind)
        if prediction is None or not kind:
            self.post(browser, prediction, "roam", kind=kind)
            return
        seats = {fact for fact in self.expected.all("here") if fact[2] == who}

        def send() -> Any:
            answer = self.browsers[browser].post(self.url("roam"), {"kind": kind})
            left = seats - observed.facts().keys()  # the group of the present hour, or the last one
            assert len(left) < 2
            prediction.changes.update(dict.fromkeys(left))
            return answer

        self.check(replace(prediction, has_more=True), send)

    @step(browser=browsers, n=numbers, people=st.sampled_from((None, 5, 12)))
    def counts_at_door(self, browser: int, n: int, people: int | None) -> None:
        if topic := self.topic(n, browser, met=True):
            prediction = self.expected.count_at_door(self.who(browser), topic, people)
            self.post(browser, prediction, "door_count", topic, people=people or "")

    # reports

    def page_of(self, browser: int, topic: int) -> WriterPage:
        pages = self.browsers[browser].pages
        return pages.setdefault(topic, WriterPage(self.url("writing", topic)))

    def texts_of(self, topic: int) -> dict[str, Any]:
        return {name: self.expected.section(topic, name) for name in ("findings", "debate")}

    @step(browser=browsers, n=numbers, section=sections, at_start=flags, sends=flags)
    def writes_together(self, browser: int, n: int, section: str, at_start: bool, sends: bool) -> None:
        """Write a word in the shared text; it is sent at once, or later."""
        if topic := self.topic(n, browser, met=True):
            self.page_of(browser, topic).add(section, f"mot{next(self.words)}.", at_start=at_start)
            if sends:
                self.synchronises(browser, topic)

    @step(browser=browsers, n=numbers, m=numbers)
    def sends_what_was_written(self, browser: int, n: int, m: int) -> None:
        if topic := picked(sorted(self.browsers[browser].pages), n):
            self.synchronises(browser, topic)

    @step(browser=browsers, n=numbers, section=sections, m=numbers, sends=flags)
    def deletes_word(self, browser: int, n: int, section: str, m: int, sends: bool) -> None:
        if topic := picked(sorted(self.browsers[browser].pages), n):
            page = self.page_of(browser, topic)
            if not self.synchronises(browser, topic):
                return
            if word := picked(list(page.words[section]), m):
                page.remove(section, word)
                if sends:
                    self.synchronises(browser, topic)

    def synchronises(self, browser: int, topic: int) -> bool:
        """Send what a page has written, as it does when it is online again, and say whether the server took it."""
        page, device = self.page_of(browser, topic), self.browsers[browser]
        if not self.expected.may_write(self.who(browser), topic):
            self.check(None, lambda: device.send(page.path, page.message()))
            return False
        for name, text in self.texts_of(topic).items():
            text.merge(page.expected[name])
        prediction = self.expected.write_text(self.who(browser), topic)

        def send() -> Any:
            answer = device.send(page.path, page.message())
            if b"vector" in answer.content and "kept" not in answer.json():  # the server lacks something
                answer = device.send(page.path, page.message(since=b64decode(answer.json()["vector"])))
            return answer

        answer = self.check(prediction, send)
        assert answer.json().get("kept"), answer.json()
        page.receive(answer.json())
        page.has_all_of(self.texts_of(topic))
        assert page.words == {name: text.words for name, text in self.texts_of(topic).items()}
        self.check(Accepted(), lambda: device.send(page.path, page.message(since=b"\0")))  # again, and whole
        return True

    @step(browser=browsers, n=numbers, section=sections, is_fresh=flags)
    def fills_form(self, browser: int, n: int, section: str, is_fresh: bool) -> None:
        """Write a word in the report's form, as it is or as it was some time ago."""
        topic, device = self.topic(n, browser, met=True), self.browsers[browser]
        if not topic:
            return
        may = self.expected.may_write(self.who(browser), topic)
        if may and (is_fresh or (topic, section) not in device.seen):
            fields = device.get(self.url("report", topic), accept="application/json").json()["fields"]
            device.seen[topic, section] = (fields[section]["value"], fields[section]["base"])
        text, base = device.seen.get((topic, section), ("", ""))
        word, shared = f"mot{next(self.words)}.", self.expected.section(topic, section)
        is_current = tuple(sorted(text.split())) == shared.words and may and self._is_current(topic, section, text)
        if is_current:
            shared.add(word)
        prediction = self.expected.write_text(self.who(browser), topic) if is_current else None
        fields = {section: f"{text}\n{word}", f"b_{section}": base}
        self.post(browser, prediction, "report", topic, **fields)

    def _is_current(self, topic: int, section: str, text: str) -> bool:
        sql = f"SELECT {section} FROM {observed.REPORTS} WHERE number = {topic}"  # noqa: S608 names of ours
        return bool(observed.select(sql)[0][0] == text)

    @step(browser=browsers, n=numbers, m=numbers)
    def restores_version(self, browser: int, n: int, m: int) -> None:
        topic = self.topic(n, browser, met=True)
        version = picked(list(Version.objects.filter(report__group__topic__number=topic or 0)), m)
        if not version:
            return
        may, words = self.expected.may_write(self.who(browser), topic), version.text.split()
        assert set(words) <= {word for word, _n in self.expected.section(topic, version.section).added}
        if may:
            self.expected.section(topic, version.section).replace(words)
            for device in self.browsers:  # what they have deleted and not sent is another word by now
                device.pages.pop(topic, None)
        prediction = self.expected.write_text(self.who(browser), topic)
        self.post(browser, prediction, "restore_version", topic, version.pk)

    @step(browser=browsers, n=numbers, verb=st.sampled_from(("finish", "finish", "reopen", "validate")))
    def completes_report(self, browser: int, n: int, verb: str) -> None:
        if topic := self.topic(n, browser, met=True):
            prediction = getattr(self.expected, verb)(self.who(browser), topic)
            self.post(browser, prediction, f"{verb}_report", topic)

    @step(browser=browsers, n=numbers)
    def adds_action(self, browser: int, n: int) -> None:
        if topic := self.topic(n, browser, met=True):
            self.post(browser, self.expected.add_action(self.who(browser), topic), "add_action", topic)

    @step(browser=browsers, n=numbers, what=st.sampled_from(("Planter", "=CREUSER()")), name=names)
    def writes_action(self, browser: int, n: int, what: str, name: str) -> None:
        if fact := picked(sorted(self.expected.all("action")), n):
            topic, _what = self.expected.facts[fact]
            prediction = self.expected.write_action(self.who(browser), fact[1], what)
            if prediction and not prediction.changes:
                prediction = Accepted(has_more=True)  # the point person may be another
            shown = self.browsers[browser].get(self.url("report", topic), accept="application/json")
            bases = {}
            if shown.status_code == 200:
                bases = {f"b_{name}": one["base"] for name, one in shown.json()["actions"][str(fact[1])].items()}
            self.post(browser, prediction, "action", topic, fact[1], what=what, point_person=name, **bases)

    @step(browser=browsers, n=numbers)
    def drops_action(self, browser: int, n: int) -> None:
        if fact := picked(sorted(self.expected.all("action")), n):
            topic, _what = self.expected.facts[fact]
            self.post(browser, self.expected.drop_action(self.who(browser), fact[1]), "drop_action", topic, fact[1])

    @step(browser=browsers, n=numbers)
    def sends_photo(self, browser: int, n: int) -> None:
        if topic := self.topic(n, browser, met=True):
            path = f"{self.url('upload_photo', topic, f'{next(self.keys):032x}')}?offset=0&size=5"
            device, prediction = self.browsers[browser], self.expected.add_photo(self.who(browser), topic)
            self.check(prediction, lambda: device.send(path, b"photo", "application/octet-stream"))
            if prediction:
                self.check(Accepted(), lambda: device.send(path, b"photo", "application/octet-stream"))

    @step(browser=browsers, n=numbers, verb=st.sampled_from(("agree", "disagree", "drop")))
    def changes_photo(self, browser: int, n: int, verb: str) -> None:
        if fact := picked(sorted(self.expected.all("photo")), n):
            (topic, _agreed), who, pk = self.expected.facts[fact], self.who(browser), fact[1]
            if verb == "drop":
                self.post(browser, self.expected.drop_photo(who, pk), "drop_photo", topic, pk)
            else:
                prediction = self.expected.agree_photo(who, pk, agreed=verb == "agree")
                self.post(browser, prediction, "agree_photo", topic, pk, agreed="yes" if verb == "agree" else "no")

    @step(browser=phones, n=numbers, text=st.sampled_from(("Bravo", "Nous aussi")))
    def comments(self, browser: int, n: int, text: str) -> None:
        if topic := self.topic(n, browser, met=True):
            self.post(browser, self.expected.comment(self.who(browser), topic, text), "comment", topic, text=text)

    @step(browser=browsers, n=numbers)
    def withdraws_comment(self, browser: int, n: int) -> None:
        if fact := picked(sorted(self.expected.all("comment")), n):
            prediction = self.expected.withdraw_comment(self.who(browser), fact[1])
            self.post(browser, prediction, "withdraw_comment", self.expected.facts[fact][0], fact[1])

    # everyone

    @step(pause=10, browser=browsers, text=st.sampled_from(("Merci", "À bientôt")))
    def leaves_word(self, browser: int, text: str) -> None:
        self.post(browser, self.expected.leave_word(self.who(browser), text), "feedback", words=text)

    @step(browser=st.sampled_from((0, 0, 1)), n=numbers)
    def removes_word(self, browser: int, n: int) -> None:
        if fact := picked(sorted(self.expected.all("word")), n):
            self.post(browser, self.expected.remove_word(self.who(browser), fact[1]), "remove_feedback", fact[1])

    @step(pause=5, browser=st.sampled_from((0, 0, 1)), to=st.sampled_from(("everyone", "slot", "topic")), n=numbers)
    def sends_message(self, browser: int, to: str, n: int) -> None:
        pks = (
            list(Topic.objects.filter(withdrawn_at=None).values_list("pk", flat=True)) if to == "topic" else self.slots
        )
        chosen = to if to == "everyone" or not pks else f"{to}-{picked(pks, n)}"
        if to == "everyone" or pks:
            self.post(
                browser, self.expected.send_message(self.who(browser), "Café"), "messages", text="Café", to=chosen
            )

    @step(pause=5, browser=st.sampled_from((0, 0, 1)), n=numbers)
    def takes_message_back(self, browser: int, n: int) -> None:
        if fact := picked(sorted(self.expected.all("message")), n):
            self.post(browser, self.expected.take_message_back(self.who(browser), fact[1]), "take_back", fact[1])

    @step(pause=25, phase=phases)
    def moves_everyone(self, phase: str) -> None:
        if phase == PHASES["R"]:
            missing = self.expected.numbers
            self.post(0, self.expected.publish(FACILITATOR), "publish", confirmed="yes", missing=missing)
        self.post(0, self.expected.move_to(FACILITATOR, phase), "move", phase=phase)

    @step(pause=5, minutes=st.sampled_from((1, 15, 60, 600)))
    def time_passes(self, minutes: int) -> None:
        self.traveller.shift(dt.timedelta(minutes=minutes))

    # going back

    @step(n=st.integers(0, 5))
    def undoes(self, n: int) -> None:
        """Undo one of the last changes that can be undone, or could."""
        revision = picked(
            [r for r in sorted(self.expected.journal, reverse=True) if self.expected.journal[r].diff or n == 5], n
        )
        if not revision:
            return
        prediction = self.expected.undo(FACILITATOR, revision, is_last=revision == self.revision)
        self.post(0, prediction, "undo", revision)

    @precondition(lambda self: self.sent)
    @step(n=numbers)
    def sends_again(self, n: int) -> None:
        """Send a form again that was accepted before, as a phone does that lost the answer: it counts once."""
        browser, token, path, fields = picked(self.sent, n)
        if self.browsers[browser].token == token and (browser == 0 or self.who(browser)):
            before = observed.rows()
            answer = self.browsers[browser].post(path, fields)
            assert answer.status_code < 500
            observed.compare(observed.rows(), before, f"{path} counted twice")

    @precondition(lambda self: not settings.DATABASE_URL)
    @step(pause=30)
    def backs_up(self) -> None:
        path = back_up()
        assert path
        self.backup = (path, self.expected.copy(), observed.rows())

    @precondition(lambda self: self.backup)
    @step(pause=20)
    def restores_backup(self) -> None:
        """Everything is as it was, in a new epoch."""
        assert self.backup
        path, expected, before = self.backup
        (epoch,) = observed.select("SELECT epoch FROM forum_forum")[0]
        call_command("restore", str(path), stdout=StringIO())
        forum = Forum.objects.get(pk=self.forum.pk)
        rows = observed.rows()
        assert forum.epoch != epoch
        for table in ("forum_forum", "forum_onetimecode", "forum_device"):
            rows[table] = before[table]
        observed.compare(rows, before, "the backup")
        expected = expected.copy()
        for fact in list(expected.all("token")):  # nobody is let in who was not until now
            if self.expected.facts.get(fact) != expected.facts[fact]:
                del expected.facts[fact]
        self.expected, self.sent = expected, []
        self.browsers[0].get(reverse("enter_by_link", args=[self.secret]))  # if this browser came later

    @step(pause=80)
    def erases_rehearsal(self) -> None:
        prediction = self.expected.erase(FACILITATOR)
        if prediction:
            self.expected.journal.clear()
            self.expected.texts.clear()
            for browser in self.browsers:
                browser.pages.clear()
                browser.seen.clear()
        self.post(0, prediction, "erase_rehearsal", sure="yes")

    # looking

    @step(pause=3, key=st.sampled_from(AUDIENCES))
    def looks(self, key: tuple[Any, str]) -> None:
        self.pages.look(*key)
        observed.check_marks(self.expected)

    @step(pause=10)
    def exports(self) -> None:
        observed.check_export(self.forum, self.expected, NAMES)

    @step(pause=6, browser=browsers, name=st.sampled_from(PAGES))
    def opens_page(self, browser: int, name: str) -> None:
        answer = self.browsers[browser].get(self.url(name))
        assert answer.status_code < 500, name

    @step(pause=4, browser=browsers, n=numbers, name=st.sampled_from(TOPIC_PAGES))
    def opens_page_of_topic(self, browser: int, n: int, name: str) -> None:
        if topic := picked(self.expected.numbers, n):
            assert self.browsers[browser].get(self.url(name, topic)).status_code < 500, name


def take_steps(number: int, days: int, *, shrinks: bool = True) -> None:
    """Take the steps of so many days, always the same ones for a number. Raises what failed, by the fewest steps."""

    @seed(number)
    class Numbered(Day):
        pass

    chosen = hypothesis_settings(
        max_examples=days, stateful_step_count=STEPS_OF_A_DAY, deadline=None, database=None, print_blob=False,
        phases=(Phase.generate, *([Phase.shrink] if shrinks else [])), report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(Numbered, settings=chosen)
