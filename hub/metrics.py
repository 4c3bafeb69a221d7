"""Metrics of the hub, by name, in one place. Counted per batch."""

from __future__ import annotations

import os
import platform
import time
from collections import defaultdict
from collections.abc import Mapping
from importlib.metadata import version

from aiokafka import TopicPartition
from prometheus_client import Counter, Gauge, Histogram, start_http_server

from hub.steps.batch import Outcome
from schemas.codes import security_codes
from schemas.topics import parse_raw

build_info = Gauge("jobhub_build_info", "Always 1; the labels tell version and part.", ["version", "python", "part"])

# ------------------------------------------------------------------------------------------------------------ worker

records = Counter("jobhub_records", "Raw records by outcome.", ["jobcenter", "event", "outcome"])
records_rejected = Counter(
    "jobhub_records_rejected", "Rejected and conflicting raw records by rule code.", ["jobcenter", "event", "code"]
)
security_events = Counter(
    "jobhub_security_events", "Input behind which somebody's intent may be, by rule code.", ["jobcenter", "code"]
)
batch_seconds = Histogram(
    "jobhub_batch_seconds",
    "Time from a polled batch to its commit.",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 60),
)
batch_records = Histogram(
    "jobhub_batch_records", "Raw records of a batch.", buckets=(1, 2, 5, 10, 50, 100, 500, 1000, 2000, 5000)
)
transactions = Counter("jobhub_transactions", "Committed Kafka transactions.")
tasks = Gauge("jobhub_tasks", "Partition numbers this worker owns.")
lag_seconds = Gauge(
    "jobhub_lag_seconds", "Age of the oldest record not worked on; 0 when there is none.", ["stage", "jobcenter"]
)
lag_records = Gauge("jobhub_lag_records", "Records not worked on yet.", ["stage", "topic", "partition"])
probe_seconds = Histogram(
    "jobhub_probe_seconds",
    "Time of a heartbeat from its sender to the worker.",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 60),
)

# --------------------------------------------------------------------------------------------------------------- web

http_requests = Counter(
    "jobhub_http_requests", "Requests by route (never by address), method and status.", ["route", "method", "status"]
)
portal_letters_waiting = Gauge("jobhub_portal_letters_waiting", "Letters of the employer portal not sent yet.")
http_request_seconds = Histogram(
    "jobhub_http_request_seconds",
    "Time from a request to the end of its answer.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)

_STAGE = "worker"


def outcome_committed(outcome: Outcome) -> None:
    """Count what a committed batch brought about."""
    transactions.inc()
    for (jobcenter, event, fate), count in outcome.counts.items():
        records.labels(jobcenter, event, fate.value).inc(count)
    for (jobcenter, event, code), count in outcome.codes.items():
        records_rejected.labels(jobcenter, event, code).inc(count)
        if code in security_codes():
            security_events.labels(jobcenter, code).inc(count)


def batch_done(size: int, seconds: float) -> None:
    """One batch is through."""
    batch_records.observe(size)
    batch_seconds.observe(seconds)


def lag(waiting: Mapping[TopicPartition, int], worked_at: Mapping[TopicPartition, int]) -> None:
    """Tell what waits.

    The oldest record not worked on is at most as old as the last one that was; before there was any, the lag in
    seconds is not known and told as 0.
    """
    seconds: dict[str, float] = defaultdict(float)
    for tp, count in waiting.items():
        lag_records.labels(_STAGE, tp.topic, tp.partition).set(count)
        age = time.time() - worked_at[tp] / 1000 if count and tp in worked_at else 0.0
        jobcenter = parse_raw(tp.topic).jobcenter
        seconds[jobcenter] = max(seconds[jobcenter], age)
    for jobcenter, age in seconds.items():
        lag_seconds.labels(_STAGE, jobcenter).set(age)


def serve(port: int, part: str) -> None:
    """Answer Prometheus; port 0: not at all. On the loopback address, unless JOBHUB_METRICS_ADDRESS says otherwise."""
    build_info.labels(version("muensterland-jobhub"), platform.python_version(), part).set(1)
    if port:
        start_http_server(port, addr=os.environ.get("JOBHUB_METRICS_ADDRESS", "127.0.0.1"))
