"""The agenda, the groups, and what they bring back."""

from sessions.models.agenda import Place, Slot
from sessions.models.edition import Edition
from sessions.models.group import CellTaken, Group, Presence
from sessions.models.report import Action, Report

__all__ = ["Action", "CellTaken", "Edition", "Group", "Place", "Presence", "Report", "Slot"]
