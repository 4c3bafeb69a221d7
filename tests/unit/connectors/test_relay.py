"""The relay against a broker that refuses now and then. The real one: tests/integration/test_connectors.py."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaTimeoutError, TopicAuthorizationFailedError

from connectors import kafka_away, relay
from connectors.errors import Stop
from connectors.relay import Relay
from connectors.state import State


class Broker:
    """Stands for the producer: what it refused once it takes the next time."""

    log: list[bytes]
    refuses: dict[bytes, BaseException]
    unplaced: dict[bytes, int | None]
    """Values acknowledged without an offset, once: the broker says it has that sequence number already."""

    def __init__(self, **_: Any) -> None:
        pass

    async def start(self) -> None:
        return

    async def stop(self) -> None:
        return

    async def send(self, topic: str, *, value: bytes, key: bytes, headers: Any) -> asyncio.Future[Any]:
        future = asyncio.get_running_loop().create_future()
        if (error := self.refuses.pop(value, None)) is not None:
            future.set_exception(error)
        elif value in self.unplaced:
            future.set_result(SimpleNamespace(partition=0, offset=self.unplaced.pop(value)))
        else:
            self.log.append(value)
            future.set_result(SimpleNamespace(partition=0, offset=len(self.log) - 1))
        return future


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    one = State(tmp_path / "s.sqlite")
    with one.transaction():
        for number in range(5):
            one.put("t", "k", b"v%d" % number, [("h", b"1")], 1)
    yield one
    one.close()


@pytest.fixture(autouse=True)
def broker(monkeypatch: pytest.MonkeyPatch) -> type[Broker]:
    Broker.log, Broker.refuses, Broker.unplaced = [], {}, {}
    monkeypatch.setattr(relay, "AIOKafkaProducer", Broker)
    monkeypatch.setattr(kafka_away, "_WAIT_FIRST", 0.01)
    return Broker


async def drain(state: State, waits: list[str] | None = None) -> bool:
    async with Relay(
        state, "x", on_waiting=lambda code, what, seconds: (waits if waits is not None else []).append(code)
    ) as one:
        return await one.drain(asyncio.Event())


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


def offsets(state: State) -> list[tuple[int, int]]:
    return state.sql.execute('SELECT published, "offset" FROM outbox ORDER BY seq').fetchall()


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
    monkeypatch.setattr(relay, "_tells_place", lambda metadata: True)
    Broker.unplaced = {b"v1": -1}
    await drain(state)

    assert b"v1" not in Broker.log
    assert (1, -1) == offsets(state)[1]


async def test_a_relay_that_remembers_the_highest_number_loses_a_record(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    def up_to_the_highest(self: State, places: list[tuple[int, int, int]]) -> None:
        self.sql.execute("UPDATE outbox SET published = 1 WHERE seq <= ?", (max(seq for *_, seq in places),))

    monkeypatch.setattr(State, "mark_published", up_to_the_highest)
    Broker.refuses = {b"v1": KafkaTimeoutError()}
    await drain(state)

    assert b"v1" not in Broker.log


async def test_a_row_that_was_committed_late_is_sent_all_the_same(state: State) -> None:
    await drain(state)
    with state.transaction():
        state.sql.execute(
            "INSERT INTO outbox (seq, topic, key, value, headers, delivery)"
            " VALUES (-7, 't', x'6b', x'6c617465', '[]', 1)"
        )
    await drain(state)

    assert b"late" == Broker.log[-1]


async def test_a_missing_permission_stops_instead_of_waiting(state: State) -> None:
    Broker.refuses = {b"v0": TopicAuthorizationFailedError()}

    with pytest.raises(Stop, match="E403"):
        await drain(state)
    assert 1 == state.count_unpublished()


async def test_asked_to_stop_it_leaves_the_rest_in_the_outbox(state: State) -> None:
    stop = asyncio.Event()
    stop.set()
    async with Relay(state, "x") as one:
        assert not await one.drain(stop)

    assert 5 == state.count_unpublished()
