"""What must hold after each step, in plain Python, written anew from the README and the glossary.

What holds is a dict of facts, such as `("title", 3): "Des vélos"` or `("going", 3, 7): 1` (participant 7 goes to topic
3). A step is predicted as the facts that it changes; None as a value: the fact holds no more.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

Fact = tuple[Any, ...]
Changes = dict[Fact, Any]
Who = int | None
"""The primary key of a participant; FACILITATOR; or None: a stranger."""
FACILITATOR = 0
NEW = "new"
"""In a change: the primary key of the row that the step creates."""

PHASES = dict(zip("POMGCR", ("preparation", "opening", "marketplace", "groups", "closing", "published"), strict=True))
ALWAYS = "".join(PHASES)
MAY: dict[str, dict[str, str]] = {
    "join": {"stranger": "OMGC"},
    "me": {"participant": ALWAYS},
    "propose": {"participant": "M", "facilitator": "OMG"},
    "edit_topic": {"convener": "MG", "facilitator": "POMGC"},
    "withdraw": {"convener": "MG", "facilitator": "POMGC"},
    "bring_back": {"convener": "M", "facilitator": "POMGC"},
    "merge": {"convener": "MG", "facilitator": "OMG"},
    "split": {"convener": "MG", "facilitator": "OMG"},
    "take_up": {"participant": "MG", "facilitator": "OMG"},
    "hand_over": {"convener": "MG", "facilitator": "POMGC"},
    "interest": {"participant": "MG", "facilitator": "MG"},
    "pitch": {"convener": "M", "facilitator": "OM"},
    "begin_pitch": {"facilitator": "OM"},
    "place": {"convener": "M", "facilitator": "POMGC"},
    "swap": {"facilitator": "POMGC"},
    "suggestion": {"facilitator": "MG"},
    "presence": {"participant": "GC", "facilitator": "GC"},
    "roam": {"participant": "GC"},
    "slot": {"facilitator": "POMGC"},
    "write": {"convener": "GC", "member": "GC", "facilitator": "GCR"},
    "validate": {"facilitator": "GCR"},
    "comment": {"participant": "GCR"},
    "withdraw_comment": {"participant": "GCR", "facilitator": "GCR"},
    "feedback": {"participant": "C", "facilitator": "CR"},
    "remove_feedback": {"facilitator": "CR"},
    "enter": {"facilitator": "POMGC"},
    "run": {"facilitator": ALWAYS},
}
"""Who may do what, and in which phases, by their initials (R: the report is published)."""
NEVER_UNDONE = frozenset({"token", "proposal", "group"})
"""Kinds of facts that an undo leaves as they are: devices, proposals of merges, and that a topic has had a group."""
APPENDED = frozenset({"going"})
"""Kinds of facts that people may have changed since a merge, without keeping it from being undone."""


@dataclass(frozen=True)
class Accepted:
    """The prediction of a step that is accepted; that of one that is refused, and so changes nothing, is None."""

    changes: Changes = field(default_factory=dict)
    is_sure: bool = True
    """Whether it must be accepted; else it may be refused, and then changes nothing."""
    has_more: bool = False
    """Whether it may change something that no fact tells. Without it, and without changes, nothing may change."""
    can_be_undone: bool = True
    undoes: int = 0
    """The revision that it undoes."""


Prediction = Accepted | None


@dataclass
class Entry:
    """What undoing an entry of the journal reverts."""

    diff: dict[Fact, tuple[Any, Any]]
    """Fact → its values before and after. Empty: nothing that a fact tells."""
    can_be_undone: bool
    undone_by: int | None = None
    repeats: int = 0
    """The revision of the change that it undoes or redoes, itself neither; 0: it is no such entry."""
    is_undo: bool = False


@dataclass
class SharedText:
    """A text that several people write: the words that were ever put into it, and those taken out of it again.

    Two copies are merged by uniting both. A word that is put back after having been taken out is another one.
    """

    added: set[tuple[str, int]] = field(default_factory=set)
    removed: set[tuple[str, int]] = field(default_factory=set)

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(sorted(word for word, _n in self.added - self.removed))

    def add(self, word: str) -> None:
        self.added.add((word, sum(word == other for other, _n in self.added)))

    def remove(self, word: str) -> None:
        self.removed |= {one for one in self.added if one[0] == word}

    def replace(self, words: list[str]) -> None:
        present = self.words
        for word in set(present) - set(words):
            self.remove(word)
        for word in words:
            if word not in present:
                self.add(word)

    def merge(self, other: "SharedText") -> None:
        self.added |= other.added
        self.removed |= other.removed


class Expected:
    """The facts, and what each step changes in them."""

    def __init__(self, facts: Changes, *, is_rehearsal: bool) -> None:
        self.facts = facts
        self.is_rehearsal = is_rehearsal
        self.journal: dict[int, Entry] = {}
        self.texts: dict[tuple[int, str], SharedText] = {}
        """The sections of reports, by number of the topic and name."""

    def copy(self) -> "Expected":
        return deepcopy(self)

    # what holds

    def get(self, *fact: Any) -> Any:
        return self.facts.get(fact)

    def all(self, kind: str, *first: Any) -> Iterator[Fact]:
        """Yield the facts of a kind that begin like this."""
        return (fact for fact in list(self.facts) if fact[0] == kind and fact[1 : len(first) + 1] == first)

    @property
    def numbers(self) -> list[int]:
        return sorted(fact[1] for fact in self.all("title"))

    @property
    def active(self) -> list[int]:
        return [n for n in self.numbers if not self.get("off", n)]

    def people(self, state: str = "in") -> list[int]:
        return sorted(fact[1] for fact in self.all("state") if self.facts[fact] == state)

    def merged_into(self, n: int) -> list[int]:
        return sorted(fact[1] for fact in self.all("into") if self.facts[fact] == n)

    def conveners(self, n: int) -> set[int]:
        found = {self.get("convener", one) for one in (n, *self.merged_into(n))}
        return found - {None}

    def slot_of(self, n: int) -> int | None:
        cell = self.get("cell", n)
        return cell[0] if cell else None

    def section(self, n: int, name: str) -> SharedText:
        return self.texts.setdefault((n, name), SharedText())

    def has_text(self, n: int) -> bool:
        return any(self.all("words", n))

    def has_begun(self, n: int) -> bool:
        """Whether the group of a topic has brought anything, which must not go with its topic."""
        actions = any(self.facts[fact] == (n, what) for fact in self.all("action") if (what := self.facts[fact][1]))
        return self.has_text(n) or actions or any(self.facts[fact][0] == n for fact in self.all("photo"))

    def may(self, who: Who, what: str, n: int | None = None) -> bool:
        if n is not None and self.get("off", n) and what != "bring_back":
            return False
        phase = self.get("phase")
        return any(PHASES[letter] == phase for role in self.roles(who, n) for letter in MAY[what].get(role, ""))

    def roles(self, who: Who, n: int | None) -> Iterator[str]:
        yield {None: "stranger", FACILITATOR: "facilitator"}.get(who, "participant")
        if who and n is not None:
            yield from ["convener"] * (who in self.conveners(n))
            yield from ["member"] * bool(self.get("here", n, who))

    # a step has been taken

    def apply(self, changes: Changes) -> dict[Fact, tuple[Any, Any]]:
        """Make changes with all that follows from them, and return what an undo of them reverts."""
        before = dict(self.facts)
        for fact, value in changes.items():
            self._set(fact, value)
        for fact in list(self.facts):
            if self._must_go(fact):
                self._set(fact, None)
        changed = {fact for fact in before.keys() | self.facts.keys() if before.get(fact) != self.facts.get(fact)}
        return dict(self._reverts(changed, before))

    def _set(self, fact: Fact, value: Any) -> None:
        if value is None:
            self.facts.pop(fact, None)
        else:
            self.facts[fact] = value

    def _must_go(self, fact: Fact) -> bool:
        """Say whether a fact cannot hold any more: its topic left the board, or its person left the forum."""
        match fact:
            case ("cell", n):
                return bool(self.get("off", n))
            case ("proposal", one, other):
                return bool(self.get("off", one) or self.get("off", other))
            case ("going" | "here", _n, person):
                return bool(self.get("state", person) != "in")
            case ("token", _id):
                return bool(self.get("state", self.facts[fact]) != "in")
        return False

    def _reverts(self, changed: set[Fact], before: Changes) -> Iterator[tuple[Fact, tuple[Any, Any]]]:
        """Yield the former and the new value of each fact. A new topic is withdrawn, a new person removed: not lost."""
        for fact in changed:
            kind, *key = fact
            new_topic = ("title", *key) not in before and ("title", *key) in self.facts
            new_person = ("state", *key) not in before and self.get("state", *key) == "in"
            if kind in NEVER_UNDONE:
                continue
            if kind in ("title", "convener") and new_topic:
                yield ("off", *key), (1, None)
            elif kind in ("state", "name", "appearance") and new_person:
                yield ("state", *key), ("removed", "in")
            else:
                yield fact, (before.get(fact), self.facts.get(fact))

    # people

    def join(self, who: Who, name: str, appearance: str) -> Prediction:
        if who:
            return Accepted()  # is there already
        if not self.may(who, "join"):
            return None
        return self._let_in(name, appearance)

    def enter(self, who: Who, name: str, appearance: str) -> Prediction:
        return self._let_in(name, appearance) if self.may(who, "enter") else None

    def _let_in(self, name: str, appearance: str) -> Prediction:
        if any(self.get("name", pk) == name for pk in self.people()):
            return None  # asked once whether it is somebody else
        expected = [pk for pk in self.people("expected") if self.get("name", pk) == name]
        pk = expected[0] if len(expected) == 1 else NEW
        return Accepted({("state", pk): "in", ("name", pk): name, ("appearance", pk): appearance})

    def change_entry(self, who: Who, name: str, appearance: str) -> Prediction:
        if not self.may(who, "me"):
            return None
        return Accepted({("name", who): name, ("appearance", who): appearance})

    def remove(self, who: Who, pk: int) -> Prediction:
        return Accepted({("state", pk): "removed"}) if self.may(who, "run") else None

    def announce(self, who: Who, name: str) -> Prediction:
        if not self.may(who, "enter"):
            return None
        if any(self.get("name", pk) == name for pk in (*self.people(), *self.people("expected"))):
            return Accepted()
        return Accepted({("state", NEW): "expected", ("name", NEW): name, ("appearance", NEW): "full"})

    def arrive(self, who: Who, pk: int) -> Prediction:
        return Accepted({("state", pk): "in"}) if self.may(who, "enter") else None

    def forget_expected(self, who: Who) -> Prediction:
        if not self.may(who, "run"):
            return None
        gone = self.people("expected")
        kinds = ("state", "name", "appearance", "roaming")
        return Accepted({(kind, pk): None for pk in gone for kind in kinds}, can_be_undone=False)

    def forget_in_journal(self, gone: list[int]) -> None:
        """Nothing about these people can be undone any more."""
        for entry in self.journal.values():
            about = {fact for fact in entry.diff if fact[0] in ("state", "name", "appearance") and fact[1] in gone}
            entry.can_be_undone &= not about or about != set(entry.diff)
            entry.diff = {fact: values for fact, values in entry.diff.items() if fact not in about}

    def erase(self, who: Who) -> Prediction:
        if not self.may(who, "run") or not self.is_rehearsal:
            return None
        gone = dict.fromkeys(fact for fact in self.facts if fact[0] not in ("phase", "frozen slot"))
        return Accepted({**gone, ("phase",): PHASES["P"]}, has_more=True, can_be_undone=False)

    # topics

    def _is_taken(self, title: str, by_other_than: int = 0) -> bool:
        return any(self.get("title", n) == title for n in self.active if n != by_other_than)

    def propose(self, who: Who, title: str, convener: Who) -> Prediction:
        if not self.may(who, "propose") or self._is_taken(title):
            return None
        n = max(self.numbers, default=0) + 1
        return Accepted({("title", n): title, ("convener", n): convener or None})

    def edit(self, who: Who, n: int, title: str, convener: Who) -> Prediction:
        if not self.may(who, "edit_topic", n) or self._is_taken(title, n):
            return None
        return Accepted({("title", n): title} | ({("convener", n): convener} if who == FACILITATOR else {}))

    def withdraw(self, who: Who, n: int) -> Prediction:
        return Accepted({("off", n): 1}) if self.may(who, "withdraw", n) else None

    def bring_back(self, who: Who, n: int) -> Prediction:
        return Accepted({("off", n): None, ("into", n): None}) if self.may(who, "bring_back", n) else None

    def merge(self, who: Who, n: int, goes: int, stays: int, *, now: bool) -> Prediction:
        """Ask the conveners of both sides, or merge `now` as a facilitator."""
        if not self.may(who, "merge", n) or not self._can_merge(goes, stays):
            return None
        if who == FACILITATOR and now:
            return self._merged(goes, stays)
        for a, b in ((goes, stays), (stays, goes)):
            if ("proposal", a, b) in self.facts:
                return self._agreed(who, a, b)
        return self._agreed(who, goes, stays)

    def answer_merge(self, who: Who, n: int, goes: int, stays: int, *, yes: bool) -> Prediction:
        if not self.may(who, "merge", n):
            return None
        if not yes:
            return Accepted({("proposal", goes, stays): None}, can_be_undone=False)
        return self._merged(goes, stays) if who == FACILITATOR else self._agreed(who, goes, stays)

    def _can_merge(self, goes: int, stays: int) -> bool:
        return goes != stays and not (self.get("off", goes) or self.get("off", stays)) and not self.has_begun(goes)

    def _agreed(self, who: Who, goes: int, stays: int) -> Prediction:
        agreed = (self.get("proposal", goes, stays) or frozenset()) | ({who} if who else set())
        if all(not self.conveners(n) or self.conveners(n) & agreed for n in (goes, stays)):
            return self._merged(goes, stays)
        return Accepted({("proposal", goes, stays): agreed}, can_be_undone=False)

    def _merged(self, goes: int, stays: int) -> Prediction:
        if not self._can_merge(goes, stays):
            return None
        changes: Changes = {("going", stays, fact[2]): 1 for fact in self.all("going", goes)}
        for _here, _n, person in self.all("here", goes):
            changes["here", goes, person] = None
            if self.slot_of(goes) and self.slot_of(goes) == self.slot_of(stays):
                changes["here", stays, person] = 1
        changes |= {("into", one): stays for one in (goes, *self.merged_into(goes))}
        return Accepted({**changes, ("off", goes): 1})

    def split(self, who: Who, n: int, title: str, second: str) -> Prediction:
        if not self.may(who, "split", n) or title == second or self._is_taken(title, n) or self._is_taken(second):
            return None
        return Accepted({("title", n): title, ("title", max(self.numbers) + 1): second}, has_more=True)

    def take_up(self, who: Who, n: int, person: Who) -> Prediction:
        if not self.may(who, "take_up", n) or not person or self.conveners(n):
            return None
        return Accepted({("convener", n): person})

    def hand_over(self, who: Who, n: int, to: Who) -> Prediction:
        """Hand over one's own topic: this one, or one that was merged into it."""
        if not self.may(who, "hand_over", n):
            return None
        comes = to is None or any(self.get(kind, n, to) for kind in ("going", "here")) or to in self.conveners(n)
        if who != FACILITATOR and not comes and to != who:
            return None
        own = [one for one in (n, *self.merged_into(n)) if who and self.get("convener", one) == who]
        return Accepted({("convener", (own or [n])[0]): to})

    def say_going(self, who: Who, n: int, person: Who, *, going: bool) -> Prediction:
        if not self.may(who, "interest", n) or not person:
            return None
        return Accepted({("going", n, person): 1 if going else None}, can_be_undone=False)

    def queue_pitch(self, who: Who, n: int) -> Prediction:
        if not self.may(who, "pitch", n):
            return None
        return Accepted({} if self.get("pitch", n) in ("waiting", "wall") else {("pitch", n): "waiting"})

    def leave_queue(self, who: Who, n: int) -> Prediction:
        if not self.may(who, "pitch", n) or not self.get("pitch", n):
            return None
        return Accepted({("pitch", n): None} if self.get("pitch", n) == "waiting" else {})

    def begin_pitch(self, who: Who, n: int) -> Prediction:
        if not self.may(who, "begin_pitch", n) or self.get("pitch", n) in (None, "ended"):
            return None
        return Accepted({} if self.get("pitch", n) == "wall" else {**self._wall_is_free(), ("pitch", n): "wall"})

    def end_pitch(self, who: Who, n: int) -> Prediction:
        if not self.may(who, "begin_pitch", n) or not self.get("pitch", n):
            return None
        return Accepted({("pitch", n): "ended"} if self.get("pitch", n) == "wall" else {})

    def _wall_is_free(self) -> Changes:
        return {fact: "ended" for fact in self.all("pitch") if self.facts[fact] == "wall"}

    # agenda

    def place(self, who: Who, n: int, slot: int, place: int | None) -> Prediction:
        others = [self.facts[fact] for fact in self.all("cell") if fact[1] != n]
        if not self.may(who, "place", n) or (place and (slot, place) in others) or self._is_frozen(who, n, slot):
            return None
        return Accepted({("cell", n): (slot, place), ("group", n): 1}, has_more=True)

    def unplace(self, who: Who, n: int) -> Prediction:
        if not self.may(who, "place", n) or (self.get("cell", n) and self._is_frozen(who, n)):
            return None
        return Accepted({("cell", n): None})

    def _is_frozen(self, who: Who, n: int, to: int | None = None) -> bool:
        """Whether only facilitators may move a topic out of its cell, or into this slot."""
        if who == FACILITATOR:
            return False
        slots = {self.slot_of(n), to} - {None}
        return bool(self.slot_of(n) and self.get("frozen", n)) or any(self.get("frozen slot", slot) for slot in slots)

    def swap(self, who: Who, n: int, other: int) -> Prediction:
        if not self.may(who, "swap", n) or n == other or not self.get("cell", other):
            return None
        return Accepted({("cell", n): self.get("cell", other), ("cell", other): self.get("cell", n), ("group", n): 1})

    def freeze_topic(self, who: Who, n: int, *, frozen: bool) -> Prediction:
        if not self.may(who, "swap", n) or not self.get("cell", n):
            return None
        return Accepted({("frozen", n): 1 if frozen else None})

    def freeze_slot(self, who: Who, slot: int, *, frozen: bool) -> Prediction:
        return Accepted({("frozen slot", slot): 1 if frozen else None}) if self.may(who, "slot") else None

    def rearrange(self, who: Who, cells: dict[int, tuple[int, int | None]]) -> Prediction:
        """Accept a suggestion, which is refused if it makes a convener meet in two groups at once."""
        if not self.may(who, "suggestion"):
            return None
        return Accepted({("cell", n): cell for n, cell in cells.items()}, is_sure=False)

    def begin_slot(self, who: Who, slot: int) -> Prediction:
        return Accepted({("began", slot): 1}, has_more=True) if self.may(who, "slot") else None

    def extend_slot(self, who: Who) -> Prediction:
        return Accepted(is_sure=False, has_more=True) if self.may(who, "slot") else None

    # groups

    def sit_down(self, who: Who, n: int, person: Who) -> Prediction:
        """Sit down in a group: one leaves any other group of the slot, and roams no more."""
        if not self.may(who, "presence", n) or not person or not self.get("cell", n):
            return None
        others = [one for one in self.numbers if one != n and self.slot_of(one) == self.slot_of(n)]
        left: Changes = {("here", one, person): None for one in others}
        return Accepted({**left, ("here", n, person): 1, ("roaming", person): None})

    def get_up(self, who: Who, n: int, person: Who) -> Prediction:
        if not self.may(who, "presence", n) or not person:
            return None
        return Accepted({("here", n, person): None})

    def roam(self, who: Who, kind: str) -> Prediction:
        """Roam, which leaves the group of the present slot; of none, the last that one sat down in."""
        return Accepted({("roaming", who): kind or None}) if self.may(who, "roam") else None

    def count_at_door(self, who: Who, n: int, people: int | None) -> Prediction:
        if not self.may(who, "presence", n) or not self.get("cell", n):
            return None
        return Accepted({("door", n): people})

    # reports

    def may_write(self, who: Who, n: int) -> bool:
        return self.may(who, "write", n) and bool(self.get("group", n))

    def _written(self, who: Who, n: int, changes: Changes, *, can_be_undone: bool = True) -> Prediction:
        """Someone writes in a report: what a facilitator had read is unread again, if it was not a facilitator."""
        unread: Changes = {} if who == FACILITATOR else {("validated", n): None}
        return Accepted({**unread, **changes}, has_more=True, can_be_undone=can_be_undone)

    def write_text(self, who: Who, n: int) -> Prediction:
        """The words are those of `texts`, after the step."""
        if not self.may_write(who, n):
            return None
        words = {("words", n, name): self.section(n, name).words or None for name in ("findings", "debate")}
        return self._written(who, n, words, can_be_undone=False)

    def finish(self, who: Who, n: int) -> Prediction:
        if not self.may_write(who, n) or not self.has_text(n):
            return None
        return Accepted({("finished", n): 1}, has_more=True)

    def reopen(self, who: Who, n: int) -> Prediction:
        if not self.may_write(who, n):
            return None
        return Accepted({("finished", n): None, ("validated", n): None}, has_more=True)

    def validate(self, who: Who, n: int) -> Prediction:
        if not self.may(who, "validate", n) or not self.has_text(n):
            return None
        return Accepted({("finished", n): 1, ("validated", n): 1}, has_more=True)

    def add_action(self, who: Who, n: int) -> Prediction:
        return self._written(who, n, {("action", NEW): (n, "")}) if self.may_write(who, n) else None

    def write_action(self, who: Who, pk: int, what: str) -> Prediction:
        n, before = self.get("action", pk)
        if not self.may_write(who, n):
            return None
        if what == before:
            return Accepted()
        return self._written(who, n, {("action", pk): (n, what)}, can_be_undone=False)

    def drop_action(self, who: Who, pk: int) -> Prediction:
        n, _what = self.get("action", pk)
        return self._written(who, n, {("action", pk): None}) if self.may_write(who, n) else None

    def add_photo(self, who: Who, n: int, most: int = 12) -> Prediction:
        if not self.may_write(who, n) or sum(self.facts[fact][0] == n for fact in self.all("photo")) >= most:
            return None
        return self._written(who, n, {("photo", NEW): (n, 0)})

    def agree_photo(self, who: Who, pk: int, *, agreed: bool) -> Prediction:
        n, _agreed = self.get("photo", pk)
        return self._written(who, n, {("photo", pk): (n, int(agreed))}) if self.may_write(who, n) else None

    def drop_photo(self, who: Who, pk: int) -> Prediction:
        n, _agreed = self.get("photo", pk)
        return self._written(who, n, {("photo", pk): None}) if self.may_write(who, n) else None

    def comment(self, who: Who, n: int, text: str) -> Prediction:
        if not self.may(who, "comment", n) or not self.has_text(n):
            return None
        return Accepted({("comment", NEW): (n, who, text)})

    def withdraw_comment(self, who: Who, pk: int) -> Prediction:
        n, person, _text = self.get("comment", pk)
        is_shown = self.get("state", person) != "removed" and self.has_text(n) and not self.get("off", n)
        if not is_shown or not self.may(who, "withdraw_comment", n) or who not in (FACILITATOR, person):
            return None
        return Accepted({("comment", pk): None})

    # everyone

    def leave_word(self, who: Who, text: str) -> Prediction:
        """Leave a closing word, in the place of one's earlier one."""
        if not self.may(who, "feedback"):
            return None
        own = [fact for fact in self.all("word") if who and self.facts[fact][0] == who]
        return Accepted({(own or [("word", NEW)])[0]: (who or None, text)}, can_be_undone=False)

    def remove_word(self, who: Who, pk: int) -> Prediction:
        return Accepted({("word", pk): None}) if self.may(who, "remove_feedback") else None

    def send_message(self, who: Who, text: str) -> Prediction:
        return Accepted({("message", NEW): text}) if self.may(who, "run") else None

    def take_message_back(self, who: Who, pk: int) -> Prediction:
        return Accepted({("message", pk): None}) if self.may(who, "run") else None

    def move_to(self, who: Who, phase: str) -> Prediction:
        """Move everyone to a phase. Publishing has a page of its own: the button only leads there."""
        if not self.may(who, "run"):
            return None
        if phase in (self.get("phase"), PHASES["R"]):
            return Accepted()
        return self._moved(phase)

    def publish(self, who: Who) -> Prediction:
        if not self.may(who, "run"):
            return None
        return Accepted() if self.get("phase") == PHASES["R"] else self._moved(PHASES["R"])

    def _moved(self, phase: str) -> Prediction:
        return Accepted({("phase",): phase, **self._wall_is_free()})

    def undo(self, who: Who, revision: int, *, is_last: bool) -> Prediction:
        """Take back an entry of the journal, unless what it changed has changed since.

        The last change can always be taken back, but for a topic whose group has begun its report: its words would
        leave the board with it.
        """
        entry = self.journal[revision]
        if not self.may(who, "run") or not entry.can_be_undone or entry.undone_by:
            return None
        if entry.diff.get(("phase",), (None,))[0] == PHASES["R"] != self.get("phase"):
            return Accepted()  # leads to the page that publishes
        checked = {fact: after for fact, (_before, after) in entry.diff.items() if fact[0] not in APPENDED}
        if any(self.facts.get(fact) != after for fact, after in checked.items()):
            return None
        reverted = {fact: before for fact, (before, _after) in entry.diff.items()}
        if any(fact[0] == "off" and value and self.has_begun(fact[1]) for fact, value in reverted.items()):
            return None
        if any(self._comes_too_late(fact, reverted) for fact, value in reverted.items() if value is not None):
            return None
        return Accepted(reverted, is_sure=is_last, has_more=True, undoes=revision)

    def _comes_too_late(self, fact: Fact, reverted: Changes) -> bool:
        """Say whether a fact would hold again whose topic has left the board, or whose person the forum."""
        match fact:
            case ("cell", n):
                return bool(reverted.get(("off", n), self.get("off", n)))
            case ("here", _n, person):
                return bool(reverted.get(("state", person), self.get("state", person)) != "in")
        return False

    def note_undo(self, revision: int, undone_by: int) -> None:
        """The entry is undone, with those that did the same. What is redone can be undone where it was first done."""
        undone = self.journal[revision]
        first = undone.repeats or revision
        for n, entry in self.journal.items():
            if first in (n, entry.repeats) and n != undone_by:
                entry.undone_by = entry.undone_by or undone_by
        if undone.is_undo and first in self.journal:
            self.journal[first].undone_by = None
        self.journal[undone_by].repeats, self.journal[undone_by].is_undo = first, not undone.is_undo
