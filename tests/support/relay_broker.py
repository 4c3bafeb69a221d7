"""What stands for the producer of a relay, and for the broker behind it: it refuses now and then."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from aiokafka.record.default_records import DefaultRecordBatch

from connectors.relay import Relay
from connectors.state import State
from schemas.record_batch import ReadyBatch
from tests.support.outbox import entries


class Broker:
    """What it refused once it takes the next time. One for all relays of a test, which calls `forget` first."""

    log: list[bytes]
    """Values in the order they came."""
    refuses: dict[bytes, BaseException]
    """By a value of the batch."""
    unplaced: dict[bytes, int | None]
    """Batches acknowledged without an offset, once: the broker says it has their sequence numbers already."""
    cannot_take: dict[bytes, BaseException]
    """The batch is not even handed over, once."""

    def __init__(self, **_: Any) -> None:
        self.client = SimpleNamespace(send=None)

    @classmethod
    def forget(cls) -> None:
        """As at the beginning."""
        cls.log, cls.refuses, cls.unplaced, cls.cannot_take = [], {}, {}, {}

    async def start(self) -> None:
        return

    async def stop(self) -> None:
        return

    async def partitions_for(self, topic: str) -> set[int]:
        return set(range(5))

    async def send_batch(self, batch: ReadyBatch, topic: str, *, partition: int) -> asyncio.Future[Any]:
        future = asyncio.get_running_loop().create_future()
        values = [record.value for record in DefaultRecordBatch(bytes(batch._build()))]
        for value in values:
            if (error := self.cannot_take.pop(value, None)) is not None:
                raise error
            if (error := self.refuses.pop(value, None)) is not None:
                future.set_exception(error)
                return future
            if value in self.unplaced:
                future.set_result(SimpleNamespace(partition=partition, offset=self.unplaced.pop(value)))
                return future
        future.set_result(SimpleNamespace(partition=partition, offset=len(self.log)))
        self.log += values
        return future


async def drain(state: State, waits: list[str] | None = None) -> bool:
    """Publish the outbox; `waits` is told the code of each wait."""
    told = [] if waits is None else waits
    async with Relay(state, "x", on_waiting=lambda code, what, seconds: told.append(code)) as one:
        return await one.drain(asyncio.Event())


def offsets(state: State) -> list[tuple[int, int | None]]:
    """Of each record whether its partition is known, and its offset."""
    return [(int(one.partition is not None), one.offset) for one in entries(state.sql)]
