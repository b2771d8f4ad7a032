"""Access control: who acts, what they may do, and how often.

A view of a forum is decorated with `decorators.forum_view`, which applies the rule of its URL name (`rules`).

Below `agenda`, above `web`.
"""
