"""What the groups bring back: reports, co-writing, photos, comments, the book. Imports `forum`, never the reverse.

Not the sessions of browsers: the app has none (docs/decisions/0012-no-sessions.md). Its tables begin with `reports_`.
"""
