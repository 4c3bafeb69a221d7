"""All records of a cluster, read with a stock client after the run: committed ones only, each partition in order."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import confluent_kafka
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

Place = tuple[str, int, int]
"""Topic, partition, offset."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it lies in the log."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, bytes]

    @property
    def place(self) -> Place:
        """Where it lies."""
        return self.topic, self.partition, self.offset


@dataclass(frozen=True)
class Logs:
    """Records of each partition, and where each log begins and ends."""

    records: Mapping[tuple[str, int], list[Record]]
    ends: Mapping[tuple[str, int], tuple[int, int]]

    def of(self, topic: str) -> list[Record]:
        """All partitions of a topic, one after the other."""
        return [record for (name, _), some in sorted(self.records.items()) if name == topic for record in some]

    def topics(self, prefix: str) -> list[str]:
        """Names that begin so."""
        return sorted({name for name, _ in self.ends if name.startswith(prefix)})


def _consumer(bootstrap: str) -> Any:
    return confluent_kafka.Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"chaos-checker-{time.monotonic_ns()}",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
            "fetch.queue.backoff.ms": 5,
            "fetch.wait.max.ms": 20,
            "log_level": 0,
        }
    )


def partitions(bootstrap: str) -> list[tuple[str, int]]:
    """All partitions of our topics."""
    known = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0}).list_topics(timeout=20).topics
    return [(name, p) for name in sorted(known) if name.startswith("jobhub.") for p in known[name].partitions]


def ends(
    bootstrap: str, of: Iterable[tuple[str, int]], *, committed: bool = True
) -> dict[tuple[str, int], tuple[int, int]]:
    """First offset and end of some partitions; what is not committed yet lies beyond the end, unless asked for."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    parts = [confluent_kafka.TopicPartition(topic, p) for topic, p in of]
    found: list[dict[tuple[str, int], int]] = []
    specs: Any = OffsetSpec  # the client ships half of its types
    level: Any = confluent_kafka.IsolationLevel
    for spec in (specs.earliest(), specs.latest()):
        asked = admin.list_offsets(
            dict.fromkeys(parts, spec),
            isolation_level=level.READ_COMMITTED if committed else level.READ_UNCOMMITTED,
            request_timeout=20,
        )
        found.append({(tp.topic, tp.partition): answer.result().offset for tp, answer in asked.items()})
    return {place: (max(0, found[0][place]), found[1][place]) for place in found[0]}


def unended(bootstrap: str, topic: str) -> dict[int, int]:
    """Partitions of a topic in which a transaction has no end yet, and the offset at which the first such begins."""
    where = [place for place in partitions(bootstrap) if place[0] == topic]
    stable, all_ = ends(bootstrap, where), ends(bootstrap, where, committed=False)
    return {p: stable[topic, p][1] for _, p in where if stable[topic, p][1] < all_[topic, p][1]}


def committed(bootstrap: str, topic: str, p: int, since: int) -> bool:
    """Whether a committed record lies at this offset or behind it; what was aborted does not count."""
    consumer = _consumer(bootstrap)
    try:
        consumer.assign([confluent_kafka.TopicPartition(topic, p, since)])
        found = consumer.poll(10)
        return found is not None and found.error() is None
    finally:
        consumer.close()


def read(bootstrap: str, prefix: str = "jobhub.") -> Logs:
    """Everything up to the ends there are now, or the topics that begin so."""
    found: dict[tuple[str, int], list[Record]] = defaultdict(list)
    where = [place for place in partitions(bootstrap) if place[0].startswith(prefix)]
    limits = ends(bootstrap, where)
    consumer = _consumer(bootstrap)
    try:
        open_parts = {place for place in where if limits[place][1] > limits[place][0]}
        consumer.assign([confluent_kafka.TopicPartition(topic, p, limits[topic, p][0]) for topic, p in open_parts])
        while open_parts:
            for message in consumer.consume(2000, 0.05):
                place = (message.topic(), message.partition())
                if message.error() is None:
                    headers = {name: value for name, value in message.headers() or () if value is not None}
                    found[place].append(Record(*place, message.offset(), message.key(), message.value(), headers))
                elif message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF:
                    open_parts.discard(place)
                elif not message.error().retriable() and message.error().fatal():
                    raise confluent_kafka.KafkaException(message.error())
    finally:
        consumer.close()
    return Logs(found, limits)
