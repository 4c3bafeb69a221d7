"""Metrics of the auditor."""

from __future__ import annotations

from prometheus_client import Gauge

dead_advertised = Gauge(
    "jobhub_audit_dead_advertised",
    "Vacancies and measures that have ended and are advertised all the same, by the place that shows them. 0, always.",
    ["event", "place"],
)
missing = Gauge(
    "jobhub_audit_missing",
    "Open vacancies and measures that are missing or out of date, by the place that should show them. 0, always.",
    ["event", "place"],
)
last_run = Gauge("jobhub_audit_last_run_timestamp_seconds", "When the auditor last got to the end of a round.")
