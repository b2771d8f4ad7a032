"""A client of the app: simulated phones, and the rehearsal with many of them.

May import `forum`, for names that the server and its pages share. Nothing here reads the database: the app under test
may run on another machine. The chaos suite, the benchmarks and the tests of live pages use the same client.

Below `views`, above `live`.
"""
