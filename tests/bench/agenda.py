"""The suggested agenda, beside the optimum that an exact solver proves and beside a greedy one.

The rooms are drawn by lot, always the same ones. As on the phones, people choose in front of an agenda, so that most of
the time, but not always, they pick what does not meet at the same time as what they already want; topics belong to
themes, everybody has two favourite ones, and a few topics are wanted by many. In a second kind of room people choose
blindly, before any topic has an hour. The search sees nothing of how the wishes came about, and begins with nothing
placed. The time is that of the processor, since the machine may have other things to do.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from statistics import mean, median
from typing import Any

import highspy

from forum.agenda.suggestion import Day, Topic, greedy, suggest
from tests.bench.report import Row, table

PATIENCE = 120.0
"""Seconds that the exact solver may take for one room; it must prove its optimum within them."""
IN_THEIR_THEMES, MINDFUL, SKEW = 0.6, 0.8, 0.5
PER_THEME, FAVOURITES = 8, 2
CONVENE_TWICE = 8
"""One topic in so many has the convener of another."""


@dataclass(frozen=True)
class Room:
    topics: int
    people: int
    slots: int
    places: int
    wishes: tuple[int, int]


SMALL = Room(16, 58, 3, 6, (2, 5))
LARGE = Room(120, 1000, 4, 30, (3, 6))


def draw(room: Room, seed: int, *, mindful: float = MINDFUL) -> Day:
    """A day in which nothing is placed yet."""
    lot = Random(seed)
    topics = range(room.topics)
    hours = [rank % room.slots for rank in lot.sample(topics, room.topics)]
    popularity = [1 / (1 + rank) ** SKEW for rank in lot.sample(topics, room.topics)]
    themes = max(FAVOURITES + 1, room.topics // PER_THEME)
    theme = [lot.randrange(themes) for _topic in topics]
    wanted = defaultdict(set)
    for person in range(room.people):
        favourites = lot.sample(range(themes), FAVOURITES)
        mine: set[int] = set()
        for _wish in range(lot.randint(*room.wishes)):
            pool = [topic for topic in topics if topic not in mine]
            if lot.random() < IN_THEIR_THEMES:
                pool = [topic for topic in pool if theme[topic] in favourites] or pool
            if lot.random() < mindful:
                busy = {hours[topic] for topic in mine}
                pool = [topic for topic in pool if hours[topic] not in busy] or pool
            mine |= set(lot.choices(pool, [popularity[topic] for topic in pool]))
        for topic in mine:
            wanted[topic].add(person)
    conveners = lot.sample(range(room.people), room.topics)
    for topic in range(0, room.topics - 1, CONVENE_TWICE):
        conveners[topic] = conveners[topic + 1]
    return Day(
        [Topic(n, frozenset(wanted[n] | {conveners[n]}), frozenset({conveners[n]})) for n in topics],
        slots=list(range(room.slots)),
        places=dict.fromkeys(range(room.places)),
    )


def optimum(day: Day) -> int:
    """The most wishes that any agenda of this day can meet, proved. Raises RuntimeError when it cannot be."""
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    solver.setOptionValue("time_limit", PATIENCE)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 0.5)
    hours = range(len(day.slots))
    meets = {(topic.id, hour): solver.addBinary() for topic in day.topics for hour in hours}
    for topic in day.topics:
        solver.addConstr(sum(meets[topic.id, hour] for hour in hours) == 1)
    for hour in hours:
        solver.addConstr(sum(meets[topic.id, hour] for topic in day.topics) <= len(day.places))
    for mine in by_person(day, lambda topic: topic.conveners):
        for hour in hours:
            solver.addConstr(sum(meets[topic, hour] for topic in mine) <= 1)
    met = []
    for mine in by_person(day, lambda topic: topic.people):
        for hour in hours:
            met.append(solver.addVariable(0, 1))
            solver.addConstr(met[-1] - sum(meets[topic, hour] for topic in mine) <= 0)
    # Hours are alike: the most wanted topic can as well be in the first.
    solver.addConstr(meets[max(day.topics, key=lambda topic: len(topic.people)).id, 0] == 1)
    solver.maximize(sum(met))
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"the optimum was not proved in {PATIENCE:g} s")
    most: int = round(solver.getObjectiveValue())
    return most


def by_person(day: Day, people: Callable[[Topic], Iterable[int]]) -> list[list[int]]:
    """For each person, the topics that are theirs in this sense."""
    theirs = defaultdict(list)
    for topic in day.topics:
        for person in people(topic):
            theirs[person].append(topic.id)
    return list(theirs.values())


def by_hand(day: Day) -> dict[int, tuple[int, int | None]]:
    """What one does without a computer: the most wanted topics go to different hours, in turn."""
    popular = sorted(day.topics, key=lambda topic: (-len(topic.people), topic.id))
    return {topic.id: (day.slots[rank % len(day.slots)], None) for rank, topic in enumerate(popular)}


def timed(day: Day) -> tuple[int, float]:
    """Wishes met by the suggestion, and the seconds of processor that it took."""
    began = time.process_time()
    cells = suggest(day)
    return day.met(cells), time.process_time() - began


def run(rooms: int) -> dict[str, Any]:
    small = [draw(SMALL, seed) for seed in range(rooms)]
    large = [draw(LARGE, seed) for seed in range(max(1, rooms // 4))]
    blind = [draw(LARGE, seed, mindful=0.0) for seed in range(max(1, rooms // 8))]
    ours = [timed(day) for day in small]
    best = [optimum(day) for day in small]
    ours_large = [timed(day) for day in large]
    first = [day.met(greedy(day)) for day in large]
    hand = [day.met(by_hand(day)) for day in large]
    ours_blind = [timed(day) for day in blind]
    result = {
        "rooms": rooms,
        "gap_to_optimum": round(max(1 - met / most for (met, _took), most in zip(ours, best, strict=True)), 4),
        "not_optimal": sum(met < most for (met, _took), most in zip(ours, best, strict=True)),
        "seconds": round(max(took for _met, took in ours), 3),
        "gain_over_greedy": gain([met for met, _took in ours_large], first),
        "least_gain_over_greedy": round(min(m / g - 1 for (m, _took), g in zip(ours_large, first, strict=True)), 4),
        "gain_over_hand": gain([met for met, _took in ours_large], hand),
        "gain_when_blind": gain([met for met, _took in ours_blind], [day.met(greedy(day)) for day in blind]),
        "seconds_large": round(max(took for _met, took in [*ours_large, *ours_blind]), 3),
        "wishes_met": round(mean(met / day.reachable for (met, _took), day in zip(ours_large, large, strict=True)), 3),
    }
    rows = [
        Row(
            f"{SMALL.topics} topics, {SMALL.people} people: below the proven optimum, at worst",
            "gap_to_optimum",
            "",
            "0",
        ),
        Row("rooms in which it is not reached", "not_optimal", f"of {rooms}", "0"),
        Row("seconds of processor, at worst", "seconds", "s", "< 0.3"),
        Row(
            f"{LARGE.topics} topics, {LARGE.people} people: more wishes met than greedily",
            "gain_over_greedy",
            "",
            "≥ 0.08",
        ),
        Row("the same, at least", "least_gain_over_greedy"),
        Row("more than when popular topics are dealt out in turn", "gain_over_hand"),
        Row("more than greedily, where people chose blindly", "gain_when_blind"),
        Row("seconds of processor, at worst", "seconds_large", "s", "≤ 1"),
        Row("wishes met, of those that could ever be", "wishes_met"),
    ]
    table("an agenda that lets the most people go where they want", rows, [result])
    return result


def gain(ours: list[int], theirs: list[int]) -> float:
    """The median over rooms."""
    return round(median(one / other - 1 for one, other in zip(ours, theirs, strict=True)), 4)
