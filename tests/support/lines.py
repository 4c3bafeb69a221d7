"""A test run in several lines (pytest-xdist): which files keep together, and which come first.

A line takes a piece of work, that is a file or several that keep together, and the next one when it is done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]

BROKERS = {"bootstrap_servers": "the shared broker", "guarded": "the guarded broker"}
"""Fixture → the piece of all files that ask for it. Workers on one broker share state and transactional ids, as in a
real hub, and would fence each other; the guarded broker knows one Jobcenter, by one name."""

BROWSER = "tests/browser"
"""A piece too: one chromium and one board for all pages."""

LONG = ["the shared broker", "tests/integration/test_demo.py", BROWSER, "the guarded broker"]
"""Longest first: a long one that begins last is waited for alone."""

CHAOS = "tests/integration/test_chaos_short.py"
"""Last: it keeps two cores busy by itself, and what it kills comes back sooner with both of them."""


@cache
def piece_of(file: str) -> str:
    """The piece a file belongs to; `file` is relative to the project."""
    if file.startswith(f"{BROWSER}/"):
        return BROWSER
    text = (ROOT / file).read_text("utf-8")
    return next((piece for fixture, piece in BROKERS.items() if f"{fixture}: " in text), file)


def turn_of(file: str) -> tuple[int, str]:
    """Sorts files: the long pieces, then what starts servers, then the many short ones, then chaos."""
    piece = piece_of(file)
    if piece in LONG:
        return LONG.index(piece), piece
    return len(LONG) + (2 if file == CHAOS else not file.startswith("tests/integration/")), ""


def strays(asked: Iterable[tuple[str, Collection[str]]]) -> list[str]:
    """Of files and the fixtures their tests ask for, those that share a broker and do not keep together."""
    found = {
        file
        for file, fixtures in asked
        for fixture, piece in BROKERS.items()
        if fixture in fixtures and piece_of(file) != piece
    }
    return sorted(found)
