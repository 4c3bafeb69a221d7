"""What the matcher tells Prometheus, under jobhub_match_."""

from __future__ import annotations

from prometheus_client import Gauge

from hub.beside.age import Age

CARDS = Gauge("jobhub_match_cards", "Cards of the board that stand for two jobs or more.")
SUGGESTIONS = Gauge("jobhub_match_suggestions", "Pairs of jobs that wait for an operator's decision.")
_AGE = Gauge(
    "jobhub_match_age_seconds",
    "Time since the matcher last knew that the cards are those of the jobs; 0 where another process matches.",
)
AGE = Age(_AGE)
