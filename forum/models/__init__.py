"""The people of a forum, its topics, and the journal of what they did."""

from forum.models.feedback import Feedback
from forum.models.forum import Forum
from forum.models.journal import Change, JournalEntry, Submission
from forum.models.people import Actor, Device, Facilitator, Participant, Pass
from forum.models.topic import Interest, Topic

__all__ = [
    "Actor",
    "Change",
    "Device",
    "Facilitator",
    "Feedback",
    "Forum",
    "Interest",
    "JournalEntry",
    "Participant",
    "Pass",
    "Submission",
    "Topic",
]
