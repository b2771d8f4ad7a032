"""Benchmarks: each measures the app, and in the same run what it is compared with."""
