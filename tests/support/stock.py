"""Kafka as a stranger sees it: every record of every topic, read with the stock client."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient

_WAIT_SECS = 180


@dataclass(frozen=True)
class Stored:
    """One record."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]

    @property
    def bytes(self) -> bytes:
        """Everything of it, one after the other."""
        parts = [self.key or b"", self.value or b"", *(value or b"" for _, value in self.headers)]
        return b"\0".join(parts)


def consumer(bootstrap_servers: str) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": "a-stranger",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )


def topics_of(bootstrap_servers: str) -> dict[str, int]:
    """Topics of the hub and their partitions."""
    metadata = AdminClient({"bootstrap.servers": bootstrap_servers}).list_topics(timeout=30)
    return {name: len(topic.partitions) for name, topic in metadata.topics.items() if name.startswith("jobhub.")}


def ends(bootstrap_servers: str, names: Iterable[str] | None = None) -> dict[str, list[int]]:
    """End offset of every partition of every topic, or of those named."""
    partitions = topics_of(bootstrap_servers)
    reader = consumer(bootstrap_servers)
    try:
        return {
            name: [_end(reader, name, number) for number in range(partitions[name])]
            for name in (partitions if names is None else names)
        }
    finally:
        reader.close()


def _end(reader: Consumer, topic: str, partition: int) -> int:
    """A broker that has just started may not lead its partitions yet."""
    deadline = time.monotonic() + _WAIT_SECS
    while True:
        try:
            return int(reader.get_watermark_offsets(TopicPartition(topic, partition), timeout=30)[1])
        except KafkaException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def read_all(bootstrap_servers: str) -> list[Stored]:
    """Every committed record of the hub's topics."""
    reader = consumer(bootstrap_servers)
    found: list[Stored] = []
    open_ = {(name, number) for name, count in topics_of(bootstrap_servers).items() for number in range(count)}
    try:
        reader.assign([TopicPartition(name, number, 0) for name, number in sorted(open_)])
        end = time.monotonic() + _WAIT_SECS
        while open_:
            if time.monotonic() > end:
                raise AssertionError(f"not read to their end: {sorted(open_)}")
            for message in reader.consume(2000, timeout=1):
                if message.error() is not None:
                    open_.discard((str(message.topic()), int(message.partition() or 0)))
                else:
                    found.append(_stored(message))
    finally:
        reader.close()
    return found


def _stored(message: Message) -> Stored:
    given: Any = message.headers() or []
    headers = tuple((str(name), value or b"") for name, value in given)
    return Stored(
        str(message.topic()), int(message.partition() or 0), int(message.offset() or 0),
        message.key(), message.value(), headers,
    )  # fmt: skip
