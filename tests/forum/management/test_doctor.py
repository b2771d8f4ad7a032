"""`manage.py doctor`: the checks in the terminal, and its exit code."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.page_texts import with_plain_spaces
from tests.served_app import MANAGE
from tests.services import environment_for


def doctor(data: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*MANAGE, "doctor"], env=os.environ | environment_for(data) | {"LC_ALL": ""} | environment, capture_output=True,
        text=True, timeout=60,
    )  # fmt: skip


@pytest.mark.laptop
def test_the_doctor_prints_all_checks_in_french_and_fails_when_one_is_bad(tmp_path: Path) -> None:
    process = doctor(tmp_path / "data", HOST="127.0.0.1", LANG="fr_FR.UTF-8")
    assert process.stderr == ""
    assert process.returncode == 1
    lines = with_plain_spaces(process.stdout).splitlines()
    assert lines[0].startswith("✕ Adresse pour les téléphones : L’application n’est accessible que depuis cet")
    assert [line for line in lines if line.startswith("✓ Documents (PDF) : Une page a été composée")]
    assert "1 point à régler" in lines[-2]
