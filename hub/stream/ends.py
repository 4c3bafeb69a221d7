"""Where partitions end: for everybody, and for those who read committed records only. One request to each broker."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, LeaderNotAvailableError, StaleMetadata, for_code
from aiokafka.protocol.offset import OffsetRequest

_EVERYBODY, _COMMITTED = 0, 1
_LATEST = -1
_AGAIN_SECS = 0.05

Ends = dict[TopicPartition, int]


async def written_ends(client: Any, partitions: Collection[TopicPartition]) -> Ends:
    """The offset behind the last record of each partition."""
    return await _ends(client, partitions, _EVERYBODY)


async def stable_ends(client: Any, partitions: Collection[TopicPartition]) -> Ends:
    """The offset of the first record of each partition whose transaction has no end there yet; else as above."""
    return await _ends(client, partitions, _COMMITTED)


async def _ends(client: Any, partitions: Collection[TopicPartition], isolation: int) -> Ends:
    """Ask until all is known. Whoever calls has a time-out for it."""
    while True:
        try:
            return await _ask(client, partitions, isolation)
        except KafkaError as error:
            if not error.retriable:
                raise
            await asyncio.sleep(_AGAIN_SECS)
            await client.force_metadata_update()


async def _ask(client: Any, partitions: Collection[TopicPartition], isolation: int) -> Ends:
    by_leader: dict[int, dict[str, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    for topic, p in partitions:
        leader = client.cluster.leader_for_partition(TopicPartition(topic, p))
        if leader is None:
            client.add_topic(topic)
            raise StaleMetadata(topic)
        if leader == -1:
            raise LeaderNotAvailableError(topic)
        by_leader[leader][topic].append((p, _LATEST))
    answers = await asyncio.gather(
        *(client.send(leader, OffsetRequest(-1, isolation, [*some.items()])) for leader, some in by_leader.items())
    )
    found: Ends = {}
    for answer in answers:
        for topic, results in answer.topics:
            for p, code, *_, offset in results:
                if code:
                    raise for_code(code)(f"{topic}-{p}")
                found[TopicPartition(topic, p)] = offset
    return found
