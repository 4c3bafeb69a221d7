"""Metrics of a connector, by name, in one place. They have a registry of their own, since hub parts are not here."""

from __future__ import annotations

import os
import platform
from collections import Counter as Counts
from datetime import datetime
from importlib.metadata import version
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server

from schemas.codes import security_codes
from schemas.due import BERLIN, is_working_day

registry = CollectorRegistry()
DOUBTFUL = "W320"

build_info = Gauge(
    "jobhub_build_info", "Always 1; the labels tell version and part.", ["version", "python", "part"], registry=registry
)
rows_read = Counter("jobhub_rows_read", "Rows found in deliveries.", ["jobcenter", "event"], registry=registry)
rows = Counter("jobhub_rows", "Rows by outcome in the connector.", ["jobcenter", "event", "outcome"], registry=registry)
rows_rejected = Counter(
    "jobhub_rows_rejected",
    "Rows refused in the connector by rule code.",
    ["jobcenter", "event", "code"],
    registry=registry,
)
source_last_success = Gauge(
    "jobhub_source_last_success_timestamp_seconds",
    "When a delivery of the source was last acknowledged as a whole.",
    ["jobcenter", "source"],
    registry=registry,
)
source_expected_next = Gauge(
    "jobhub_source_expected_next_timestamp_seconds",
    "Until when the next delivery of the source has to be there.",
    ["jobcenter", "source"],
    registry=registry,
)
source_stopped = Gauge(
    "jobhub_source_stopped",
    "1 while a source is stopped: its last delivery is not what was promised, or it cannot begin. Otherwise 0.",
    ["jobcenter", "source"],
    registry=registry,
)
working_day = Gauge(
    "jobhub_working_day",
    "1 on working days in North Rhine-Westphalia, 0 at weekends and on holidays.",
    registry=registry,
)
working_day.set_function(lambda: float(is_working_day(datetime.now(BERLIN).date())))
deliveries_doubtful = Counter(
    "jobhub_deliveries_doubtful",
    "Full deliveries of which more than a fifth of the rows was refused.",
    ["jobcenter", "source"],
    registry=registry,
)
security_events = Counter(
    "jobhub_security_events",
    "Input behind which somebody's intent may be, by rule code.",
    ["jobcenter", "code"],
    registry=registry,
)
outbox_records = Gauge("jobhub_outbox_records", "Records that wait for Kafka.", ["jobcenter"], registry=registry)

_OUTCOMES = {
    "new": "sent_new",
    "changed": "sent_changed",
    "ended": "sent_ended",
    "other": "sent_other",
    "unchanged": "unchanged",
    "duplicate": "duplicate",
    "rejected": "rejected",
    "held": "held",
}


def delivery_taken(report: dict[str, Any]) -> None:
    """Count the rows of a delivery once it is durable."""
    place = (report["jobcenter"], report["event"])
    rows_read.labels(*place).inc(report["rows_read"])
    for outcome, name in _OUTCOMES.items():
        rows.labels(*place, outcome).inc(report[name])
    for entry in report["rejected_by_code"]:
        rows_rejected.labels(*place, entry["code"]).inc(entry["count"])
    for code, count in security_events_of(report).items():
        security_events.labels(report["jobcenter"], code).inc(count)
    if any(finding["code"] == DOUBTFUL for finding in report["findings"]):
        deliveries_doubtful.labels(report["jobcenter"], report["source"]).inc()


def security_events_of(report: dict[str, Any]) -> Counts[str]:
    """Codes of security events in a delivery: rows refused, remarks on rows, and the file itself."""
    refused = {entry["code"]: entry["count"] for entry in report["rejected_by_code"]}
    remarks = Counts(finding["code"] for finding in report["findings"] if finding["code"].startswith("W"))
    found = Counts(refused) + remarks + Counts([report["reason"]])
    return Counts({code: count for code, count in found.items() if code in security_codes()})


def serve(port: int) -> None:
    """Answer Prometheus; port 0: not at all. On the loopback address, unless JOBHUB_METRICS_ADDRESS says otherwise."""
    build_info.labels(version("muensterland-jobhub"), platform.python_version(), "connector").set(1)
    if port:
        start_http_server(port, addr=os.environ.get("JOBHUB_METRICS_ADDRESS", "127.0.0.1"), registry=registry)
