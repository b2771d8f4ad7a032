"""Live pages for tests, kept by the client of the rehearsal and fed with the very messages of the server."""

from forum.live.catch_up import Delta
from forum.live.messages import DeltaMessage
from forum.rehearsal.board import ShownBoard, parse
from forum.rehearsal.live_page import LivePage
from forum.rehearsal.protocol import Message


def opened(board: str, since: int, epoch: str) -> LivePage:
    """A page on which this board was served."""
    page = LivePage("H7KQ4MT")
    page.begin(parse(board), since, epoch)
    return page


def shown(board: str) -> ShownBoard:
    """What the reader of this HTML sees, to compare."""
    return ShownBoard.of(board)


def message_of(change: Delta) -> Message:
    """The message that a page receives for this change."""
    return Message.read(DeltaMessage(change).event()["text"])
