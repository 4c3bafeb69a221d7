"""Events written into batches by column are those written one by one, to the last byte."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import batches, fast, relay
from connectors.compare import Outcome
from connectors.dealt import Deal, dealt
from connectors.event_wire import Head
from connectors.events import Contents, Traces
from connectors.fast import binary, ids, murmur, parcels, wires
from connectors.fast import dealt as by_column
from connectors.parcels import mark
from connectors.parcels.send import Waiting
from connectors.state import State
from schemas.wire import wire_of
from tests.support.relay_broker import Broker, drain
from tests.support.tries import tries

HEADS = [
    Head("a", "vacancy", 3, "b%", "d", "100 %s ä.csv", "0000000007"),
    Head("a", "vacancy", 4, "b%", "e", "101.csv", "0000000007"),
    Head("münster", "measure", 1, "kurse", "f", "x" * 200, "00"),
]
HASHES = [f"{number:032x}" for number in (0, 1, 2 << 70, 7 << 100, (1 << 128) - 1)]
NOW, LARGE = 1_764_000_000_000, 256 << 10

Event = tuple[str, str, bytes, int, bool, int, int]
"""Key, content hash, body, time, whether it ends its entity, line, version."""
some_event: st.SearchStrategy[Event] = st.tuples(
    st.text("aä€🙂-1\n\x1f", min_size=1, max_size=9) | st.sampled_from(["BOR-0000001", "ä" * 90, "x" * 200]),
    st.sampled_from(HASHES),
    st.sampled_from([1, 57, 58, 59, 63, 64, 700, 8186, 8192, 20_000]).map(lambda size: b"%b" * (size // 2) + b"x"),
    st.sampled_from([NOW, NOW + 3_600_000, -1, 0]),
    st.booleans(),
    st.sampled_from([0, 0, 1, 99, 20_001]),
    st.sampled_from([1, 1, 2, 7, 2**62]),
)


def parcel(head: Head, first: int, events: list[Event], waits: list[int]) -> Waiting:
    """What does not wait is erased, as nobody's last word."""
    keys, hashes, bodies, times, ended, lines, versions = map(list, zip(*events, strict=True))
    contents: Any = Contents(keys, hashes, bodies, times, ended)
    contents.erase(set(range(len(events))) - set(waits))
    traces: Any = Traces([Outcome.NEW] * len(events), lines, versions, [0] * len(events))
    return Waiting("t", first, len(events), waits, head.stored(), contents.stored(), traces.stored())


@st.composite
def some_parcels(draw: st.DrawFn) -> list[Waiting]:
    found, first = [], 1
    for _ in range(draw(st.integers(1, 4))):
        events = draw(st.lists(some_event, min_size=1, max_size=12))
        waits = range(len(events)) if draw(st.booleans()) else sorted(draw(st.sets(st.integers(0, len(events) - 1))))
        found.append(parcel(draw(st.sampled_from(HEADS)), first, events, list(waits or [0])))
        first += len(events) + draw(st.integers(0, 3))
    return found


def told(deal: Deal, some: list[Waiting], partitions: list[int], bytes_max: int) -> dict[int, list[Any]]:
    return {partition: list(written) for partition, written in deal(some, partitions, NOW, bytes_max).items()}


@settings(max_examples=tries(150))
@given(some_parcels(), st.sampled_from([[0], [0, 1, 2, 3], [0, 2, 5]]), st.sampled_from([1, 700, 5000, LARGE]))
def test_whatever_waits_both_ways_write_the_same(some: list[Waiting], partitions: list[int], bytes_max: int) -> None:
    assert told(dealt, some, partitions, bytes_max) == told(by_column.dealt, some, partitions, bytes_max)


def planted() -> list[Waiting]:
    """Something of everything that makes events differ."""
    events: list[Event] = [
        (f"K-{number}", HASHES[1 + number % 4], b"x" * (number * 40 + 1), NOW, False, number + 1, 1)
        for number in range(40)
    ]
    changes: list[dict[int, Any]] = [
        {0: "ä"},
        {1: HASHES[0]},
        {3: -1},
        {4: True},
        {5: 0},
        {6: 1 << 40},
        {2: b"x" * 9000},
    ]
    others: list[Any] = [
        tuple(change.get(at, value) for at, value in enumerate(event))
        for event, change in zip(events, changes, strict=False)
    ]
    return [
        parcel(HEADS[0], 5, events, list(range(40))),
        parcel(HEADS[1], 50, others, list(range(len(others)))),
        parcel(HEADS[2], 70, events, list(range(0, 40, 3))),
    ]


def both() -> tuple[dict[int, list[Any]], dict[int, list[Any]]]:
    return tuple(told(deal, planted(), [0, 1, 2], 10_000) for deal in (by_column.dealt, dealt))  # type: ignore[return-value]


def test_planted_events_are_written_the_same() -> None:
    found, plain = both()

    assert plain == found
    assert [0, 1, 2] == sorted(plain)
    assert all(len(written) > 1 for written in plain.values())


_waiting, _between, _of_parcels, _moments = parcels.rows_waiting, wires._between, wires._of_parcels, wires._moments
_lines = wires._lines
_begins, _places, _take = by_column._begins, murmur.places_of, parcels.Events.take


