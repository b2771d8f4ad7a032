"""ASGI applications that the benchmarks compare with the app: a minimal server, and the usual patterns."""
