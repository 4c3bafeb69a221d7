"""The labelled set: cases of every kind in one world, made of a seed."""

from __future__ import annotations

from tests.match.alike import ALIKE
from tests.match.same import SAME
from tests.match.writer import Case, Writer

TUNING, HELD_OUT = 20261124, 7
"""Seeds: thresholds and weights were chosen on the first; the second was only ever scored."""


def labelled(seed: int, of_each: int = 12) -> list[Case]:
    """The set of a seed: so many cases of each kind."""
    writer = Writer(seed)
    return [make(writer) for _ in range(of_each) for make in (*SAME, *ALIKE)]
