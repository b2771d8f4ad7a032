"""`manage.py facilitator`: a new link for a facilitator who lost theirs."""

import os
import subprocess
from pathlib import Path

from tests.served_app import MANAGE, Start, data, migrated, start
from tests.services import environment_for

__all__ = ["data", "start"]


def facilitator(data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MANAGE, "facilitator", *options],
        env=os.environ | environment_for(data) | {"LANG": "en_GB.UTF-8", "LC_ALL": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_facilitator_who_lost_their_link_gets_a_new_one(start: Start, data: Path) -> None:
    app = start().until_ready()
    created = facilitator(data, "--name", "Awa").stdout
    assert created.startswith(f"New link of Awa: http://127.0.0.1:{app.port}/facilitator/")
    listed = facilitator(data).stdout.splitlines()
    assert listed[0] == "  1. Awa"
    links = [text.rsplit("/", 2)[1] for text in (created.strip(), listed[1])]
    assert links[0] != links[1]
    assert [app.get(f"/facilitator/{link}/")[0] for link in links] == [404, 302]


def test_with_several_facilitators_the_command_asks_for_a_number(data: Path) -> None:
    migrated(data)
    facilitator(data, "--name", "Awa")
    facilitator(data, "--name", "Bruno")
    process = facilitator(data)
    assert process.stdout == "  1. Awa\n  2. Bruno\n"
    assert (process.returncode, process.stderr) == (1, "Whose link? Say the number, for example: --number 1\n")
    assert facilitator(data, "--number", "2").stdout.splitlines()[2].startswith("New link of Bruno: ")


def test_before_the_first_start_the_facilitator_command_refuses(data: Path) -> None:
    process = facilitator(data)
    assert process.stderr == "The database waits for an update: start the app first (make run).\n"
