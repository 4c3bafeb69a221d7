"""Parcels on their way at once to a real broker: where the outbox says a record is, there it is."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import confluent_kafka
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import RequestTimedOutError

from connectors import batches
from connectors.relay import Relay
from connectors.state import State
from schemas.wire import wire_of
from tests.support.outbox import entries
from tests.support.workers import read_all

pytestmark = pytest.mark.integration
PARCELS, RECORDS, KEYS = 12, 700, 90
Records = list[confluent_kafka.Message]


@pytest.fixture
def state(tmp_path: Path, topic: str) -> Iterator[State]:
    """Versions of some entities, one after the other, in parcels that take several batches each."""
    with closing(State(tmp_path / "s.sqlite")) as one:
        for parcel in range(PARCELS):
            numbers = range(parcel * RECORDS, (parcel + 1) * RECORDS)
            with one.transaction():
                one.put_all(topic, [wire_of(b"k%d" % (at % KEYS), b"%d" % at + bytes(300), []) for at in numbers], 1)
        yield one


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH_BYTES", 16 << 10)


def number_of(record: confluent_kafka.Message) -> int:
    return int((record.value() or b"").rstrip(b"\0"))


def misplaced(state: State, records: Records) -> list[int]:
    """Records that are not where the outbox says, or that it says nothing of."""
    there = {(record.partition(), record.offset()): number_of(record) for record in records}
    told = list(entries(state.sql))
    assert PARCELS * RECORDS == len(told)
    return [at for at, one in enumerate(told) if there.get((one.partition, one.offset)) != at]


def versions(records: Records) -> dict[bytes, list[int]]:
    """What was told of each key, in its order."""
    found: dict[bytes, list[int]] = defaultdict(list)
    for record in sorted(records, key=lambda record: (record.partition(), record.offset())):
        found[record.key() or b""].append(number_of(record))
    return found


async def drained(state: State, bootstrap_servers: str) -> list[str]:
    waits: list[str] = []
    async with Relay(state, bootstrap_servers, on_waiting=lambda code, what, seconds: waits.append(code)) as relay:
        assert await relay.drain(asyncio.Event())
    return waits


async def test_every_record_is_there_once_in_its_order_and_where_the_outbox_says(
    bootstrap_servers: str, topic: str, state: State
) -> None:
    assert [] == await drained(state, bootstrap_servers)
    records = await asyncio.to_thread(read_all, bootstrap_servers, [topic])

    assert PARCELS * RECORDS == len(records)
    assert [] == misplaced(state, records)
    assert all(some == sorted(some) for some in versions(records).values())


def failing(monkeypatch: pytest.MonkeyPatch, *, arrives: bool) -> None:
    """The twentieth batch gets an error for its answer, whether the broker has it or not."""
    real, count = AIOKafkaProducer.send_batch, [0]

    async def send_batch(self: Any, batch: Any, *where: Any, **options: Any) -> Any:
        count[0] += 1
        if count[0] != 20:
            return await real(self, batch, *where, **options)
        if arrives:
            await asyncio.wait([await real(self, batch, *where, **options)])
        failed = asyncio.get_running_loop().create_future()
        failed.set_exception(RequestTimedOutError())
        return failed

    monkeypatch.setattr(AIOKafkaProducer, "send_batch", send_batch)


@pytest.mark.parametrize("arrives", [False, True])
async def test_of_a_batch_that_fails_in_the_middle_no_record_is_lost_or_told_elsewhere(
    bootstrap_servers: str, topic: str, state: State, monkeypatch: pytest.MonkeyPatch, arrives: bool
) -> None:
    failing(monkeypatch, arrives=arrives)

    assert ["E401"] == await drained(state, bootstrap_servers)
    records = await asyncio.to_thread(read_all, bootstrap_servers, [topic])
    assert [] == misplaced(state, records)
    assert set(range(PARCELS * RECORDS)) == {number_of(record) for record in records}
    assert arrives == (len(records) > PARCELS * RECORDS)


async def test_a_relay_that_marks_before_the_answer_is_noticed(
    bootstrap_servers: str, topic: str, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Relay._publish

    async def hasty(self: Any, parcels: Any, stop: asyncio.Event) -> None:
        self._state.mark_published([(0, 0, one.numbers) for one in parcels])
        await real(self, parcels, stop)

    monkeypatch.setattr(Relay, "_publish", hasty)
    failing(monkeypatch, arrives=False)
    await drained(state, bootstrap_servers)
    records = await asyncio.to_thread(read_all, bootstrap_servers, [topic])

    assert [] != misplaced(state, records)
