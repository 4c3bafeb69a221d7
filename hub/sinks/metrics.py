"""What sinks count, under jobhub_sink_, and the gauges of the ledger."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime

from prometheus_client import Counter, Gauge, Histogram

from schemas.due import BERLIN, is_working_day

_RECORDS = Counter(
    "jobhub_sink_records",
    "Records of curated topics a sink has dealt with, by outcome.",
    ["sink", "outcome"],
)
_FENCED = Counter(
    "jobhub_sink_fenced",
    "Partitions a sink gave up, since somebody else had taken them over.",
    ["sink"],
)
_BATCH = Histogram(
    "jobhub_sink_transaction_seconds",
    "Duration of a sink's transactions in PostgreSQL, waiting included.",
    ["sink"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
)
_LAG_SECONDS = Gauge(
    "jobhub_sink_lag_seconds",
    "Age of the oldest record a sink has not stored yet; 0 when there is none.",
    ["sink"],
)
LAG_RECORDS = Gauge(
    "jobhub_sink_lag_records",
    "Offsets between a sink's position and the end of the topic.",
    ["sink", "topic", "partition"],
)
UNACCOUNTED = Gauge(
    "jobhub_unaccounted_records",
    "Records without a recorded outcome, or with two. 0, always. Differences within a sink's own account stand under"
    " its name as event, without a Jobcenter.",
    ["jobcenter", "event"],
)
EXPIRED_UNREAD = Gauge(
    "jobhub_expired_unread_records",
    "Raw records deleted by retention before they were read.",
    ["jobcenter", "event"],
)
VACANCIES = Gauge("jobhub_board_vacancies", "Vacancies on offer on the board.", ["jobcenter"])
DELIVERY_LAST = Gauge(
    "jobhub_delivery_last_timestamp_seconds",
    "When the last delivery of a source was completed or held.",
    ["jobcenter", "source"],
)
EXPECTED_NEXT = Gauge(
    "jobhub_source_expected_next_timestamp_seconds",
    "Until when the next delivery of the source has to be there.",
    ["jobcenter", "source"],
)
SOURCE_STOPPED = Gauge(
    "jobhub_source_stopped",
    "1 while a source is stopped: its last delivery is not what was promised, or it cannot begin. Otherwise 0.",
    ["jobcenter", "source"],
)
_WORKING_DAY = Gauge(
    "jobhub_working_day", "1 on working days in North Rhine-Westphalia, 0 at weekends and on holidays."
)
_WORKING_DAY.set_function(lambda: float(is_working_day(datetime.now(BERLIN).date())))
DELIVERIES_HELD = Gauge(
    "jobhub_deliveries_held",
    "Deliveries whose withdrawals wait for an operator.",
    ["jobcenter"],
)

_OUTCOMES = ("applied", "superseded", "duplicate", "stale", "conflict", "rejected", "expired_unread")
_oldest_ms: dict[str, int] = {}


def prepare(sink: str) -> None:
    """Show every series of a sink at 0 from the beginning: a rate misses the first error of a series that is new."""
    for outcome in _OUTCOMES:
        _RECORDS.labels(sink, outcome)
    _FENCED.labels(sink)
    _BATCH.labels(sink)
    # Asked when it is scraped, so that it grows while the database is away.
    _LAG_SECONDS.labels(sink).set_function(lambda: _age(sink))


def records(sink: str, outcome: str, count: int) -> None:
    """Count records of one outcome."""
    if count:
        _RECORDS.labels(sink, outcome).inc(count)


def fenced(sink: str) -> None:
    """Count a partition that was given up."""
    _FENCED.labels(sink).inc()


def batch(sink: str, applied: int, other_outcomes: Iterable[str], seconds: float) -> None:
    """Count a batch that was stored."""
    _BATCH.labels(sink).observe(seconds)
    records(sink, "applied", applied)
    for outcome in other_outcomes:
        records(sink, outcome, 1)


def oldest_at_hand(sink: str, timestamp_ms: int | None) -> None:
    """Timestamp of the oldest record being stored; None: everything is stored."""
    if timestamp_ms is None:
        _oldest_ms.pop(sink, None)
    else:
        _oldest_ms[sink] = timestamp_ms


def _age(sink: str) -> float:
    oldest = _oldest_ms.get(sink)
    return max(0.0, time.time() - oldest / 1000) if oldest is not None else 0.0
