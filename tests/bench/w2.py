"""W2: replay of raw vacancies through one worker on one core, the broker on the other; exactly once, all rules.

Two shapes: "lean" is as large as the event of the trials the aim was set with, "rich" has every field. Beside it, in
the same run and on the same core: a loop that copies the raw records and does nothing else, and a plain aiokafka loop
that runs the same flow the plain way, at least once. What the worker wrote is checked by an independent count.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import confluent_kafka

from hub.settings import Settings
from hub.topics import ensure_topics, load_manifest
from schemas import topics
from schemas.codec import codec
from tests.bench.context import Context, Real, cpu_secs, on_worker_core, rss_mb_peak
from tests.bench.replay import Replay, Shape, send
from tests.support.workers import PARTITIONS

EVENTS = 1_000_000
_SAME_WORK_SHARE = 10
_PATIENCE_SECS = 900


def run(context: Context) -> dict[str, Any]:
    """Figures of the lean shape, and those of the rich one under "rich"."""
    count = context.events or EVENTS
    return {**_measure(context, "lean", count), "rich": _measure(context, "rich", count)}


def _measure(context: Context, shape: Shape, count: int) -> dict[str, Any]:
    jobcenters = [f"bench{letter}" for letter in "abcde"]
    with context.services(f"w2-{shape}", postgres=False) as real:
        manifest = load_manifest(Settings().deploy_folder / "topics.yaml")
        asyncio.run(ensure_topics(real.bootstrap_servers, manifest, jobcenters))
        replay = Replay(jobcenters, shape)
        context.say(f"{shape}: sending {count:,} events")
        send(real.bootstrap_servers, replay, count)
        context.say(f"{shape}: the worker")
        result = _worker(context.folder / f"worker-{shape}", real, replay, count)
        context.say(f"{shape}: copying, and the same work without the fast way")
        copy = _peer("copy", real, jobcenters, count)
        same = _peer("same_work", real, jobcenters, count // _SAME_WORK_SHARE)
    return {
        **result,
        "copy_limit_per_s": copy["events_per_s"],
        "copy_cpu_us_per_event": copy["cpu_us_per_event"],
        "aiokafka_same_work_per_s": same["events_per_s"],
        "aiokafka_same_work_cpu_us": same["cpu_us_per_event"],
        "times_same_work": result["events_per_s"] / same["events_per_s"],
        "of_copy_limit": result["events_per_s"] / copy["events_per_s"],
    }


# ------------------------------------------------------------------------------------------------------------- worker


@dataclass
class _Progress:
    """What the receipts tell so far."""

    done: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    gaps: int = 0
    _next: Counter[tuple[str, int]] = field(default_factory=Counter)

    def add(self, value: bytes) -> None:
        receipt = codec("receipt").decode(value)
        place = (receipt["topic"], receipt["partition"])
        self.gaps += receipt["first_offset"] != self._next[place]
        self._next[place] = receipt["last_offset"] + 1
        self.done += receipt["last_offset"] - receipt["first_offset"] + 1
        self.outcomes["APPLIED"] += receipt["new"] + receipt["changed"] + receipt["ended"]
        self.outcomes.update(entry["outcome"] for entry in receipt["exceptions"])


def _worker(data: Path, real: Real, replay: Replay, count: int) -> dict[str, Any]:
    data.mkdir(parents=True)
    command = [sys.executable, "-m", "tests.support.worker_main", "worker", "--json", "--data", str(data)]
    command += ["--bootstrap-servers", real.bootstrap_servers, "--jobcenters", ",".join(replay.jobcenters)]
    progress, samples, broker = _Progress(), [], real.kafka_pid or os.getpid()
    receipts = _reader(real, [topics.receipts(jc) for jc in replay.jobcenters])
    with (data / "stderr").open("wb") as stderr:
        process = subprocess.Popen(on_worker_core(command), stdout=subprocess.DEVNULL, stderr=stderr)
    try:
        deadline = time.monotonic() + _PATIENCE_SECS
        while progress.done < count:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"worker: {progress.done} of {count} done; {(data / 'stderr').read_text()[-2000:]}")
            for message in receipts.consume(1000, 0.02):
                if message.error() is None:
                    progress.add(message.value() or b"")
            if progress.done:
                samples.append((time.monotonic(), cpu_secs(process.pid), cpu_secs(broker), progress.done))
        rss = rss_mb_peak(process.pid)
    finally:
        process.terminate()
        process.wait(20)
        receipts.close()
    # From the first receipt on: the start of a worker is not the subject.
    (began, cpu_began, broker_began, first), (ended, cpu_ended, broker_ended, last) = samples[0], samples[-1]
    return {
        "events": count,
        "exact": _exact(real, replay, progress),
        "events_per_s": (last - first) / (ended - began),
        "cpu_us_per_event": (cpu_ended - cpu_began) / (last - first) * 1e6,
        "broker_cpu_us_per_event": (broker_ended - broker_began) / (last - first) * 1e6,
        "rss_mb": rss,
        **{name.lower(): number for name, number in sorted(progress.outcomes.items())},
    }


# -------------------------------------------------------------------------------------------------------------- check


def _exact(real: Real, replay: Replay, progress: _Progress) -> bool:
    """Every offset once, every outcome as it must be, every applied value on the public topic and nothing else.

    The internal topic is compacted while the run lasts: of each entity it must hold the same last value.
    """
    expected = replay.expected
    applied = (expected.outcomes["APPLIED"], expected.applied_sum)
    refused = expected.outcomes["REJECTED"] + expected.outcomes["CONFLICT"]
    found = {
        "gaps": progress.gaps,
        "outcomes": progress.outcomes - expected.outcomes + (expected.outcomes - progress.outcomes),
        "public": _told(real, [topics.curated("vacancy")]) != applied,
        "internal": _last(real, topics.INTERNAL_VACANCY) != _last(real, topics.curated("vacancy")),
        "rejected": _told(real, [topics.rejected(jc) for jc in replay.jobcenters])[0] != refused,
    }
    if any(found.values()):
        print(f"NOT EXACT {found}", file=sys.stderr)
    return not any(found.values())


def _told(real: Real, names: list[str]) -> tuple[int, int]:
    """Number of committed records and the sum of their check sums."""
    number, total = 0, 0
    for message in _committed(real, names):
        number += 1
        total += zlib.crc32(message.value() or b"")
    return number, total


def _last(real: Real, name: str) -> dict[bytes, int]:
    """The check sum of each key's last value."""
    return {message.key() or b"": zlib.crc32(message.value() or b"") for message in _committed(real, [name])}


def _committed(real: Real, names: list[str]) -> Iterator[confluent_kafka.Message]:
    """All committed records of some topics."""
    reader = _reader(real, names)
    waiting = len(names) * len(PARTITIONS)
    while waiting:
        for message in reader.consume(5000, 0.1):
            if message.error() is None:
                yield message
            else:
                waiting -= 1
    reader.close()


def _reader(real: Real, names: list[str]) -> confluent_kafka.Consumer:
    settings: Any = {
        "bootstrap.servers": real.bootstrap_servers,
        "group.id": "bench-check",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "enable.partition.eof": True,
    }
    reader = confluent_kafka.Consumer(settings)
    reader.assign([confluent_kafka.TopicPartition(name, p, 0) for name in names for p in PARTITIONS])
    return reader


def _peer(name: str, real: Real, jobcenters: list[str], count: int) -> dict[str, float]:
    command = [
        sys.executable,
        "-m",
        "tests.bench.peers",
        name,
        real.bootstrap_servers,
        ",".join(jobcenters),
        str(count),
    ]
    told: dict[str, float] = json.loads(
        subprocess.run(on_worker_core(command), check=True, stdout=subprocess.PIPE).stdout
    )
    return told
