"""The live day: people, topics, agenda, groups; who may do what; the live board.

The rooms, from the top: `views`, `forms` and `checks`, `live`, `agenda`, `auth`, `web`, `server`, `models`, then what
imports nothing of the app. Each imports only what is below it (see import-linter in pyproject.toml). `asgi`, `urls` and
`settings` put `forum` and `sessions` together.
"""
