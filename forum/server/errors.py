"""The error that keeps the server from starting."""


class CannotStart(Exception):
    """The app cannot start. The message is one translated sentence for the terminal, with what to do about it."""
