"""Whether everything that was delivered has arrived: raw topics, receipts, delivery reports, sinks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from hub.demo import summary
from schemas import topics


async def backlog(bootstrap_servers: str, database_url: str, jobcenters: list[str], security: Mapping[str, Any]) -> int:
    """Records still on their way: without an outcome, not yet reported, not yet in a sink. 0 when all has arrived."""
    raw = [topics.raw(jobcenter, event) for jobcenter in jobcenters for event in topics.EVENTS]
    reports = [topics.delivery(jobcenter) for jobcenter in jobcenters]
    ends = await _ends(bootstrap_servers, [*raw, *reports], security)
    decided, reported = summary.receipted(database_url), summary.stored(database_url, "receipts")
    undecided = sum(
        end - max(begin, decided.get((place.topic, place.partition), 0))
        for place, (begin, end) in ends.items()
        if place.topic in raw and end > begin
    )
    unreported = sum(
        end - max(begin, reported.get((place.topic, place.partition), 0))
        for place, (begin, end) in ends.items()
        if place.topic in reports and end > begin
    )
    return undecided + unreported + summary.sinks_behind(database_url)


async def _ends(
    bootstrap_servers: str, names: list[str], security: Mapping[str, Any]
) -> dict[TopicPartition, tuple[int, int]]:
    """First and next offset of every partition."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, **security)
    try:
        await admin.start()
        described = await admin.describe_topics(names)
    finally:
        await admin.close()
    places = [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in described
        for partition in topic["partitions"]
    ]
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, group_id=None, **security) as consumer:
        first, following = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    return {place: (first[place], following[place]) for place in places}
