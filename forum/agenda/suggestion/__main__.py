"""The search in a process of its own: a day as JSON in, the cells of its topics as JSON out."""

import json
import os
import sys

from forum.agenda.suggestion import Day, suggest

if __name__ == "__main__":
    os.nice(5)  # whatever else runs on this machine comes first
    cells = suggest(Day.from_json(sys.stdin.read()))
    sys.stdout.write(json.dumps([[topic, *cell] for topic, cell in cells.items()]))
