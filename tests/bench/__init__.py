"""Measures speed: `make bench`, or `python -m tests.bench --only W2`."""
