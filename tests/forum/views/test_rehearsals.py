"""A forum that is a rehearsal: its pages say so, and its facilitator can erase it."""

from typing import Any

import pytest
from django.urls import reverse

from forum.models import Actor, Facilitator, Feedback, Forum, Group, Participant, Topic
from forum.phases import Phase
from sessions.models import Edition
from sessions.proceedings import jobs, pdf
from tests.conftest import ClientFor
from tests.forum.management.test_rehearse import rehearsal, row_counts

__all__ = ["rehearsal"]


def test_every_page_of_a_rehearsal_says_so(rehearsal: Forum, theo: Participant, client_for: ClientFor) -> None:
    for person in (None, theo):
        page = client_for(person).get(rehearsal.get_absolute_url()).content.decode()
        assert '<meta name="forum-rehearsal" content="marketplace">' in page
        assert page.count('class="fiction"') == 1
    Forum.objects.update(is_rehearsal=False)
    page = client_for(theo).get(rehearsal.get_absolute_url()).content.decode()
    assert ("forum-rehearsal" in page, 'class="fiction"' in page) == (False, False)


@pytest.mark.django_db(transaction=True)
def test_a_facilitator_erases_a_rehearsal_once_they_are_sure(
    rehearsal: Forum, group: Group, theo: Participant, camille: Facilitator, client_for: ClientFor
) -> None:
    group.join(theo, Actor(theo))
    Feedback.give(rehearsal, None, Actor(), words="Merci", keep="", change="")
    edition = Edition.request(rehearsal, Actor())
    edition.path.parent.mkdir(parents=True, exist_ok=True)
    edition.path.write_bytes(b"%PDF-1.7")
    her, his = client_for(camille), client_for(theo)
    address = reverse("erase_rehearsal", args=[rehearsal.code])
    assert f'action="{address}"' in her.get(reverse("describe", args=[rehearsal.code])).content.decode()

    assert her.post(address).status_code == 409
    assert row_counts(rehearsal)[:4] == [2, 1, 1, 1]
    assert her.post(address, {"sure": "yes"}).headers["Location"] == reverse("desk", args=[rehearsal.code])

    assert row_counts(rehearsal) == [0, 0, 0, 0, 1]
    assert rehearsal.journal.get().invalidated == ["*", "rights-everybody"]
    rehearsal.refresh_from_db()
    assert (rehearsal.current_phase, rehearsal.is_rehearsal, rehearsal.slots.count()) == (Phase.PREPARATION, True, 3)
    assert not edition.path.exists()
    assert "forum-rehearsal" in his.get(rehearsal.get_absolute_url()).content.decode()
    assert his.get(reverse("me", args=[rehearsal.code])).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_an_edition_under_way_leaves_no_file_when_the_rehearsal_is_erased_meanwhile(
    rehearsal: Forum, group: Group, as_camille: Actor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    edition = Edition.request(rehearsal, as_camille)
    render = pdf.render_pdf

    def erase_then_render(*args: Any, **options: Any) -> Any:
        rehearsal.erase_rehearsal(as_camille)
        return render(*args, **options | {"progress": lambda percent: None})

    monkeypatch.setattr(pdf, "render_pdf", erase_then_render)
    jobs.make_edition.call(edition.pk)
    assert (row_counts(rehearsal), edition.path.exists(), caplog.text) == ([0, 0, 0, 0, 1], False, "")


def test_a_forum_in_earnest_is_never_erased(
    forum: Forum, topic: Topic, camille: Facilitator, client_for: ClientFor
) -> None:
    her = client_for(camille)
    answer = her.post(reverse("erase_rehearsal", args=[forum.code]), {"sure": "yes"})
    assert (answer.status_code, row_counts(forum)[:2]) == (409, [1, 1])
    assert reverse("erase_rehearsal", args=[forum.code]) not in (
        her.get(reverse("describe", args=[forum.code])).content.decode()
    )


def test_a_forum_with_people_in_it_cannot_become_a_rehearsal(
    forum: Forum, nadia: Participant, camille: Facilitator, client_for: ClientFor
) -> None:
    her, settings = client_for(camille), reverse("describe", args=[forum.code])
    page = her.get(settings).context
    told = {name: value for name, value in page["form"].initial.items() if value is not None}
    told |= {"date": "2026-03-14", "is_rehearsal": "on"}
    for rows in (page["slots"], page["places"]):
        told |= {f"{rows.prefix}-{name}": str(value) for name, value in rows.management_form.initial.items()}
        for row in rows:
            fields = {row.add_prefix(name): row[name].value() for name in row.fields}
            told |= {name: value for name, value in fields.items() if value not in (None, False)}
    assert her.post(settings, told).status_code == 422
    nadia.delete()
    assert her.post(settings, told).status_code == 302
    forum.refresh_from_db()
    assert forum.is_rehearsal
    Participant.join(forum, name="Inventée")
    assert her.post(settings, told).status_code == 302, "one that is a rehearsal already stays one"
