"""Worker processes, a feeder, and a checker that reads what they did with a stock client, read_committed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import confluent_kafka

from schemas import topics
from schemas.codec import codec
from schemas.envelope import read_coordinates
from schemas.topics import EVENTS, parse_raw
from tests.support.load import Sent
from tests.support.spoken import PATIENCE_SECS, next_line

PARTITIONS = range(4)
Offset = tuple[str, int, int]


# --------------------------------------------------------------------------------------------------------- processes


class Worker:
    """`jobhub worker` as a process of its own."""

    def __init__(self, bootstrap: str, jobcenters: Sequence[str], data: Path, environment: dict[str, str]):
        command = [sys.executable, "-m", "tests.support.worker_main", "worker", "--bootstrap-servers", bootstrap]
        command += [
            "--jobcenters",
            ",".join(jobcenters),
            "--data",
            str(data),
            "--session-secs",
            "2",
            "--json",
        ]
        data.mkdir(parents=True, exist_ok=True)
        self.stderr_file = data / f"stderr-{time.monotonic_ns()}"
        with self.stderr_file.open("wb") as stderr:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, "JOBHUB_LANG": "en", **environment},
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )

    def wait_ready(self) -> dict[str, Any]:
        """Block until it says so."""
        said: dict[str, Any] = json.loads(next_line(self.process, lambda: self.stderr))
        return said

    @property
    def stderr(self) -> str:
        """What it wrote to stderr."""
        return self.stderr_file.read_text()

    def send(self, number: signal.Signals) -> None:
        """A signal to this very process."""
        self.process.send_signal(number)

    def ended(self, timeout: float = 120) -> int:
        """Exit code, once it has ended by itself."""
        return self.process.wait(timeout)

    def ended_before(self, done: Callable[[], bool], timeout: float = 120) -> int | None:
        """Exit code if it ends by itself before something is done, otherwise None."""
        end = time.monotonic() + timeout
        while time.monotonic() < end and not done():
            try:
                return self.process.wait(0.3)
            except subprocess.TimeoutExpired:
                continue
        return None

    def terminate(self) -> tuple[int, float]:
        """SIGTERM; exit code and seconds until it was gone."""
        began = time.monotonic()
        self.process.terminate()
        return self.process.wait(60), time.monotonic() - began

    def kill(self) -> None:
        """kill -9, if it still lives."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(60)
        if self.process.stdout is not None:
            self.process.stdout.close()


class Kept:
    """A worker that is started again when it ends, as whatever supervises it in production does."""

    def __init__(self, start: Callable[[], Worker]) -> None:
        self._start = start
        self.worker = start()

    def look(self) -> None:
        """Start it again, if it has ended."""
        if self.worker.process.poll() is not None:
            self.worker = self._start()


@contextmanager
def workers(tell: Callable[[str], object] = print) -> Iterator[Callable[..., Worker]]:
    """Starts workers; none outlives the test, and what is told is the end of those that ended otherwise."""
    started: list[Worker] = []

    def start(bootstrap: str, jobcenters: Sequence[str], data: Path, **environment: str) -> Worker:
        started.append(Worker(bootstrap, jobcenters, data, environment))
        return started[-1]

    try:
        yield start
    finally:
        for worker in started:
            worker.kill()
            if (code := worker.process.returncode) not in (0, -signal.SIGKILL):
                tell(f"{worker.stderr_file}: exit code {code}\n{worker.stderr[-1000:]}")


# ------------------------------------------------------------------------------------------------------------ feeding


