"""The live day in the database: people, topics, agenda, groups, messages, and the journal of every change."""

from forum.models.actor import Actor
from forum.models.change import CannotUndo, Change
from forum.models.device import Device, Pass
from forum.models.facilitator import Facilitator
from forum.models.feedback import Feedback
from forum.models.forum import Forum
from forum.models.group import CellTaken, Frozen, Group
from forum.models.journal import JournalEntry
from forum.models.merge import CannotMerge, MergeProposal
from forum.models.message import AskedAlready, Message
from forum.models.participant import Participant
from forum.models.pitch import NotInTheQueue, Pitch
from forum.models.place import NameTaken, Place
from forum.models.presence import Presence
from forum.models.slot import Slot
from forum.models.submission import Submission
from forum.models.topic import AlreadyConvened, Interest, Topic

__all__ = [
    "Actor",
    "AlreadyConvened",
    "AskedAlready",
    "CannotMerge",
    "CannotUndo",
    "CellTaken",
    "Change",
    "Device",
    "Facilitator",
    "Feedback",
    "Forum",
    "Frozen",
    "Group",
    "Interest",
    "JournalEntry",
    "MergeProposal",
    "Message",
    "NameTaken",
    "NotInTheQueue",
    "Participant",
    "Pass",
    "Pitch",
    "Place",
    "Presence",
    "Slot",
    "Submission",
    "Topic",
]
