"""The live day: people, topics, agenda, groups; who may do what; the live board.

Each package imports only those below it (see import-linter in pyproject.toml); its docstring says between which it is.
`asgi`, `urls` and `settings` put `forum` and `sessions` together.
"""
