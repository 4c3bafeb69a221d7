"""How a sink polls while it writes: everything is taken that comes meanwhile, and an error loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from hub.sinks.board import SINK
from hub.sinks.engine.runner import BATCH_RECORDS, Runner
from tests.support.sink_log import TOPIC, of_vacancy

HERE = TopicPartition(TOPIC, 0)


class Scripted:
    """A consumer that brings what is written here, an item for each poll; then nothing comes any more."""

    def __init__(self, script: Iterator[Any]) -> None:
        self.script, self.nothing_left = script, asyncio.Event()

    async def getmany(self, *_: TopicPartition, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Any]]:
        for brought in self.script:
            if isinstance(brought, Exception):
                raise brought
            return {HERE: [of_vacancy(offset, "erprobung", f"E{offset}", 1) for offset in brought]}
        self.nothing_left.set()
        await asyncio.Event().wait()
        return {}


@asynccontextmanager
async def runner(*script: Any) -> AsyncIterator[Runner]:
    """A runner of which a batch is being written."""
    made = Runner("board", SINK, "127.0.0.1:1", "postgresql://nowhere", 10.0, {})
    await made.consumer.stop()
    made.consumer = Scripted(iter(script))
    made._writing = asyncio.create_task(asyncio.Event().wait())  # type: ignore[arg-type]
    try:
        yield made
    finally:
        made._writing.cancel()


async def offsets(gathering: asyncio.Future[dict[TopicPartition, list[Any]]]) -> list[int]:
    """Offsets of what was gathered."""
    return [record.offset for record in (await asyncio.wait_for(gathering, 5)).get(HERE, [])]


async def test_what_comes_while_a_batch_is_written_is_one_batch() -> None:
    async with runner([0, 1], [2], [3]) as ours:
        gathering = asyncio.ensure_future(ours._gather([HERE]))
        await asyncio.wait_for(ours.consumer.nothing_left.wait(), 5)
        assert not gathering.done()
        assert ours._writing is not None
        ours._writing.cancel()

        assert [0, 1, 2, 3] == await offsets(gathering)


async def test_a_full_batch_waits_for_nothing() -> None:
    async with runner(range(BATCH_RECORDS), [BATCH_RECORDS]) as ours:
        assert list(range(BATCH_RECORDS)) == await offsets(asyncio.ensure_future(ours._gather([HERE])))


async def test_an_error_is_told_after_what_was_taken_before_it() -> None:
    """The client has counted these records as taken: were they dropped, nobody would bring them again."""
    async with runner([0, 1], KafkaConnectionError()) as ours:
        assert [0, 1] == await offsets(asyncio.ensure_future(ours._gather([HERE])))
        with pytest.raises(KafkaConnectionError):
            await ours._gather([HERE])
