"""Devices: for how long a token lets somebody in, and which ones are deleted."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.db import IntegrityError
from django.utils import timezone

from forum.models import Device, Facilitator, Participant
from forum.models.tokens import fingerprint

pytestmark = pytest.mark.django_db
DAY, HOUR, SECOND = dt.timedelta(days=1), dt.timedelta(hours=1), dt.timedelta(seconds=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that moves when a test says so."""
    with time_machine.travel("2026-05-12 10:00Z", tick=False) as clock:
        yield clock


def test_a_new_device_belongs_to_its_holder_and_stores_the_fingerprint_of_its_token(
    theo: Participant, camille: Facilitator
) -> None:
    phone, laptop = Device.issue(theo), Device.issue(camille, "Mac")
    names = (
        "token_fingerprint",
        "participant",
        "facilitator",
        "kind",
        "came_by_account",
        "created_at",
        "used_at",
        "expires_at",
    )
    now = timezone.now()
    assert list(Device.objects.order_by("pk").values_list(*names)) == [
        (fingerprint(phone), theo.pk, None, "", False, now, now, None),
        (fingerprint(laptop), None, camille.pk, "Mac", False, now, now, None),
    ]


def test_a_device_has_one_holder(theo: Participant, camille: Facilitator) -> None:
    with pytest.raises(IntegrityError):
        Device.objects.create(token_fingerprint="a", participant=theo, facilitator=camille)


def test_a_device_that_came_by_an_account_lets_in_for_sixteen_hours(
    camille: Facilitator, clock: time_machine.Traveller
) -> None:
    Device.issue(camille)
    Device.issue(camille, by_account=True)
    by_link, by_account = Device.objects.order_by("pk")
    assert (by_account.came_by_account, by_account.expires_at) == (True, timezone.now() + 16 * HOUR)
    clock.shift(16 * HOUR - SECOND)
    assert list(Device.objects.unexpired().order_by("pk")) == [by_link, by_account]
    clock.shift(SECOND)
    assert list(Device.objects.unexpired()) == [by_link]


def test_a_participant_stays_in_for_180_days_and_a_facilitator_for_90(theo: Participant, camille: Facilitator) -> None:
    for holder, days in ((theo, 180), (camille, 90)):
        Device.issue(holder)
        assert (Device.lifetime_of(holder), Device.objects.latest("pk").lifetime) == (days * DAY,) * 2


def test_a_device_notes_once_a_day_that_it_is_used_and_not_once_it_is_ended(
    theo: Participant, clock: time_machine.Traveller
) -> None:
    Device.issue(theo)
    device, issued_at = Device.objects.get(), timezone.now()
    clock.shift(DAY - SECOND)
    assert (device.renew(), Device.objects.get().used_at) == (False, issued_at)
    clock.shift(SECOND)
    assert (device.renew(), Device.objects.get().used_at, device.used_at) == (True, *[issued_at + DAY] * 2)
    assert device.renew() is False
    clock.shift(DAY)
    Device.objects.all().delete()
    assert (device.renew(), Device.objects.count()) == (False, 0)


@pytest.mark.parametrize("days", [90, 180])
def test_devices_are_deleted_once_their_lifetime_is_over(
    days: int, theo: Participant, camille: Facilitator, clock: time_machine.Traveller
) -> None:
    Device.issue(theo)
    Device.issue(camille)
    counts = []
    for step in (days * DAY, SECOND):
        clock.shift(step)
        Device.delete_unused()
        counts.append((theo.devices.count(), camille.devices.count()))
    assert counts == {90: [(1, 1), (1, 0)], 180: [(1, 0), (0, 0)]}[days]


def test_an_expired_device_is_deleted(camille: Facilitator, clock: time_machine.Traveller) -> None:
    Device.issue(camille, by_account=True)
    for step, count in ((16 * HOUR, 1), (SECOND, 0)):
        clock.shift(step)
        Device.delete_unused()
        assert Device.objects.count() == count
