"""How far behind: raw topics by the receipts, sinks by their positions, both against the ends of the logs."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaTimeoutError
from psycopg import AsyncConnection

from hub.sinks.engine.registry import sinks
from hub.store.tail import CURATED, Reached, told_so_far
from schemas.topics import EVENTS, parse_raw

STANDS_STILL_SECS = 60.0

# So long the end of a log is asked for. Nobody tells it of a topic deleted just now.
PATIENCE_MS = 15_000


@dataclass(frozen=True, slots=True)
class Lag:
    """Offsets not dealt with in one partition. `stage`: "worker", or the name of a sink.

    `stands_still`: something in it has waited for a minute and nothing has moved since.
    """

    stage: str
    topic: str
    partition: int
    records: int
    stands_still: bool


@dataclass(frozen=True, slots=True)
class LogReader:
    """Clients that only ask which logs there are, and where they begin and end; they belong to no group.

    `consumer` sees what is committed; `writing` also what a transaction wrote whose end is not in the log yet.
    """

    admin: AIOKafkaAdminClient
    consumer: AIOKafkaConsumer
    writing: AIOKafkaConsumer

    async def partitions(self) -> list[TopicPartition]:
        """Every partition there is. (A consumer knows only those of its own topics.)"""
        return [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in await self.admin.describe_topics()
            for partition in topic["partitions"]
        ]

    def ask_about(self, logs: Collection[TopicPartition]) -> None:
        """Before ends and beginnings of logs are asked for: let the clients get to know all of them at once.

        A client that does not know a log learns its topic alone and forgets the others: it would ask about one
        topic after the other. Nothing is read.
        """
        for client in (self.consumer, self.writing):
            client.assign(logs)
            client.pause(*logs)


@asynccontextmanager
async def log_reader(bootstrap_servers: str, security: Mapping[str, Any]) -> AsyncIterator[LogReader]:
    """Connected clients."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, **security)
    consumer, writing = (
        AIOKafkaConsumer(
            bootstrap_servers=bootstrap_servers,
            isolation_level=level,
            enable_auto_commit=False,
            metadata_max_age_ms=5_000,
            request_timeout_ms=PATIENCE_MS,
            **security,
        )
        for level in ("read_committed", "read_uncommitted")
    )
    try:
        await admin.start()
        await consumer.start()
        await writing.start()
        yield LogReader(admin, consumer, writing)
    finally:
        await writing.stop()
        await consumer.stop()
        await admin.close()


async def read_reached(reader: LogReader, connection: AsyncConnection) -> Reached:
    """How far the receipts tell, and after that the ends of the curated topics, whatever of them is committed."""
    told = await told_so_far(connection)
    logs = [tp for tp in await reader.partitions() if tp.topic in CURATED]
    if not logs:
        return Reached(told, {})
    reader.ask_about(logs)
    ends = await reader.writing.end_offsets(logs)
    return Reached(told, {(tp.topic, tp.partition): end for tp, end in ends.items()})


async def read_lag(reader: LogReader, connection: AsyncConnection) -> list[Lag]:
    """The lag of every raw partition and of every partition of every sink."""
    # Positions first: what is written meanwhile then counts as lag, never as less than none.
    reached = await _positions(connection)
    parts = await _read(reader)
    while True:
        try:
            return await _lag(reader, reached, parts)
        except KafkaTimeoutError:
            # Of a topic that was deleted just now nobody tells the end; the client asks until its time is over.
            asked, parts = parts, await _read(reader)
            if asked <= parts:
                raise


async def _read(reader: LogReader) -> set[tuple[str, TopicPartition]]:
    """Partitions there are, with each stage that reads them."""
    return {(stage, tp) for tp in await reader.partitions() for stage in _stages(tp.topic)}


async def _lag(
    reader: LogReader, reached: Mapping[tuple[str, str, int], tuple[int, bool]], parts: set[tuple[str, TopicPartition]]
) -> list[Lag]:
    logs = sorted({tp for _, tp in parts})
    if not logs:
        return []
    reader.ask_about(logs)
    long_ago = int((time.time() - STANDS_STILL_SECS) * 1000)
    ends, beginnings = await reader.consumer.end_offsets(logs), await reader.consumer.beginning_offsets(logs)
    recent = await reader.consumer.offsets_for_times(dict.fromkeys(logs, long_ago))
    found = []
    for stage, tp in sorted(parts):
        position, quiet = reached.get((stage, tp.topic, tp.partition), (beginnings[tp], True))
        waiting = max(0, ends[tp] - max(position, beginnings[tp]))
        old = recent[tp].offset > position if recent[tp] is not None else True
        found.append(Lag(stage, tp.topic, tp.partition, waiting, waiting > 0 and old and quiet))
    return found


def _stages(topic: str) -> list[str]:
    """Who reads a topic: the worker its raw topics, and sinks what they have a route for."""
    readers = [name for name, sink in sinks().items() if re.match(sink.pattern, topic)]
    try:
        return ["worker", *readers] if parse_raw(topic).event in EVENTS else readers
    except ValueError:
        return readers


async def _positions(connection: AsyncConnection) -> dict[tuple[str, str, int], tuple[int, bool]]:
    """Position of each partition, and whether it has not moved for a while."""
    asked = await connection.execute(
        "SELECT sink, topic, partition, next_offset, updated_at < now() - make_interval(secs => %(secs)s)"
        " FROM reporting.sink_progress"
        " UNION ALL SELECT 'worker', topic, partition, max(last_offset) + 1,"
        " max(decided_at) < now() - make_interval(secs => %(secs)s) FROM reporting.receipt GROUP BY topic, partition",
        {"secs": STANDS_STILL_SECS},
    )
    return {(stage, topic, part): (position, quiet) for stage, topic, part, position, quiet in await asked.fetchall()}
