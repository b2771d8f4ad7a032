"""Clashes on the agenda, and the search for a better one. Imports models."""
