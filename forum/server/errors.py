"""The error that keeps the server from starting."""


class CannotStart(Exception):
    """Why the app does not start, in the words of the person who starts it."""