@dataclass
class Feeder:
    """Sends records and remembers which offset each one got."""

    bootstrap: str
    sent: dict[Offset, Sent] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Not idempotent: on a topic made a moment ago librdkafka then at times acknowledges a batch without an offset,
        # and the batch need not be in the log. One request at a time keeps the order.
        self._producer = confluent_kafka.Producer(
            {"bootstrap.servers": self.bootstrap, "linger.ms": 5, "acks": "all", "max.in.flight": 1}
        )

    def send(self, records: Iterable[Sent]) -> None:
        """Send them all and wait for their acknowledgement."""
        for record in records:
            self._producer.produce(
                record.topic,
                key=record.key,
                value=record.value,
                headers=record.headers,  # type: ignore[arg-type]
                partition=self._partition(record),
                on_delivery=self._delivered(record),
            )
            self._producer.poll(0)
        assert self._producer.flush(30) == 0

    def _partition(self, record: Sent) -> int:
        # A record with a wrong key must still meet its neighbours; the hub has to cope wherever it lands.
        return (murmur2(record.key or b"") & 0x7FFFFFFF) % len(PARTITIONS)

    def _delivered(self, record: Sent) -> Callable[[Any, Any], None]:
        def delivered(error: Any, message: Any) -> None:
            assert error is None, error
            self.sent[message.topic(), message.partition(), message.offset()] = record

        return delivered


def murmur2(data: bytes) -> int:
    """Java's default partitioner."""
    length, m, r = len(data), 0x5BD1E995, 24
    h = 0x9747B28C ^ length
    for place in range(0, length - length % 4, 4):
        k = int.from_bytes(data[place : place + 4], "little") * m & 0xFFFFFFFF
        h = (h * m & 0xFFFFFFFF) ^ ((k ^ (k >> r)) * m & 0xFFFFFFFF)
    if rest := data[length - length % 4 :]:
        h = (h ^ int.from_bytes(rest, "little")) * m & 0xFFFFFFFF
    h = (h ^ (h >> 13)) * m & 0xFFFFFFFF
    return h ^ (h >> 15)


# ----------------------------------------------------------------------------------------------------------- checking


def read_all(bootstrap: str, names: Iterable[str]) -> list[Any]:
    """Every committed record of some topics up to their end, each partition in order."""
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"checker-{time.monotonic_ns()}",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
        }
    )
    try:
        partitions = [confluent_kafka.TopicPartition(name, p, 0) for name in names for p in PARTITIONS]
        consumer.assign(partitions)
        found, open_partitions = [], {(tp.topic, tp.partition) for tp in partitions}
        end = time.monotonic() + PATIENCE_SECS
        while open_partitions:
            assert time.monotonic() < end, f"no end was seen of {sorted(open_partitions)}"
            for message in consumer.consume(1000, 0.05):
                if (error := message.error()) is None:
                    found.append(message)
                elif error.code() == confluent_kafka.KafkaError._PARTITION_EOF:
                    open_partitions.discard((message.topic(), message.partition()))
                else:
                    raise confluent_kafka.KafkaException(error)
        return found
    finally:
        consumer.close()


def outcomes(bootstrap: str, jobcenters: Iterable[str]) -> dict[Offset, list[tuple[str, str | None, str | None]]]:
    """Per raw offset all outcomes the receipts give it: ("applied" | outcome, code, delivery)."""
    found: dict[Offset, list[tuple[str, str | None, str | None]]] = defaultdict(list)
    for message in read_all(bootstrap, map(topics.receipts, jobcenters)):
        receipt = codec("receipt").decode(message.value())
        exceptions = {entry["offset"]: entry for entry in receipt["exceptions"]}
        for offset in range(receipt["first_offset"], receipt["last_offset"] + 1):
            entry = exceptions.get(offset, {"outcome": "applied", "code": None})
            told = (entry["outcome"], entry["code"], receipt["delivery"])
            found[receipt["topic"], receipt["partition"], offset].append(told)
    return found


def without_outcome(bootstrap: str, jobcenters: Sequence[str], sent: dict[Offset, Sent]) -> set[Offset]:
    """Sent offsets no receipt speaks of."""
    return sent.keys() - outcomes(bootstrap, jobcenters).keys()


def wait_until_done(
    bootstrap: str, jobcenters: Sequence[str], sent: dict[Offset, Sent], kept: Kept | None = None, secs: float = 180
) -> None:
    """Block until every sent offset has an outcome."""
    end = time.monotonic() + secs
    while (missing := without_outcome(bootstrap, jobcenters, sent)) and time.monotonic() < end:
        if kept is not None:
            kept.look()
        time.sleep(0.1)
    assert not missing, f"{len(missing)} of {len(sent)} records without an outcome, first {min(missing)}"


