"""Benchmarks: how fast the live board is, beside the least that a server can do and beside the usual pattern."""
