"""Images that people send, and the limits of the child processes that open them. Imports no model of
sessions.
"""