def wrong(bootstrap: str, jobcenters: Sequence[str], sent: dict[Offset, Sent]) -> Counter[str]:
    """What differs from what must be; empty when all is exact."""
    found: Counter[str] = Counter()
    told = outcomes(bootstrap, jobcenters)
    for offset, record in sent.items():
        expected = "applied" if record.outcome in ("NEW", "CHANGED", "ENDED") else record.outcome
        answers = told.get(offset, [])
        found["lost"] += not answers
        found["twice"] += len(answers) > 1
        found["wrong outcome"] += bool(answers) and answers[0] != (expected, record.code, record.delivery)
    found["foreign offset"] += len(told.keys() - sent.keys())
    applied = Counter(record.outcome for record in sent.values() if record.outcome in ("NEW", "CHANGED", "ENDED"))
    found["counts"] += applied != _applied_counts(bootstrap, jobcenters)
    found.update(_curated_differences(bootstrap, jobcenters, sent))
    found.update(_rejected_differences(bootstrap, jobcenters, sent))
    found.update(_state_differences(bootstrap, jobcenters, sent))
    return +found


def _applied_counts(bootstrap: str, jobcenters: Iterable[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for message in read_all(bootstrap, map(topics.receipts, jobcenters)):
        receipt = codec("receipt").decode(message.value())
        counts.update({name.upper(): receipt[name] for name in ("new", "changed", "ended")})
    return +counts


def _curated_differences(bootstrap: str, jobcenters: Sequence[str], sent: dict[Offset, Sent]) -> Counter[str]:
    expected: dict[tuple[str, int], list[tuple[Offset, bytes | None]]] = defaultdict(list)
    for offset in sorted(sent):
        if sent[offset].public is not None:
            expected[f"jobhub.{parse_raw(offset[0]).event}.v1", offset[1]].append((offset, sent[offset].public))
    actual: dict[tuple[str, int], list[tuple[Offset, bytes | None]]] = defaultdict(list)
    for message in read_all(bootstrap, map(topics.curated, EVENTS)):
        origin = read_coordinates(message.headers())
        assert origin is not None
        if parse_raw(origin.topic).jobcenter not in jobcenters:
            continue  # another test's
        place = (origin.topic, origin.partition, origin.offset)
        actual[message.topic(), message.partition()].append((place, message.value()))
    found: Counter[str] = Counter()
    for where in expected.keys() | actual.keys():
        found["curated"] += sorted(expected[where]) != sorted(actual[where])
        for raw_topic in {place[0] for place, _ in actual[where]}:
            order = [place for place, _ in actual[where] if place[0] == raw_topic]
            found["curated order"] += order != sorted(order)
    return found


def _rejected_differences(bootstrap: str, jobcenters: Iterable[str], sent: dict[Offset, Sent]) -> Counter[str]:
    expected = Counter((*offset, record.code) for offset, record in sent.items() if record.code is not None)
    actual: Counter[Any] = Counter()
    for message in read_all(bootstrap, map(topics.rejected, jobcenters)):
        rejected = codec("rejected").decode(message.value())
        place = (rejected["origin_topic"], rejected["origin_partition"], rejected["origin_offset"])
        actual[(*place, rejected["code"])] += 1
    return Counter({"rejected": int(expected != actual)})


def _state_differences(bootstrap: str, jobcenters: Sequence[str], sent: dict[Offset, Sent]) -> Counter[str]:
    ends: dict[int, dict[str, int]] = defaultdict(dict)
    for topic, partition, offset in sent:
        ends[partition][topic] = max(ends[partition].get(topic, 0), offset + 1)
    positions: dict[int, dict[str, int]] = defaultdict(dict)
    for message in read_all(bootstrap, [topics.STATE]):
        if message.key() == b"pos":
            latest = json.loads(message.value())
            positions[message.partition()] = {
                topic: next_offset for topic, next_offset in latest.items() if parse_raw(topic).jobcenter in jobcenters
            }
    return Counter({"positions": int(dict(ends) != {p: some for p, some in positions.items() if some})})
