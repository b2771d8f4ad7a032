"""A page that writes in a shared report: its document, without a browser."""

from pycrdt import Doc, Text

from forum.models import Actor
from sessions.models import Report
from sessions.models.crdt import EMPTY_STATE
from sessions.models.manuscript import WriterUpdate
from tests.chaos.writer import SECTIONS, clock_of


class WriterPage:
    def __init__(self, report: Report, by: Actor) -> None:
        self.report, self.by = report, by
        self.doc: Doc[Text] = Doc()
        self.texts = {name: self.doc.get(name, type=Text) for name in SECTIONS}
        self.doc.apply_update(report.manuscript().updates_since(EMPTY_STATE))
        self._sent_state = self.doc.get_state()

    def write(self, words: str, section: str = "findings") -> WriterUpdate:
        """Append words to a section, and return the update to send."""
        self.texts[section] += words
        return self.unsent_update()

    def clear(self, section: str = "findings") -> WriterUpdate:
        """Delete all words of a section, and return the update to send."""
        del self.texts[section][:]
        return self.unsent_update()

    def unsent_update(self) -> WriterUpdate:
        """Return the changes since the last update."""
        update, self._sent_state = self.doc.get_update(self._sent_state), self.doc.get_state()
        return WriterUpdate(self.by, update, self.doc.client_id, clock_of(self._sent_state, self.doc.client_id))

    def full_update(self) -> WriterUpdate:
        """Return all that the report lacks of this document."""
        return WriterUpdate(self.by, self.doc.get_update(self.report.manuscript().state_vector), self.doc.client_id)

    def catch_up(self) -> None:
        """Apply what others wrote, without marking it as unsent."""
        self.doc.apply_update(self.report.manuscript().updates_since(self.doc.get_state()))


def stored(report: Report) -> Report:
    """Return the report as the database has it."""
    return Report.objects.select_related("group__topic__forum").get(pk=report.pk)
