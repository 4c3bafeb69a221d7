"""Reads topics from an offset to where they end now: what a connector sent before, and what the hub made of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaTimeoutError, TopicAuthorizationFailedError, for_code

from schemas.header_names import read_any_header_name

_QUIET_SECONDS = 60.0
_POLL_MS = 500


@dataclass(frozen=True, slots=True)
class Extent:
    """What a partition holds: offsets from `first` to before `end`."""

    topic: str
    partition: int
    first: int
    end: int


class OwnTopics:
    """Asks and reads as nobody's group, so that it needs no right but to read."""

    def __init__(self, address: str, options: Mapping[str, Any]) -> None:
        read_any_header_name()
        self._client = {"bootstrap_servers": address, "request_timeout_ms": 10_000, **options}

    async def extents(self, topics: Sequence[str]) -> dict[str, list[Extent]]:
        """Extents of the topics we may know of; one that is hidden from us has none.

        Raises:
            KafkaError: one is missing, or not to be asked just now. That tells nothing of what it holds.
        """
        places = await self._places(topics)
        found: dict[str, list[Extent]] = {}
        if places:
            async with self._consumer(places) as consumer:
                first, end = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
            for place in places:
                found.setdefault(place.topic, []).append(Extent(place.topic, place.partition, first[place], end[place]))
        return found

    async def records(self, extents: Sequence[Extent]) -> AsyncIterator[Any]:
        """The records of some extents, each partition in order.

        Raises:
            TopicAuthorizationFailedError: reading is not permitted.
            KafkaTimeoutError: for a minute nothing came.
        """
        asked = {TopicPartition(one.topic, one.partition): one for one in extents if one.end > one.first}
        if not asked:
            return
        async with self._consumer(list(asked)) as consumer:
            for place, one in asked.items():
                consumer.seek(place, one.first)
            loop = asyncio.get_running_loop()
            heard = loop.time()
            while [place for place, one in asked.items() if await consumer.position(place) < one.end]:
                polled = await consumer.getmany(timeout_ms=_POLL_MS, max_records=2000)
                if polled:
                    heard = loop.time()
                elif loop.time() - heard > _QUIET_SECONDS:
                    raise KafkaTimeoutError(f"{extents[0].topic} is not read to its end")
                for place, records in polled.items():
                    for record in records:
                        # Whatever came meanwhile was not asked for.
                        if record.offset < asked[place].end:
                            yield record

    async def _places(self, topics: Sequence[str]) -> list[TopicPartition]:
        admin = AIOKafkaAdminClient(**self._client)
        try:
            await admin.start()
            described = await admin.describe_topics(list(topics))
        finally:
            await admin.close()
        for entry in described:
            if entry["error_code"] not in (0, TopicAuthorizationFailedError.errno):
                raise for_code(entry["error_code"])(entry["topic"])
        return [
            TopicPartition(entry["topic"], part["partition"])
            for entry in described
            if entry["error_code"] == 0
            for part in sorted(entry["partitions"], key=lambda part: part["partition"])
        ]

    @asynccontextmanager
    async def _consumer(self, places: Sequence[TopicPartition]) -> AsyncIterator[Any]:
        """One for each purpose: what was assigned without a position is remembered as an error."""
        consumer = AIOKafkaConsumer(
            **self._client,
            # Raw topics know no transactions; of what the hub wrote only what is settled counts.
            isolation_level="read_committed",
            auto_offset_reset="none",
            enable_auto_commit=False,
            max_partition_fetch_bytes=4 << 20,
        )
        try:
            await consumer.start()
            consumer.assign(places)
            yield consumer
        finally:
            await consumer.stop()
