"""The live day in the database: people, topics, agenda, groups, messages, and the journal of every
change. Below `server`, above `extension`, `fragment_keys`, `notify`, `text`, `phases`, `qr` and `formats`.
"""

from forum.models.account import Account, AccountTaken, Identity
from forum.models.actor import Actor
from forum.models.change import CannotUndo, Change
from forum.models.device import Device
from forum.models.facilitator import Facilitation, Facilitator
from forum.models.feedback import Feedback
from forum.models.forum import Forum
from forum.models.group import CellTaken, Group, PlacementFrozen
from forum.models.interest import Interest
from forum.models.journal import JournalEntry
from forum.models.merge_proposal import MergeProposal
from forum.models.message import Message, RecentlyAsked
from forum.models.one_time_code import OneTimeCode
from forum.models.participant import Participant
from forum.models.pitch import NotQueued, Pitch
from forum.models.place import NameTaken, Place
from forum.models.presence import Presence
from forum.models.slot import Slot
from forum.models.submission import Submission
from forum.models.team_role import TeamRole
from forum.models.topic import AlreadyConvened, Topic
from forum.models.topic_merge import CannotMerge

__all__ = [
    "Account",
    "AccountTaken",
    "Actor",
    "AlreadyConvened",
    "CannotMerge",
    "CannotUndo",
    "CellTaken",
    "Change",
    "Device",
    "Facilitation",
    "Facilitator",
    "Feedback",
    "Forum",
    "Group",
    "Identity",
    "Interest",
    "JournalEntry",
    "MergeProposal",
    "Message",
    "NameTaken",
    "NotQueued",
    "OneTimeCode",
    "Participant",
    "Pitch",
    "Place",
    "PlacementFrozen",
    "Presence",
    "RecentlyAsked",
    "Slot",
    "Submission",
    "TeamRole",
    "Topic",
]
