"""How long some work has been behind, as Prometheus sees it."""

from __future__ import annotations

import time

from prometheus_client import Gauge


class Age:
    """Seconds since nothing was left to do. Asked when it is scraped, so that it grows while the work stands still."""

    def __init__(self, gauge: Gauge) -> None:
        self._gauge, self._level_at, self._ours = gauge, 0.0, False

    def show(self) -> None:
        """From now on, as if all had been done at this moment."""
        self.level(time.monotonic())
        self._gauge.set_function(lambda: time.monotonic() - self._level_at if self._ours else 0.0)

    def level(self, at: float | None) -> None:
        """Nothing was left at that moment (monotonic); None: another process does the work."""
        self._ours = at is not None
        self._level_at = at or 0.0
