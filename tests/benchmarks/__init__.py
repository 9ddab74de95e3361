"""Benchmarks: `python -m tests.benchmarks`. No test depends on them, or on time."""
