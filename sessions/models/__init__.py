"""The agenda, the groups, and what they bring back."""

from sessions.models.agenda import NameTaken, Place, Slot
from sessions.models.comment import Comment
from sessions.models.edition import Edition
from sessions.models.group import CellTaken, Frozen, Group, Presence
from sessions.models.imprint import Imprint, Logo
from sessions.models.message import AskedAlready, Message
from sessions.models.photo import Photo, TooManyPhotos
from sessions.models.report import Action, Report
from sessions.models.writing import Update, Version

__all__ = [
    "Action",
    "AskedAlready",
    "CellTaken",
    "Comment",
    "Edition",
    "Frozen",
    "Group",
    "Imprint",
    "Logo",
    "Message",
    "NameTaken",
    "Photo",
    "Place",
    "Presence",
    "Report",
    "Slot",
    "TooManyPhotos",
    "Update",
    "Version",
]
