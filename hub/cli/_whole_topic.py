"""A topic from its beginning to the end it has now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from hub.cli._cluster import Broker
from hub.cli.output import Exit, Failure, t


async def whole_topic(broker: Broker, topic: str) -> AsyncIterator[Any]:
    """Its records, partition by partition each in order.

    Raises:
        Failure: there is no such topic.
    """
    from aiokafka import AIOKafkaConsumer, TopicPartition

    from hub.topics import admin_client

    async with admin_client(broker.address, **broker.security) as admin:
        [described] = await admin.describe_topics([topic])
    parts = [TopicPartition(topic, part["partition"]) for part in described["partitions"]]
    if not parts:
        what = t(f"Das Topic {topic} gibt es nicht.", f"There is no topic {topic}.")
        raise Failure(Exit.CONFIGURATION, "E701", what, todo="jobhub topics apply")
    reader = AIOKafkaConsumer(
        bootstrap_servers=broker.address,
        isolation_level="read_committed",
        enable_auto_commit=False,
        **broker.security,
    )
    await reader.start()
    try:
        reader.assign(parts)
        ends = await reader.end_offsets(parts)
        for part, offset in (await reader.beginning_offsets(parts)).items():
            reader.seek(part, offset)
        for part in parts:
            while await reader.position(part) < ends[part]:
                for records in (await reader.getmany(part, timeout_ms=200, max_records=10_000)).values():
                    for record in records:
                        yield record
    finally:
        await reader.stop()
