"""Run the search: read a problem as JSON from standard input, write the cells of its topics as JSON."""

import json
import os
import sys

from forum.agenda.suggestion import Problem, suggest

if __name__ == "__main__":
    os.nice(5)  # after everything else on this machine
    cells = suggest(Problem.from_json(sys.stdin.read()))
    sys.stdout.write(json.dumps([[topic, *cell] for topic, cell in cells.items()]))
