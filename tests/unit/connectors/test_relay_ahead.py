"""Several parcels on their way at once: what is marked, what is sent again, and what must not overtake."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import KafkaTimeoutError

from connectors import kafka_away, relay
from connectors.parcels.mark import Told
from connectors.relay import Relay
from connectors.state import State
from schemas.record_batch import ReadyBatch
from tests.support.relay_broker import Broker, drain, offsets


class Held(Broker):
    """Keeps its answers until so many batches were handed over."""

    until: int
    asked: int
    kept: list[tuple[asyncio.Future[Any], asyncio.Future[Any]]]

    async def send_batch(self, batch: ReadyBatch, topic: str, *, partition: int) -> asyncio.Future[Any]:
        answer, kept = await super().send_batch(batch, topic, partition=partition), asyncio.Future[Any]()
        Held.asked += 1
        self.kept.append((kept, answer))
        if self.asked >= self.until:
            for one, known in self.kept:
                error = known.exception()
                one.set_result(known.result()) if error is None else one.set_exception(error)
            self.kept.clear()
        return kept


@pytest.fixture(autouse=True)
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    Held.forget()
    Held.asked, Held.kept, Held.until = 0, [], 1
    monkeypatch.setattr(relay, "AIOKafkaProducer", Held)
    monkeypatch.setattr(relay, "_AT_ONCE", 1)
    monkeypatch.setattr(kafka_away, "_WAIT_FIRST", 0.01)


@pytest.fixture
def parcels(tmp_path: Path) -> Iterator[State]:
    """Records of one key, each in a parcel of its own."""
    one = State(tmp_path / "parcels.sqlite")
    for number in range(5):
        with one.transaction():
            one.put("t", "k", b"v%d" % number, [], 1)
    yield one
    one.close()


IN_ORDER = [b"v%d" % number for number in range(5)]


async def test_the_next_parcels_are_sent_before_the_first_is_answered(
    parcels: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    Held.until = 5
    monkeypatch.setattr(relay, "_ACK_SECONDS", 0.01)  # whoever waits for an answer sends the first one twice

    assert await drain(parcels)
    assert IN_ORDER == Held.log
    assert [(1, number) for number in range(5)] == offsets(parcels)


async def test_what_is_behind_a_failure_does_not_overtake_it(parcels: State) -> None:
    Held.refuses = {b"v2": KafkaTimeoutError()}

    await drain(parcels)
    assert IN_ORDER == Held.log
    assert 6 == Held.asked


async def test_a_relay_that_goes_on_after_a_failure_is_noticed(parcels: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "_has_failed", lambda unknown: False)
    Held.refuses = {b"v2": KafkaTimeoutError()}
    await drain(parcels)

    assert [b"v0", b"v1", b"v3", b"v4", b"v2"] == Held.log


async def test_of_several_on_their_way_only_the_one_that_failed_is_sent_again(parcels: State) -> None:
    Held.until = 5
    Held.refuses = {b"v2": KafkaTimeoutError()}
    waits: list[str] = []

    await drain(parcels, waits)
    assert [b"v0", b"v1", b"v3", b"v4", b"v2"] == Held.log
    assert [(1, 0), (1, 1), (1, 4), (1, 2), (1, 3)] == offsets(parcels)
    assert ["E401"] == waits


async def test_while_others_are_on_their_way_what_is_acknowledged_is_marked(
    parcels: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks: list[tuple[int, list[int]]] = []
    marked = State.mark_published

    def mark(self: State, told: list[Told]) -> None:
        marks.append((Held.asked, [number for *_, numbers in told for number in numbers]))
        marked(self, told)

    monkeypatch.setattr(State, "mark_published", mark)
    monkeypatch.setattr(relay, "_MARKED_AT_ONCE", 1)
    Held.until = 3
    await drain(parcels)

    assert [(3, [1, 2, 3]), (4, [4]), (5, [5])] == marks


async def test_some_are_marked_together(parcels: State, monkeypatch: pytest.MonkeyPatch) -> None:
    marks: list[int] = []
    marked = State.mark_published

    def mark(self: State, told: list[Told]) -> None:
        marks.append(sum(len(numbers) for *_, numbers in told))
        marked(self, told)

    monkeypatch.setattr(State, "mark_published", mark)
    monkeypatch.setattr(relay, "_MARKED_AT_ONCE", 3)
    await drain(parcels)

    assert [3, 2] == marks
    assert 0 == parcels.count_unpublished()


@pytest.mark.parametrize("answered", [0, 3])
async def test_asked_to_stop_it_hands_over_nothing_more_and_marks_what_is_answered(
    parcels: State, monkeypatch: pytest.MonkeyPatch, answered: int
) -> None:
    stop = asyncio.Event()
    send_batch = Held.send_batch

    async def stopping(self: Held, *args: Any, **kwargs: Any) -> asyncio.Future[Any]:
        answer = await send_batch(self, *args, **kwargs)
        if Held.asked == 3:
            stop.set()
        return answer

    monkeypatch.setattr(Held, "send_batch", stopping)
    monkeypatch.setattr(relay, "_LAST_SECONDS", 0.01)
    Held.until = answered or 9
    async with Relay(parcels, "x") as one:
        assert not await one.drain(stop)

    assert 3 == Held.asked
    assert 5 - answered == parcels.count_unpublished()
