"""The checks of the readiness page and of `manage.py doctor`."""

import fcntl
import shutil
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.utils import timezone, translation
from pytest_django import Settings

import sessions.checks
from forum.checks import Check, State, all_checks, machine, network, phone_tests
from forum.checks.phone_tests import PhoneTest
from forum.models import Actor, Forum, JournalEntry, Submission
from forum.phases import Phase
from forum.server import network_choice
from forum.server.locks import is_app_running
from tests.forum.server.test_public_urls import CABLE, VPN, WIFI, Networks, networks
from tests.live_server import running_server

__all__ = ["networks"]


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _laptop(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR, settings.HOST, settings.PORT, settings.PUBLIC_URL = tmp_path, "0.0.0.0", 8000, ""  # noqa: S104


def check(name: str) -> Check:
    return next(check for check in all_checks() if check.name == name)


def state(name: str, forum: Forum | None = None) -> State | None:
    finding = check(name).run(forum)
    return finding.state if finding else None


def sentence(name: str, forum: Forum | None = None) -> str:
    finding = check(name).run(forum)
    assert finding is not None
    return finding.sentence


def phone(key: str = "a", **fields: Any) -> PhoneTest:
    defaults: dict[str, Any] = {"kind": "Android", "is_this_computer": False, "seen_at": time.time()}
    return PhoneTest(key, **defaults | fields)


# ---- what opens photos and documents -----------------------------------------------------------------------


def test_the_system_keeps_what_opens_photos_off_the_network_or_the_page_says_that_it_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for output, expected in (("'', False", State.WARNING), ("'seccomp', True", State.WARNING)):
        with monkeypatch.context() as patch:
            patch.setattr(sessions.checks, "_ISOLATION_CODE", f"print({output})")
            assert state("isolation") == expected
    if state("isolation") != State.GOOD:
        pytest.skip("this kernel takes no filter and lets nobody make a network of their own")
    assert sentence("isolation").endswith(("(seccomp).", "(namespace)."))


# ---- address -----------------------------------------------------------------------------------------------


def test_a_computer_without_a_network_is_bad(networks: Networks) -> None:
    networks.set()
    assert state("address") == State.BAD


def test_an_app_that_listens_on_loopback_alone_is_bad(settings: Settings) -> None:
    settings.HOST = "127.0.0.1"
    assert state("address") == State.BAD


def test_two_networks_are_a_warning_until_one_is_chosen(networks: Networks) -> None:
    networks.set(WIFI, CABLE)
    assert state("address") == State.WARNING
    network_choice.save_interface(CABLE)
    assert state("address") == State.GOOD
    assert "http://10.20.0.7:8000/" in sentence("address")


def test_a_chosen_network_that_is_gone_is_a_warning(networks: Networks) -> None:
    networks.set(CABLE)
    network_choice.save_interface(WIFI)
    assert state("address") == State.WARNING
    assert WIFI.address in sentence("address")


def test_a_vpn_as_the_only_network_is_a_warning(networks: Networks) -> None:
    networks.set(VPN)
    assert state("address") == State.WARNING
    assert state("vpn") == State.WARNING


def test_a_configured_address_is_good(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://forum.example.org"
    assert state("address") == State.GOOD


# ---- the app, phones, firewall -----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_app_is_requested_at_the_address_of_the_phones(settings: Settings) -> None:
    with running_server() as url:
        settings.PUBLIC_URL = url
        assert state("answers") == State.GOOD


def test_an_app_that_does_not_run_is_a_warning_and_one_that_does_not_answer_is_bad(settings: Settings) -> None:
    with socket.socket() as bound:  # and not listening
        bound.bind(("127.0.0.1", 0))
        settings.PUBLIC_URL = f"http://127.0.0.1:{bound.getsockname()[1]}"
        if not settings.REDIS_URL:
            assert state("answers") == State.WARNING
        with (settings.DATA_DIR / "serving").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            assert is_app_running()
            assert state("answers") == State.BAD


def test_phones_that_opened_the_test_page_are_counted_without_this_computer(forum: Forum) -> None:
    phone_tests.record(forum.pk, phone("server", is_this_computer=True))
    assert state("phones", forum) == State.WARNING
    phone_tests.record(forum.pk, phone("a", sockets=True))
    phone_tests.record(forum.pk, phone("b"))
    assert sentence("phones", forum) == "2 phones opened the test page."
    assert state("phones") is None


def test_a_phone_that_gets_no_live_updates_is_a_warning(forum: Forum) -> None:
    phone_tests.record(forum.pk, phone("a", sockets=True))
    phone_tests.record(forum.pk, phone("b", sockets=False))
    assert state("phones", forum) == State.WARNING
    assert sentence("phones", forum).startswith("1 phone out of 2")


def test_a_firewall_is_a_warning_until_a_phone_comes_through(
    forum: Forum, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rules = tmp_path / "ufw.conf"
    rules.write_text("# comment\nENABLED=yes\nLOGLEVEL=low\n")
    monkeypatch.setattr(network, "UFW", rules)
    finding = check("firewall").run(forum)
    assert finding is not None
    assert (finding.state, finding.advice) == (
        State.WARNING, "If phones do not come, type: sudo ufw allow 8000/tcp"
    )  # fmt: skip
    phone_tests.record(forum.pk, phone())
    assert state("firewall", forum) == State.GOOD


# ---- this computer -----------------------------------------------------------------------------------------


def test_the_database_is_written_for_real_and_left_as_it_was(db: None) -> None:
    assert state("database") == State.GOOD
    assert Submission.objects.count() == 0


def test_a_database_that_cannot_be_written_is_bad(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**row: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Submission.objects, "create", full)
    assert sentence("database") == "The database cannot be written: disk full"
    assert state("database") == State.BAD


@pytest.mark.parametrize(("free", "expected"), [(10**8, State.BAD), (10**9, State.WARNING), (10**11, State.GOOD)])
def test_little_free_space_is_a_warning_and_less_than_texts_need_is_bad(
    free: int, expected: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: real._replace(free=free))
    assert state("disk") == expected


@pytest.mark.parametrize(
    ("files", "expected", "text"),
    [
        (1024, State.WARNING, "Only 480 phones can have live updates at once; the others look every few seconds."),
        (4096, State.GOOD, "2016 phones can have live updates at once."),
    ],
)
def test_the_limit_of_open_files_decides_how_many_phones_have_live_updates(
    files: int, expected: State, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "raise_file_limit", lambda: files)
    assert (state("files"), sentence("files")) == (expected, text)


def test_a_clock_that_went_back_is_bad(forum: Forum, as_camille: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_system_zone", lambda: None)
    forum.move_to(Phase.GROUPS, as_camille)
    assert state("clock", forum) == State.GOOD
    JournalEntry.objects.update(at=timezone.now() + timedelta(hours=3))
    assert state("clock", forum) == State.BAD


def test_several_phones_show_that_the_clock_is_wrong_and_one_alone_does_not(
    forum: Forum, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_system_zone", lambda: None)
    phone_tests.record(forum.pk, phone("odd", drift=9_000_000))
    phone_tests.record(forum.pk, phone("a", drift=200))
    phone_tests.record(forum.pk, phone("b", drift=-300))
    assert state("clock", forum) == State.GOOD
    phone_tests.record(forum.pk, phone("a", drift=240_000))
    phone_tests.record(forum.pk, phone("b", drift=245_000))
    assert "4 min" in sentence("clock", forum)
    assert state("clock", forum) == State.WARNING


def test_a_computer_in_another_time_zone_is_a_warning(
    forum: Forum, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(machine, "LOCAL_TIME", tmp_path / "localtime")
    zone = tmp_path / "zoneinfo" / "Asia" / "Tokyo"
    zone.parent.mkdir(parents=True)
    zone.touch()
    (tmp_path / "localtime").symlink_to(zone)
    assert state("clock", forum) == State.WARNING
    assert "(Asia/Tokyo)" in sentence("clock", forum)


def test_a_damaged_font_is_named(settings: Settings, tmp_path: Path) -> None:
    assert state("fonts") == State.GOOD
    copy = tmp_path / "copy"
    (copy / "static").mkdir(parents=True)
    for folder in ("fonts", "vendor"):
        (copy / "static" / folder).symlink_to(settings.ROOT / "static" / folder)
    (copy / "static" / "fonts").unlink()
    (copy / "static" / "fonts").mkdir()
    settings.ROOT = copy
    assert state("fonts") == State.BAD
    assert "fonts/source-sans-3-latin-400-normal.woff2" in sentence("fonts")


def test_a_check_that_raises_is_a_bad_finding() -> None:
    def fail(forum: Forum | None) -> None:
        raise ZeroDivisionError

    finding = Check("broken", "Broken", fail).run()
    assert finding is not None
    assert (finding.state, finding.sentence) == (State.BAD, "This could not be checked: ZeroDivisionError")


# ---- the phones of the test page ---------------------------------------------------------------------------


def test_only_the_latest_phones_are_kept(forum: Forum) -> None:
    for n in range(phone_tests.MAX_PHONES + 5):
        phone_tests.record(forum.pk, phone(str(n), seen_at=time.time() + n))
    assert len(phone_tests.recent(forum.pk)) == phone_tests.MAX_PHONES
    assert phone_tests.recent(forum.pk)[0].key == str(phone_tests.MAX_PHONES + 4)


def test_while_redis_is_away_each_process_keeps_its_own_phones(forum: Forum, monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def get(self, *_: Any) -> None:
            raise ConnectionError

        set = get

    monkeypatch.setattr(phone_tests, "caches", {"default": Away(), "alone": caches["alone"]})
    caches["alone"].clear()
    phone_tests.record(forum.pk, phone())
    assert len(phone_tests.recent(forum.pk)) == 1
