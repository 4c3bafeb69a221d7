"""Lets one or several workers work off what lies in the raw topics, and follows their receipts."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import confluent_kafka
import psutil

from schemas import topics
from schemas.codec import codec
from tests.bench.context import Context, Real, cpu_secs
from tests.bench.parts import running
from tests.bench.replay import Replay
from tests.support.workers import PARTITIONS

_PATIENCE_SECS = 900


@dataclass
class Drained:
    """What came of it. Time runs from the first receipt on: the start of a worker is not the subject."""

    seconds: float = 0.0
    counted: int = 0
    """Events with a receipt in that time."""
    cpu_secs: float = 0.0
    rss_mb: float = 0.0
    """Of the largest worker, at the end."""
    entities: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    out_of_line: int = 0
    """Receipts that do not begin where the one before ended: something was left out or done twice."""

    def exact(self, replay: Replay) -> bool:
        """Every offset once, each outcome as often as it must be."""
        return self.out_of_line == 0 and self.outcomes == replay.expected.outcomes


def drain(context: Context, name: str, real: Real, replay: Replay, count: int, workers: int = 1) -> Drained:
    """Run workers until every event has a receipt. One worker keeps to its core, several share all cores."""
    drained, following, done, first = Drained(), Counter[tuple[str, int]](), 0, None
    receipts = _reader(real, replay.jobcenters)
    arguments = ("worker", "--jobcenters", ",".join(replay.jobcenters))
    with ExitStack() as stack:
        running_ones = [
            stack.enter_context(running(real, context.folder / f"{name}-{n}", *arguments, pinned=workers == 1))
            for n in range(workers)
        ]
        deadline = time.monotonic() + _PATIENCE_SECS
        while done < count:
            if time.monotonic() > deadline or any(one.poll() is not None for one in running_ones):
                raise RuntimeError(f"{name}: {done} of {count} events have a receipt")
            for message in receipts.consume(1000, 0.02):
                if message.error() is None:
                    done += _note(drained, following, codec("receipt").decode(message.value()))
            now = (done, time.monotonic(), sum(cpu_secs(one.pid) for one in running_ones))
            if first is None and done:
                first = now
        drained.rss_mb = max(psutil.Process(one.pid).memory_info().rss for one in running_ones) / 2**20
        # Whatever is done a second time would come now.
        for message in receipts.consume(1000, 2.0):
            if message.error() is None:
                _note(drained, following, codec("receipt").decode(message.value()))
    receipts.close()
    assert first is not None
    drained.counted = now[0] - first[0]
    drained.seconds, drained.cpu_secs = now[1] - first[1], now[2] - first[2]
    return drained


def _note(drained: Drained, following: Counter[tuple[str, int]], receipt: dict[str, Any]) -> int:
    place = (receipt["topic"], receipt["partition"])
    drained.out_of_line += receipt["first_offset"] != following[place]
    following[place] = receipt["last_offset"] + 1
    applied = receipt["new"] + receipt["changed"] + receipt["ended"]
    drained.outcomes["APPLIED"] += applied
    drained.outcomes.update(entry["outcome"] for entry in receipt["exceptions"])
    drained.entities += receipt["new"]
    return int(receipt["last_offset"] - receipt["first_offset"] + 1)


def _reader(real: Real, jobcenters: list[str]) -> confluent_kafka.Consumer:
    settings: Any = {
        "bootstrap.servers": real.bootstrap_servers,
        "group.id": "bench-check",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "fetch.queue.backoff.ms": 5,
    }
    reader = confluent_kafka.Consumer(settings)
    places = [(topics.receipts(jobcenter), p) for jobcenter in jobcenters for p in PARTITIONS]
    reader.assign([confluent_kafka.TopicPartition(topic, p, 0) for topic, p in places])
    return reader
