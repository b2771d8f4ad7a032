"""Access control: who acts, what they may do, and how often. Imports models, web and server.

A view of a forum is decorated with `decorators.forum_view`, which applies the rule of its URL name (`rules`).
"""