def _every_row(some: list[Waiting]) -> Any:
    return np.arange(sum(one.count for one in some))


def _no_version(inputs: list[bytes]) -> Any:
    return ids.hexadecimal(ids.digests(inputs)[:, :16])


def _cut_elsewhere(sizes: Any, begin: int, end: int, bytes_max: int) -> list[int]:
    return _begins(sizes, begin, end, bytes_max // 2)


def _of_the_first_parcel(some: parcels.Events, of: Any) -> Any:
    return _of_parcels(replace(some, parcels=some.parcels * 0), of)


def _in_order(some: parcels.Events, rows: Any) -> parcels.Events:
    return replace(_take(some, rows), numbers=some.numbers[: len(rows)])


MUTANTS: list[tuple[str, Any, str, Any]] = [
    ("characters taken for bytes", parcels, "_UPPER_BITS", 0),
    ("what does not wait sent, too", by_column, "rows_waiting", _every_row),
    ("another order", by_column, "rows_waiting", lambda some: _waiting(some)[::-1]),
    ("another partition", by_column, "places_of", lambda keys, count: (_places(keys, count) + 1) % count),
    ("batches cut elsewhere", by_column, "_begins", _cut_elsewhere),
    ("lengths of two bytes written as one", binary, "_MORE", np.uint32(0)),
    ("ids that are no UUIDs", wires, "id_digits", _no_version),
    ("a span of zeros", ids, "_ZERO", 0),
    ("no line told as line 0", wires, "_lines", lambda lines: _lines(np.where(lines, lines, 1))),
    ("ends told as reports", wires, "_between", lambda some: _between(replace(some, ended=some.ended & False))),
    ("all of the first time", wires, "_moments", lambda times: _moments(times[:1].repeat(len(times)))),
    ("all of the first delivery", wires, "_of_parcels", _of_the_first_parcel),
    ("numbers of others", parcels.Events, "take", _in_order),
]


@pytest.mark.parametrize(("owner", "name", "broken"), [one[1:] for one in MUTANTS], ids=[one[0] for one in MUTANTS])
def test_a_way_by_column_that_writes_something_else_is_found_out(
    owner: Any, name: str, broken: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, name, broken)
    found, plain = both()

    assert plain != found


def fill(state: State) -> None:
    """Two topics; one has records that are no events, too, and of one parcel a part is acknowledged or taken back."""
    for at, one in enumerate(planted()):
        contents, traces = Contents.read(one.records, one.count), Traces.read(one.traces, one.count)
        with state.transaction():
            state.put_events("u" if at else "t", Head.read(one.head or ""), contents, traces, 1, "2026")
            if at == 2:
                state.put("reports", "k", b"report", [], 1)
    with state.transaction():
        state.put("u", "K-1", b"whole", [("h", b"1")], 1)
    state.mark_published([(0, 7, [2, 5])])
    with state.transaction():
        mark.take_back(state.sql, [3, 45])


async def sent(path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[tuple[str, int, bytes]], list[Any]]:
    """What a broker gets of an outbox, and what is stored then."""
    Broker.forget()
    written: list[tuple[str, int, bytes]] = []
    send_batch = Broker.send_batch

    async def noted(self: Broker, batch: Any, topic: str, *, partition: int) -> asyncio.Future[Any]:
        written.append((topic, partition, bytes(batch._build())))
        return await send_batch(self, batch, topic, partition=partition)

    monkeypatch.setattr(Broker, "send_batch", noted)
    monkeypatch.setattr(relay, "AIOKafkaProducer", Broker)
    monkeypatch.setattr(batches, "time", SimpleNamespace(time_ns=lambda: NOW * 1_000_000))
    monkeypatch.setattr(batches, "BATCH_BYTES", 10_000)
    state = State(path)
    fill(state)
    assert await drain(state)
    assert 0 == state.count_unpublished()
    state.close()
    with sqlite3.connect(path) as sql:
        columns = "first, count, waiting, topic, delivery, traces, places"  # a report's time is now
        stored = [
            sql.execute(f"SELECT {columns} FROM parcel").fetchall(),
            sql.execute("SELECT * FROM position").fetchall(),
        ]
    return written, stored


async def test_a_broker_gets_the_same_and_the_same_is_stored_with_the_extra_and_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without:
        without.setattr(fast, "IS_THERE", False)
        without.setattr(by_column, "dealt", lambda *_: pytest.fail("events were written by column"))
        plain = await sent(tmp_path / "plain.sqlite", without)
    with monkeypatch.context() as always:
        always.setattr(batches, "FEW", 1)
        found = await sent(tmp_path / "fast.sqlite", always)

    assert plain == found


def test_many_events_are_written_by_column_and_few_or_huge_or_whole_records_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    some = planted()
    whole = Waiting("t", 9, 1, [0], None, wire_of(b"k", b"v", []), b"")

    assert by_column.dealt is batches.way_of(2 * some)
    assert dealt is batches.way_of(some[1:2])
    assert dealt is batches.way_of([*some, *some, whole])
    monkeypatch.setattr(batches, "_MOST_BYTES", sum(len(one.records) for one in 2 * some) - 1)
    assert dealt is batches.way_of(2 * some)
