"""ASGI applications that the benchmarks compare with the app: the least that a server can do, and the usual ways."""
