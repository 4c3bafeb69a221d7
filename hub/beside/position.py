"""How far the sinks are that write the board."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

Position = frozenset[tuple[str, str, int, int]]
"""Sink, topic, partition, next offset: equal positions mean equal tables."""

_POSITION = (
    "SELECT sink, topic, partition, next_offset FROM reporting.sink_progress WHERE sink IN ('board', 'decisions')"
)


def position(connection: Connection[Any]) -> Position:
    """The present one.

    A sink moves its position in the transaction of its rows, so whatever becomes visible, however late, moves it.
    """
    return frozenset(connection.execute(_POSITION).fetchall())


def moved(before: Position, now: Position) -> int:
    """How many records the sinks have worked on in between."""
    return sum(one[3] for one in now) - sum(one[3] for one in before)
