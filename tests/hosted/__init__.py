"""The hosted size: the suite on PostgreSQL and Redis (`python -m tests.hosted`), and what only many machines meet."""
