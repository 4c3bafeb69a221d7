"""What the making of searchable texts tells Prometheus, under jobhub_texts_."""

from __future__ import annotations

import time

from prometheus_client import Gauge

BACKLOG = Gauge("jobhub_texts_backlog", "Open jobs whose description is not searchable yet.")
_AGE = Gauge(
    "jobhub_texts_age_seconds",
    "Time since the descriptions of all open jobs were last searchable; 0 where another process makes them so.",
)

_level_at: float | None = None


def prepare() -> None:
    """Show the age from the beginning; asked when it is scraped, so that it grows while the work stands still."""
    level(time.monotonic())
    _AGE.set_function(lambda: time.monotonic() - _level_at if _level_at is not None else 0.0)


def level(at: float | None) -> None:
    """Nothing was missing at that moment (monotonic); None: not our business."""
    global _level_at
    _level_at = at
