"""The relay against a broker that refuses now and then. The real one: tests/integration/test_connectors.py."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import KafkaTimeoutError, TopicAuthorizationFailedError

from connectors import batches, kafka_away, relay
from connectors.errors import Stop
from connectors.parcels.mark import Told
from connectors.parcels.packed import pack
from connectors.partition import partitions_of
from connectors.relay import Relay
from connectors.state import State
from schemas.wire import wire_of
from tests.support.outbox import entries
from tests.support.relay_broker import Broker, drain, offsets

# Keys of the records v0 to v4, each of which lies in a partition of its own.
VALUES = [b"v0", b"v1", bytes(5000), b"v3", b"v4"]
_SOME = [b"k%d" % number for number in range(100)]
KEYS = dict(zip(partitions_of(_SOME, range(5)), _SOME, strict=True))


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    one = State(tmp_path / "s.sqlite")
    with one.transaction():
        for number in range(5):
            one.put("t", KEYS[number].decode(), b"v%d" % number, [("h", b"1")], 1)
    yield one
    one.close()


@pytest.fixture(autouse=True)
def broker(monkeypatch: pytest.MonkeyPatch) -> None:
    Broker.forget()
    monkeypatch.setattr(relay, "AIOKafkaProducer", Broker)
    monkeypatch.setattr(kafka_away, "_WAIT_FIRST", 0.01)


async def test_what_waits_is_published_in_order(state: State) -> None:
    assert await drain(state)
    assert [b"v0", b"v1", b"v2", b"v3", b"v4"] == Broker.log
    assert 0 == state.count_unpublished()


async def test_what_was_not_acknowledged_is_sent_again_and_nothing_else(state: State) -> None:
    Broker.refuses = {b"v1": KafkaTimeoutError()}
    waits: list[str] = []

    assert await drain(state, waits)
    assert [b"v0", b"v2", b"v3", b"v4", b"v1"] == Broker.log
    assert ["E401"] == waits


async def test_batches_are_smaller_after_a_time_out_until_all_is_sent(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    hand_over = batches.hand_over

    async def noted(producer: Any, parcels: Any, batch_bytes: int) -> AsyncIterator[batches.Sent]:
        sizes.append(batch_bytes)
        if len(sizes) in (1, 2, 3):
            raise KafkaTimeoutError
        async for one in hand_over(producer, parcels, batch_bytes):
            yield one

    monkeypatch.setattr(relay, "hand_over", noted)
    async with Relay(state, "") as one:
        assert await one.drain(asyncio.Event())
        with state.transaction():
            state.put("t", KEYS[0].decode(), b"v5", [("h", b"1")], 1)
        assert await one.drain(asyncio.Event())

    assert [896 << 10, 224 << 10, 56 << 10, 32 << 10, 896 << 10] == sizes


@pytest.mark.parametrize("offset", [None, -1])
async def test_an_acknowledgement_that_names_no_offset_is_none(state: State, offset: int | None) -> None:
    Broker.unplaced = {b"v1": offset}
    waits: list[str] = []

    assert await drain(state, waits)
    assert [b"v0", b"v2", b"v3", b"v4", b"v1"] == Broker.log
    assert [(1, 0), (1, 4), (1, 1), (1, 2), (1, 3)] == offsets(state)
    assert ["E401"] == waits


async def test_a_relay_that_believes_any_acknowledgement_knows_no_place(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "tells_place", lambda first: True)
    Broker.unplaced = {b"v1": -1}
    await drain(state)

    assert b"v1" not in Broker.log
    assert (1, -1) == offsets(state)[1]


async def test_a_relay_that_remembers_the_highest_number_loses_a_record(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked = State.mark_published

    def up_to_the_highest(self: State, told: list[Told]) -> None:
        highest = max(max(numbers) for *_, numbers in told)
        marked(self, [(0, 0, [one.number for one in entries(self.sql) if one.number <= highest])])

    monkeypatch.setattr(State, "mark_published", up_to_the_highest)
    Broker.refuses = {b"v1": KafkaTimeoutError()}
    await drain(state)

    assert b"v1" not in Broker.log


async def test_a_batch_that_is_not_taken_is_sent_again_and_what_went_before_it_is_marked(state: State) -> None:
    Broker.cannot_take = {b"v2": KafkaTimeoutError()}
    waits: list[str] = []

    assert await drain(state, waits)
    assert [b"v0", b"v1", b"v2", b"v3", b"v4"] == Broker.log
    assert ["E401"] == waits


@pytest.fixture
def one_key(tmp_path: Path) -> Iterator[State]:
    """Five records of one partition, the third of them large."""
    one = State(tmp_path / "one.sqlite")
    with one.transaction():
        for value in VALUES:
            one.put("t", KEYS[0].decode(), value, [("h", b"1")], 1)
    yield one
    one.close()


async def test_records_of_a_partition_are_one_batch_and_each_knows_its_offset(one_key: State) -> None:
    Broker.log = [b"before"]
    await drain(one_key)

    assert [b"before", *VALUES] == Broker.log
    assert [(1, 1), (1, 2), (1, 3), (1, 4), (1, 5)] == offsets(one_key)


async def test_of_a_batch_without_an_offset_no_record_is_believed_to_be_anywhere(one_key: State) -> None:
    Broker.unplaced = {b"v3": -1}
    await drain(one_key)

    assert VALUES == Broker.log
    assert [(1, 0), (1, 1), (1, 2), (1, 3), (1, 4)] == offsets(one_key)


async def test_what_a_batch_has_no_room_for_goes_into_the_next_in_order(
    one_key: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH_BYTES", 100)  # less than the third one alone
    await drain(one_key)

    assert VALUES == Broker.log
    assert [(1, 0), (1, 1), (1, 2), (1, 3), (1, 4)] == offsets(one_key)


async def test_an_answer_that_does_not_come_is_none(one_key: State, monkeypatch: pytest.MonkeyPatch) -> None:
    answered = Broker.send_batch
    silent = [True]

    async def send_batch(self: Broker, *args: Any, **kwargs: Any) -> asyncio.Future[Any]:
        future = await answered(self, *args, **kwargs)
        return asyncio.get_running_loop().create_future() if silent.pop() else future

    monkeypatch.setattr(relay, "_ACK_SECONDS", 0.01)
    monkeypatch.setattr(Broker, "send_batch", send_batch)
    silent[:] = [False, True]
    await drain(one_key)

    assert 2 * VALUES == Broker.log
    assert 0 == one_key.count_unpublished()


async def test_a_relay_that_takes_no_answer_for_a_good_one_loses_records(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hopeful(self: batches.Sent) -> Told:
        return 0, 0, self.numbers

    monkeypatch.setattr(batches.Sent, "failure", lambda self: None)
    monkeypatch.setattr(batches.Sent, "told", hopeful)
    Broker.refuses = {b"v1": KafkaTimeoutError()}
    await drain(state)

    assert b"v1" not in Broker.log


async def test_a_row_that_was_committed_late_is_sent_all_the_same(state: State) -> None:
    await drain(state)
    with state.transaction():
        state.sql.execute("INSERT INTO parcel VALUES (-7, 1, 1, 't', 1, '2026', NULL, NULL)")
        state.sql.execute("INSERT INTO content VALUES (-7, NULL, ?)", (pack([wire_of(b"k", b"late", [])]),))
    await drain(state)

    assert b"late" == Broker.log[-1]


async def test_a_missing_permission_stops_instead_of_waiting(state: State) -> None:
    Broker.refuses = {b"v0": TopicAuthorizationFailedError("this.topic")}

    with pytest.raises(Stop, match=r"this\.topic.*E403"):
        await drain(state)
    assert 1 == state.count_unpublished()


async def test_asked_to_stop_it_leaves_the_rest_in_the_outbox(state: State) -> None:
    stop = asyncio.Event()
    stop.set()
    async with Relay(state, "x") as one:
        assert not await one.drain(stop)

    assert 5 == state.count_unpublished()


@pytest.mark.parametrize("forgets", [False, True])
async def test_what_could_not_be_marked_on_a_full_disk_is_marked_later_and_not_sent_again(
    state: State, monkeypatch: pytest.MonkeyPatch, forgets: bool
) -> None:
    """One that forgot what it could not mark would send it with every try."""
    monkeypatch.setattr(relay, "_MARKED_AT_ONCE", 1)
    if forgets:
        monkeypatch.setattr(Relay, "_mark", lambda self, places: self._state.mark_published(places) if places else None)
    real, tries = State.mark_published, 0

    def full_at_first(self: State, places: Any) -> None:
        nonlocal tries
        tries += 1
        if tries <= 3:  # it tries once more before it gives up
            raise sqlite3.OperationalError("database or disk is full")
        real(self, places)

    monkeypatch.setattr(State, "mark_published", full_at_first)
    async with Relay(state, "x") as one:
        for _ in range(2):
            with pytest.raises(sqlite3.OperationalError):
                await one.drain(asyncio.Event())
        assert await one.drain(asyncio.Event())

    values = [b"v0", b"v1", b"v2", b"v3", b"v4"]
    assert sorted(values * (2 if forgets else 1)) == sorted(Broker.log)
    assert 0 == state.count_unpublished()
