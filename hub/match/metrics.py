"""What the matcher tells Prometheus, under jobhub_match_."""

from __future__ import annotations

import time

from prometheus_client import Gauge

CARDS = Gauge("jobhub_match_cards", "Cards of the board that stand for two jobs or more.")
SUGGESTIONS = Gauge("jobhub_match_suggestions", "Pairs of jobs that wait for an operator's decision.")
_AGE = Gauge(
    "jobhub_match_age_seconds",
    "Time since the matcher last knew that the cards are those of the jobs; 0 where another process matches.",
)

_level_at: float | None = None


def prepare() -> None:
    """Show the age from the beginning; asked when it is scraped, so that it grows while the matcher cannot work."""
    level(time.monotonic())
    _AGE.set_function(lambda: time.monotonic() - _level_at if _level_at is not None else 0.0)


def level(at: float | None) -> None:
    """Cards and jobs agreed at that moment (monotonic); None: not our business."""
    global _level_at
    _level_at = at
