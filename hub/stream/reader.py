"""A consumer without a group, for what a task reads of its own outputs before it works."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from hub.stream.options import METADATA_MAX_AGE_MS, WorkerOptions


def reader(options: WorkerOptions, *, committed: bool = True) -> Any:
    """Not started yet. `committed`: what an open or aborted transaction wrote is left out."""
    return AIOKafkaConsumer(
        bootstrap_servers=options.bootstrap_servers,
        isolation_level="read_committed" if committed else "read_uncommitted",
        auto_offset_reset="none",
        enable_auto_commit=False,
        max_partition_fetch_bytes=4 << 20,
        metadata_max_age_ms=METADATA_MAX_AGE_MS,
        **options.security,
    )


async def records(client: Any, ranges: Mapping[TopicPartition, tuple[int, int]]) -> AsyncIterator[Any]:
    """Records of some partitions from an offset up to another (not included); what has expired is left out.

    The client is started, and reads nothing else meanwhile.
    """
    ranges = {tp: (begin, end) for tp, (begin, end) in ranges.items() if begin < end}
    client.assign(list(ranges))
    first = await client.beginning_offsets(list(ranges)) if ranges else {}
    for tp, (begin, _) in ranges.items():
        client.seek(tp, max(begin, first[tp]))
    while [tp for tp, (_, end) in ranges.items() if await client.position(tp) < end]:
        for tp, some in (await client.getmany(timeout_ms=200, max_records=10_000)).items():
            for record in some:
                if record.offset < ranges[tp][1]:
                    yield record
