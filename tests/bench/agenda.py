"""Compare the suggested agenda with the optimum that an exact solver proves, and with a greedy one.

The forums are random, with fixed seeds. People see an agenda when they choose, so that they mostly pick topics of
different slots; topics belong to themes, everybody has two favourite ones, and a few topics are wanted by many. In a
second kind of forum people choose before any topic has a slot. The search is given the wishes alone, with nothing
placed. Times are processor times, since the machine may have other work.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from statistics import mean, median
from typing import Any

import highspy

from forum.agenda.suggestion import Problem, TopicDemand, greedy, suggest
from tests.bench.results import Row, print_table

TIMEOUT_SECONDS = 120.0
"""Time in which the exact solver must prove the optimum of one forum."""
IN_FAVOURITE_THEMES, IN_FREE_SLOTS, SKEW = 0.6, 0.8, 0.5
"""Part of the choices within favourite themes, and of those in free slots; exponent of the popularity of topics."""
PER_THEME, FAVOURITES = 8, 2
SHARED_CONVENER = 8
"""One topic of this number has the convener of another one."""


@dataclass(frozen=True)
class Size:
    """The size of a random forum."""

    topics: int
    people: int
    slots: int
    places: int
    wishes: tuple[int, int]
    """Fewest and most wishes of one person."""


SMALL = Size(16, 58, 3, 6, (2, 5))
LARGE = Size(120, 1000, 4, 30, (3, 6))


def random_problem(size: Size, seed: int, *, in_free_slots: float = IN_FREE_SLOTS) -> Problem:
    """Return a problem in which nothing is placed."""
    random = Random(seed)
    topics = range(size.topics)
    hours = [rank % size.slots for rank in random.sample(topics, size.topics)]
    popularity = [1 / (1 + rank) ** SKEW for rank in random.sample(topics, size.topics)]
    themes = max(FAVOURITES + 1, size.topics // PER_THEME)
    theme = [random.randrange(themes) for _topic in topics]
    wanted = defaultdict(set)
    for person in range(size.people):
        favourites = random.sample(range(themes), FAVOURITES)
        chosen: set[int] = set()
        for _wish in range(random.randint(*size.wishes)):
            pool = [topic for topic in topics if topic not in chosen]
            if random.random() < IN_FAVOURITE_THEMES:
                pool = [topic for topic in pool if theme[topic] in favourites] or pool
            if random.random() < in_free_slots:
                busy = {hours[topic] for topic in chosen}
                pool = [topic for topic in pool if hours[topic] not in busy] or pool
            chosen |= set(random.choices(pool, [popularity[topic] for topic in pool]))
        for topic in chosen:
            wanted[topic].add(person)
    conveners = random.sample(range(size.people), size.topics)
    for topic in range(0, size.topics - 1, SHARED_CONVENER):
        conveners[topic] = conveners[topic + 1]
    return Problem(
        [TopicDemand(n, frozenset(wanted[n] | {conveners[n]}), frozenset({conveners[n]})) for n in topics],
        slots=list(range(size.slots)),
        places=dict.fromkeys(range(size.places)),
    )


def optimum(problem: Problem) -> int:
    """Return the most wishes that any agenda can meet, proved. Raises RuntimeError when it is not proved in time."""
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    solver.setOptionValue("time_limit", TIMEOUT_SECONDS)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 0.5)
    hours = range(len(problem.slots))
    meets = {(topic.id, hour): solver.addBinary() for topic in problem.topics for hour in hours}
    for topic in problem.topics:
        solver.addConstr(sum(meets[topic.id, hour] for hour in hours) == 1)
    for hour in hours:
        solver.addConstr(sum(meets[topic.id, hour] for topic in problem.topics) <= len(problem.places))
    for topics in topics_by_person(problem, lambda topic: topic.conveners):
        for hour in hours:
            solver.addConstr(sum(meets[topic, hour] for topic in topics) <= 1)
    met = []
    for topics in topics_by_person(problem, lambda topic: topic.people):
        for hour in hours:
            met.append(solver.addVariable(0, 1))
            solver.addConstr(met[-1] - sum(meets[topic, hour] for topic in topics) <= 0)
    # Slots are interchangeable: the most wanted topic may be in the first.
    solver.addConstr(meets[max(problem.topics, key=lambda topic: len(topic.people)).id, 0] == 1)
    solver.maximize(sum(met))
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"the optimum was not proved in {TIMEOUT_SECONDS:g} s")
    most: int = round(solver.getObjectiveValue())
    return most


def topics_by_person(problem: Problem, people: Callable[[TopicDemand], Iterable[int]]) -> list[list[int]]:
    """List, for each person, the topics among whose `people` they are."""
    topics_of = defaultdict(list)
    for topic in problem.topics:
        for person in people(topic):
            topics_of[person].append(topic.id)
    return list(topics_of.values())


def by_hand(problem: Problem) -> dict[int, tuple[int, int | None]]:
    """Place topics as a person would: the most wanted ones into different slots, in turn."""
    popular = sorted(problem.topics, key=lambda topic: (-len(topic.people), topic.id))
    return {topic.id: (problem.slots[rank % len(problem.slots)], None) for rank, topic in enumerate(popular)}


def timed(problem: Problem) -> tuple[int, float]:
    """Return the wishes met by the suggestion, and its processor time in seconds."""
    started_at = time.process_time()
    cells = suggest(problem)
    return problem.wishes_met(cells), time.process_time() - started_at


def run(forums: int) -> dict[str, Any]:
    small = [random_problem(SMALL, seed) for seed in range(forums)]
    large = [random_problem(LARGE, seed) for seed in range(max(1, forums // 4))]
    before_agenda = [random_problem(LARGE, seed, in_free_slots=0.0) for seed in range(max(1, forums // 8))]
    suggested = [timed(problem) for problem in small]
    optima = [optimum(problem) for problem in small]
    suggested_large = [timed(problem) for problem in large]
    greedy_large = [problem.wishes_met(greedy(problem)) for problem in large]
    by_hand_large = [problem.wishes_met(by_hand(problem)) for problem in large]
    met_large = [met for met, _took in suggested_large]
    suggested_before_agenda = [timed(problem) for problem in before_agenda]
    greedy_before_agenda = [problem.wishes_met(greedy(problem)) for problem in before_agenda]
    result = {
        "forums": forums,
        "gap_to_optimum": round(max(1 - met / most for (met, _took), most in zip(suggested, optima, strict=True)), 4),
        "not_optimal": sum(met < most for (met, _took), most in zip(suggested, optima, strict=True)),
        "seconds": round(max(took for _met, took in suggested), 3),
        "gain_over_greedy": gain(met_large, greedy_large),
        "least_gain_over_greedy": round(
            min(m / g - 1 for (m, _took), g in zip(suggested_large, greedy_large, strict=True)), 4
        ),
        "gain_over_hand": gain(met_large, by_hand_large),
        "gain_before_agenda": gain([met for met, _took in suggested_before_agenda], greedy_before_agenda),
        "seconds_large": round(max(took for _met, took in [*suggested_large, *suggested_before_agenda]), 3),
        "wishes_met": round(
            mean(met / problem.reachable_wishes for met, problem in zip(met_large, large, strict=True)),
            3,
        ),
    }
    rows = [
        Row(
            f"{SMALL.topics} topics, {SMALL.people} people: below the proven optimum, at worst",
            "gap_to_optimum",
            "",
            "0",
        ),
        Row("forums in which it is not reached", "not_optimal", f"of {forums}", "0"),
        Row("seconds of processor, at worst", "seconds", "s", "< 0.3"),
        Row(
            f"{LARGE.topics} topics, {LARGE.people} people: more wishes met than greedily",
            "gain_over_greedy",
            "",
            "≥ 0.08",
        ),
        Row("the same, at least", "least_gain_over_greedy"),
        Row("more than when popular topics are dealt out in turn", "gain_over_hand"),
        Row("more than greedily, where people chose before any topic had a slot", "gain_before_agenda"),
        Row("seconds of processor, at worst", "seconds_large", "s", "≤ 1"),
        Row("wishes met, of those that could ever be", "wishes_met"),
    ]
    print_table("an agenda that lets the most people go where they want", rows, [result])
    return result


def gain(wishes: list[int], baseline: list[int]) -> float:
    """Return the median relative gain over the baseline."""
    return round(median(one / other - 1 for one, other in zip(wishes, baseline, strict=True)), 4)
