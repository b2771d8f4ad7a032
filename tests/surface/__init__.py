"""The surface of the app: its URLs, live messages, book and pages, as text files to compare two trees.

`python -m tests.surface DIRECTORY` writes it; `diff -r` compares two of them. A restructuring leaves it equal.
Nothing here imports the modules of the app: it goes through URLs, management commands, settings and the ASGI
application, so that the same command runs before and after modules move.
"""
