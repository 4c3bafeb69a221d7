"""How a task polls while a transaction is under way: whatever comes is taken at once, and is the next batch."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition

from hub.fast.raws import Raws
from hub.steps.batch import Batch, Known, Outcome
from hub.stream.options import WorkerOptions
from hub.stream.task import Task
from tests.support.raw import FakeRecord

HERE = TopicPartition("jobhub.raw.borken.vacancy.v1", 1)


class Feed:
    """A consumer that hands over what is put into it."""

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[list[int]] = asyncio.Queue()
        self.sought: list[int] = []

    async def getmany(
        self, *_: TopicPartition, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, list[FakeRecord]]:
        try:
            offsets = await asyncio.wait_for(self.waiting.get(), timeout_ms / 1000)
        except TimeoutError:
            return {}
        return {HERE: [FakeRecord(b"v", b"k", offset) for offset in offsets]}

    def seek(self, _: TopicPartition, offset: int) -> None:
        self.sought.append(offset)


class Working(Task):
    """A task whose transactions end when the test says so."""

    def __init__(self, consumer: Any, tmp_path: Path) -> None:
        options = WorkerOptions("nowhere", ["borken"], tmp_path, linger_secs=0)
        super().__init__(options, consumer, self._decided, 1, [HERE])
        self.next = {HERE: 0}
        self.may_commit = asyncio.Event()

    async def _decided(self, batch: Batch, known: Known, looking: AbstractContextManager[None]) -> Outcome:
        return Outcome()

    async def _commit(self, outcome: Outcome, reached: Mapping[str, int]) -> None:
        await self.may_commit.wait()


class TakesNothingMeanwhile(Working):
    """Mutant: the client keeps what comes, and with it asks its broker for nothing more, for any task."""

    async def _gather(self) -> Any:
        if self._working:
            await self.may_commit.wait()
        return await super()._gather()


async def _taken_meanwhile(kind: type[Working], tmp_path: Path) -> bool:
    feed = Feed()
    task = kind(feed, tmp_path)
    feed.waiting.put_nowait([0])
    working = asyncio.ensure_future(task._work(await task._poll()))
    for offsets in ([1, 2], [3]):
        feed.waiting.put_nowait(offsets)
    for _ in range(1_000):
        await asyncio.sleep(0)
    taken = feed.waiting.empty()
    task.may_commit.set()
    await working
    return taken and [1, 2, 3] == [record.offset for record in (await task._poll())[HERE]]


async def test_what_comes_in_a_transaction_is_taken_at_once_and_is_the_next_batch(tmp_path: Path) -> None:
    assert await _taken_meanwhile(Working, tmp_path)


async def test_mutant_that_takes_nothing_meanwhile_keeps_the_others_waiting(tmp_path: Path) -> None:
    assert not await _taken_meanwhile(TakesNothingMeanwhile, tmp_path)


async def test_what_is_gathered_follows_what_was_sought(tmp_path: Path) -> None:
    """Gathering begins behind the seek: otherwise records from before it would look like another hole."""
    feed = Feed()
    task = Working(feed, tmp_path)
    task.may_commit.set()
    feed.waiting.put_nowait([2, 3])

    await task._work(await task._poll())

    assert [0] == feed.sought
    assert task._gathering is None


async def test_an_error_in_a_transaction_leaves_no_poll_behind(tmp_path: Path) -> None:
    class Fails(Working):
        async def _commit(self, outcome: Outcome, reached: Mapping[str, int]) -> None:
            await asyncio.sleep(0)
            raise ConnectionError

    feed = Feed()
    task = Fails(feed, tmp_path)
    feed.waiting.put_nowait([0])
    with pytest.raises(ConnectionError):
        await task._work(await task._poll())

    assert task._gathering is not None
    await asyncio.wait([task._gathering], timeout=1)
    assert task._gathering.cancelled()


async def test_records_that_come_in_columns_stay_in_columns(tmp_path: Path) -> None:
    """The quick way reads columns; made into a list of records, each of them would become an object."""

    class Columns(Feed):
        async def getmany(self, *tps: TopicPartition, timeout_ms: int, max_records: int) -> Any:
            polled = await super().getmany(*tps, timeout_ms=timeout_ms, max_records=max_records)
            return {tp: Raws.of(records) for tp, records in polled.items()}

    feed = Columns()
    task = Working(feed, tmp_path)
    task._working = True
    feed.waiting.put_nowait([0, 1])
    feed.waiting.put_nowait([2])
    gathering = asyncio.ensure_future(task._gather())
    for _ in range(1_000):
        await asyncio.sleep(0)
    task._working = False
    task._cut_poll_short()

    found: Any = (await gathering)[HERE]
    assert isinstance(found, Raws)
    assert [0, 1, 2] == found.offsets
