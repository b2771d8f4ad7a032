"""Whatever is sent to whatever address: an answer in words, never a traceback."""

import random

import pytest
from django.db import transaction

from forum.models import Forum
from forum.phases import Phase
from tests.forum.test_permissions import DOORS, Scene, scene

__all__ = ["scene"]

FIELDS = (
    "name", "organisation", "territory", "appearance", "same_name", "code", "title", "description", "convener",
    "excluding", "going", "present", "participant", "cell", "slot", "place", "elsewhere", "phase", "words", "keep",
    "change", "findings", "b_findings", "head_count", "due_date", "what", "b_what", "next", "key", "as", "since",
    "epoch", "watch", "question", "date", "time_zone", "language", "territories", "slots-TOTAL_FORMS",
    "slots-INITIAL_FORMS", "slots-0-id", "slots-0-minutes", "slots-0-starts_at", "places-TOTAL_FORMS",
    "places-INITIAL_FORMS", "places-0-name", "places-0-seats", "slots-0-day", "table", "sure", "q",
)  # fmt: skip
JUNK = (
    "", " ", "0", "-1", "1", "9" * 30, "١٢٣", "²", "1.5", "NaN", "x" * 300, "x" * 7000, "a\x00b", "😀", "\u202eright",
    "<script>alert(1)</script>", "'; DROP TABLE forum_forum;--", "../../etc/passwd", "//evil.example",
    "javascript:alert(1)", "%s%d{0}{name}", "true", "null", "[]", "{}", "2026-02-30", "0000-00-00", "25:61",
    "1-elsewhere", "1-", "-", "9999999-9999999", "nowhere", "phone", "desk", "Europe/Paris", "Mars/Olympus", "full",
    "published",
)  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [0, 1, 2, *(pytest.param(seed, marks=pytest.mark.laptop) for seed in (3, 4, 5))])
def test_no_form_no_query_and_no_header_breaks_a_page(scene: Scene, seed: int) -> None:
    chance = random.Random(seed)
    Forum.objects.filter(pk=scene.forum.pk).update(phase=chance.choice(list(Phase)))
    broken = []
    for name in DOORS:
        for role in ("stranger", "convener", "facilitator"):
            client = scene.clients[role]
            client.raise_request_exception = False
            for method in ("get", "post"):
                sent = {field: chance.choice(JUNK) for field in chance.sample(FIELDS, 12)}
                headers = {
                    "hx-request": chance.choice(("true", "")),
                    "accept": chance.choice(("application/json", "*/*")),
                }
                with transaction.atomic():
                    answer = getattr(client, method)(scene.address(name), sent, headers=headers)
                    transaction.set_rollback(True)
                if answer.streaming:
                    b"".join(answer.streaming_content)
                if answer.status_code >= 500:
                    broken.append(f"{name} {role} {method} {sent}")
    assert broken == []
