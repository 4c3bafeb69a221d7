"""A member of a group that never polls is taken out of it by its own client; one that polls for nothing stays."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer
from confluent_kafka.admin import AdminClient

from hub.idle_member import hear
from tests.support.sinks import create_topics

pytestmark = pytest.mark.integration


@asynccontextmanager
async def member(bootstrap: str, topic: str) -> AsyncIterator[AIOKafkaConsumer]:
    """Of a group of its own, called after the client; of a client that is impatient."""
    name = f"{topic}-{secrets.token_hex(4)}"
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=name,
        client_id=name,
        enable_auto_commit=False,
        auto_offset_reset="none",
        heartbeat_interval_ms=300,
        max_poll_interval_ms=1_500,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


def members(bootstrap: str, group: str) -> int:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    return len(admin.describe_consumer_groups([group])[group].result().members)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(true):  # noqa: ASYNC110 - others are asked, not waited for
            await asyncio.sleep(0.1)


async def polls_for_nothing(consumer: AIOKafkaConsumer) -> None:
    while True:
        await hear(consumer, 0.5)
        await asyncio.sleep(0.2)


async def test_who_polls_for_nothing_stays_in_its_group(bootstrap_servers: str) -> None:
    topic = f"t{secrets.token_hex(4)}"
    await create_topics(bootstrap_servers, [topic], 1)
    async with member(bootstrap_servers, topic) as silent, member(bootstrap_servers, topic) as polling:
        polls = asyncio.create_task(polls_for_nothing(polling))
        try:
            await until(lambda: bool(silent.assignment() and polling.assignment()))
            await until(lambda: members(bootstrap_servers, silent._group_id) == 0)

            assert 1 == await asyncio.to_thread(members, bootstrap_servers, polling._group_id)
        finally:
            polls.cancel()
            await asyncio.wait([polls])
