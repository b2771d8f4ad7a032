"""Parts of the book printed alone: anybody may ask for them, which never delays the book."""

import pytest
from django_tasks_db.models import DBTaskResult

from forum.models import Forum, Topic
from sessions.models import Edition
from sessions.printing import excerpts, kits
from sessions.printing.kit import KitOrder
from tests.sessions.proceedings.conftest import RequestEdition, media_directory, request_edition

__all__ = ["media_directory", "request_edition"]

pytestmark = pytest.mark.usefixtures("media_directory")


def test_a_book_is_made_before_the_kits_and_these_before_the_excerpts_that_were_requested_earlier(
    forum: Forum, topic: Topic, request_edition: RequestEdition
) -> None:
    edition = request_edition()
    edition.report_progress(state=Edition.State.READY)
    DBTaskResult.objects.all().delete()
    for part in (excerpts.ESSENTIAL, str(topic.number), str(topic.number)):  # one of them twice
        excerpts.request_excerpt(edition, part, "a4", retry=False)
    kits.request_kit(forum, KitOrder())
    request_edition()
    tasks = [path.rpartition(".")[2] for path in DBTaskResult.objects.ready().values_list("task_path", flat=True)]
    assert tasks == [
        "make_edition",
        "print_kit",
        "print_excerpt",
        "print_excerpt",
    ]
