"""What the making of searchable texts tells Prometheus, under jobhub_texts_."""

from __future__ import annotations

from prometheus_client import Gauge

from hub.beside.age import Age

BACKLOG = Gauge("jobhub_texts_backlog", "Open jobs whose description is not searchable yet.")
_AGE = Gauge(
    "jobhub_texts_age_seconds",
    "Time since the descriptions of all open jobs were last searchable; 0 where another process makes them so.",
)
AGE = Age(_AGE)
