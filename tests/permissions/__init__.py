"""The permission matrix: every URL and socket × method × role × phase × state, held against one declaration.

`python -m tests.permissions` tries every cell; the tests here a part of them.
"""
