"""Keep away from busy sinks: one rule for everything that works beside them."""

from __future__ import annotations

from collections.abc import Callable

from hub.beside.position import Position, moved

BUSY_PER_SEC = 2_000
"""Sinks that store more offsets in a second than this are left alone."""


class Calm:
    """Tells whether work may begin. Looked at again and again; between two looks some time passes.

    Sinks of this process say themselves whether they have much to do; those of other processes are known by how fast
    their positions move.

    Args:
        catching_up: whether a sink of this process has much to do.
        patience_secs: work waits no longer than that, however busy the sinks are.
        position: how far the sinks are.
        at: when that was (monotonic).
    """

    def __init__(self, catching_up: Callable[[], bool], patience_secs: float, position: Position, at: float) -> None:
        self._catching_up, self._patience_secs = catching_up, patience_secs
        self._before, self._looked_at, self._waits_since = position, at, at

    def may_begin(self, position: Position, at: float) -> bool:
        """Whether the sinks are calm, or were busy for too long."""
        busy = self._catching_up() or moved(self._before, position) >= BUSY_PER_SEC * (at - self._looked_at)
        self._before, self._looked_at = position, at
        if not busy:
            self._waits_since = at
        return not busy or at - self._waits_since > self._patience_secs

    def begun(self, at: float) -> None:
        """Work was done although the sinks are busy: they are left alone once more as long."""
        self._waits_since = max(self._waits_since, at)
