"""How a sink polls while it writes: everything is taken that comes meanwhile, and an error loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from hub.sinks.engine.polls import Polls
from tests.support.sink_log import TOPIC, Curated

HERE = TopicPartition(TOPIC, 0)
PLENTY = 1_000


class Scripted:
    """A consumer that brings what is written here, an item for each poll; then nothing comes any more."""

    def __init__(self, *script: Any) -> None:
        self._script, self.nothing_left = iter(script), asyncio.Event()

    async def getmany(self, *_: TopicPartition, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Any]]:
        for brought in self._script:
            if isinstance(brought, Exception):
                raise brought
            return {HERE: [Curated(b"", b"", offset) for offset in brought]}
        self.nothing_left.set()
        await asyncio.sleep(timeout_ms / 1000)
        return {}


@asynccontextmanager
async def writing() -> AsyncIterator[asyncio.Task[Any]]:
    """A transaction that ends when it is cancelled."""
    under_way = asyncio.create_task(asyncio.Event().wait())
    try:
        yield under_way
    finally:
        under_way.cancel()


def offsets(polled: dict[TopicPartition, list[Any]]) -> list[int]:
    """Offsets of what was gathered."""
    return [record.offset for record in polled.get(HERE, [])]


async def test_what_comes_while_a_batch_is_written_is_one_batch() -> None:
    consumer = Scripted([0, 1], [2], [3])
    async with writing() as under_way:
        gathering = asyncio.create_task(Polls(consumer).gather([HERE], PLENTY, under_way))
        await asyncio.wait_for(consumer.nothing_left.wait(), 5)
        assert not gathering.done()
        under_way.cancel()

        assert [0, 1, 2, 3] == offsets(await asyncio.wait_for(gathering, 5))


async def test_a_full_batch_waits_for_nothing() -> None:
    async with writing() as under_way:
        gathering = Polls(Scripted(range(PLENTY), [PLENTY])).gather([HERE], PLENTY, under_way)

        assert list(range(PLENTY)) == offsets(await asyncio.wait_for(gathering, 5))


async def test_when_nothing_comes_nothing_is_gathered() -> None:
    async with writing() as under_way:
        assert [] == offsets(await asyncio.wait_for(Polls(Scripted()).gather([HERE], PLENTY, under_way), 5))


async def test_an_error_is_told_after_what_was_taken_before_it() -> None:
    """The client has counted these records as taken: were they dropped, nobody would bring them again."""
    polls = Polls(Scripted([0, 1], KafkaConnectionError()))
    async with writing() as under_way:
        assert [0, 1] == offsets(await asyncio.wait_for(polls.gather([HERE], PLENTY, under_way), 5))
        with pytest.raises(KafkaConnectionError):
            await polls.gather([HERE], PLENTY, under_way)
