"""The rehearsal: a crowd of invented people who come with simulated phones, over HTTP and sockets alone.

Nothing here reads the database: the app that is tried may run on another machine.
"""
