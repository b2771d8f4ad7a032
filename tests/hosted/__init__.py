"""The suite on PostgreSQL and Redis (`python -m tests.hosted`), and tests of several machines."""
