"""Events written by column, on a real broker: each is there as one by one it would be, where the outbox says it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import confluent_kafka
import pytest

from connectors import batches
from connectors.compare import Outcome
from connectors.event_wire import Head
from connectors.events import Contents, Traces
from connectors.fast import wires
from connectors.relay import Relay
from connectors.state import State
from schemas.identity import content_hash
from tests.support.outbox import OutboxRow, entries, rows_waiting
from tests.support.workers import read_all

pytestmark = pytest.mark.integration
HEAD = Head("a", "vacancy", 3, "stellen", "stellen/liste ä.csv/cb553486", "liste ä.csv", "0000000007")
DELIVERIES, EVENTS, KEYS = 3, 1500, 400


@pytest.fixture
def state(tmp_path: Path, topic: str) -> Iterator[State]:
    """Versions of some entities one after the other, with and without a line, some of them ended."""
    with closing(State(tmp_path / "s.sqlite")) as one:
        for delivery in range(DELIVERIES):
            numbers = range(delivery * EVENTS, (delivery + 1) * EVENTS)
            bodies = [b"%d " % number + bytes(number % 900) for number in numbers]
            contents = Contents(
                [f"Nr. {number % KEYS} ü" for number in numbers],
                [content_hash(body) for body in bodies],
                bodies,
                [1_764_000_000_000 + number for number in numbers],
                [number % 7 == 0 for number in numbers],
            )
            traces = Traces([Outcome.NEW] * EVENTS, [number % 5 for number in numbers], [*numbers], [0] * EVENTS)
            with one.transaction():
                one.put_events(topic, HEAD, contents, traces, delivery, "")
        yield one


def by_place(state: State, rows: list[OutboxRow]) -> dict[tuple[int | None, int | None], tuple[Any, ...]]:
    told = {row.seq: (row.key, row.value, list(row.headers)) for row in rows}
    return {(one.partition, one.offset): told[one.number] for one in entries(state.sql)}


async def sent(state: State, bootstrap_servers: str, topic: str) -> list[confluent_kafka.Message]:
    async with Relay(state, bootstrap_servers) as relay:
        assert await relay.drain(asyncio.Event())
    return await asyncio.to_thread(read_all, bootstrap_servers, [topic])


def read(records: list[confluent_kafka.Message]) -> dict[tuple[int | None, int | None], tuple[Any, ...]]:
    return {
        (record.partition(), record.offset()): (record.key(), record.value(), list(record.headers() or []))
        for record in records
    }


async def test_every_event_is_there_once_as_it_was_decided_and_where_the_outbox_says(
    bootstrap_servers: str, topic: str, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH_BYTES", 64 << 10)
    monkeypatch.setattr(batches, "dealt", lambda *_: pytest.fail("events were written one by one"))
    rows = rows_waiting(state)
    records = await sent(state, bootstrap_servers, topic)

    assert DELIVERIES * EVENTS == len(rows) == len(records)
    assert by_place(state, rows) == read(records)


async def test_events_of_another_line_are_noticed(
    bootstrap_servers: str, topic: str, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = wires._lines
    monkeypatch.setattr(wires, "_lines", lambda told: lines(told - (told > 1)))
    rows = rows_waiting(state)
    records = await sent(state, bootstrap_servers, topic)

    assert by_place(state, rows) != read(records)
