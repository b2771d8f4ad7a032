"""Benchmarks. Each measures the app and, in the same run, another server or method for comparison."""
