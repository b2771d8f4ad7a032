"""`python -m tests.bench live --phones 1000`: run one benchmark; the last line is its result as JSON."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.bench import agenda, arrival, book, burst, day, first_load, live, operator, storm
from tests.bench.results import print_json


@dataclass
class Bench:
    """A benchmark: its function, and its numbers of phones, usual and short."""

    run: Callable[[list[int], int], dict[str, Any]]
    phones: int | list[int]
    """Number of phones (book: of groups); several sizes are measured one after another."""
    rounds: int
    short: tuple[int, int]


BENCHES = {
    "live": Bench(live.run, 1000, 7, (100, 3)),
    "storm": Bench(lambda sizes, rounds: storm.run(sizes[-1], rounds), 1000, 5, (100, 1)),
    "burst": Bench(lambda sizes, rounds: burst.run(sizes[-1], 30 * rounds, rounds), 500, 10, (50, 2)),
    "arrival": Bench(lambda sizes, rounds: arrival.run(sizes[-1], rounds), 500, 5, (20, 1)),
    "operator": Bench(lambda sizes, rounds: operator.run(sizes[-1], rounds), 200, 20, (20, 3)),
    "agenda": Bench(lambda _sizes, rounds: agenda.run(rounds), 1, 16, (1, 2)),
    "day": Bench(lambda sizes, rounds: day.run(sizes[-1], rounds), 300, 1, (10, 1)),
    "book": Bench(book.run, [16, 50, 100, 200], 1, (1, 1)),
    "first-load": Bench(lambda sizes, rounds: first_load.run(rounds), 1, 5, (1, 1)),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("what", choices=BENCHES)
    parser.add_argument("--phones", type=int, nargs="+", help="how many (book: groups); several sizes may be given")
    parser.add_argument("--rounds", type=int, help="how often each is measured (burst: for how many seconds)")
    parser.add_argument("--short", action="store_true", help="a few seconds, to see that it runs")
    options = parser.parse_args()
    bench = BENCHES[options.what]
    phones, rounds = bench.short if options.short else (bench.phones, bench.rounds)
    sizes = phones if isinstance(phones, list) else [phones]
    print_json(bench.run(options.phones or sizes, options.rounds or rounds))


if __name__ == "__main__":
    main()
