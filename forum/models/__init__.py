"""The people of a forum, its topics, and the journal of what they did."""

from forum.models.device import Device, Pass
from forum.models.facilitator import Facilitator
from forum.models.feedback import Feedback
from forum.models.forum import Forum
from forum.models.journal import CannotUndo, Change, JournalEntry, Submission
from forum.models.people import Actor, Participant
from forum.models.plenary import CannotMerge, MergeProposal, NotInTheQueue, Pitch
from forum.models.topic import AlreadyConvened, Interest, Topic

__all__ = [
    "Actor",
    "AlreadyConvened",
    "CannotMerge",
    "CannotUndo",
    "Change",
    "Device",
    "Facilitator",
    "Feedback",
    "Forum",
    "Interest",
    "JournalEntry",
    "MergeProposal",
    "NotInTheQueue",
    "Participant",
    "Pass",
    "Pitch",
    "Submission",
    "Topic",
]
