"""Live pages for tests: the client of the rehearsal, given the messages of the server."""

from forum.live.catch_up import Delta
from forum.live.messages import DeltaMessage
from forum.rehearsal.board import ShownBoard, parse
from forum.rehearsal.live_page import LivePage
from forum.rehearsal.protocol import Message


def opened(board: str, since: int, epoch: str) -> LivePage:
    """Open a page with this board."""
    page = LivePage("H7KQ4MT")
    page.begin(parse(board), since, epoch)
    return page


def shown(board: str) -> ShownBoard:
    """Parse the HTML of a board, to compare it."""
    return ShownBoard.of(board)


def message_of(change: Delta) -> Message:
    """Return the message that a page receives for this change."""
    return Message.read(DeltaMessage(change).event()["text"])
