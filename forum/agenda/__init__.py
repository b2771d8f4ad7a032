"""Clashes on the agenda, and the search for a better one. Below `live`, above `auth`."""
