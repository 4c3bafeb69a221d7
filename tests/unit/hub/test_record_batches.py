"""Record batches read and written side by side are those aiokafka reads and writes record by record."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import encode_varint
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.fast.raws import Raws
from hub.steps.batch import Row, copy_of
from hub.stream.record_batches import is_whole, read
from schemas.record_batch import write
from schemas.wire import read_headers, varint, wire_headers
from tests.support.kafka_bytes import batch_bytes, row_of
from tests.support.raw import FakeRecord
from tests.support.tries import tries

BYTES = st.binary(max_size=200)
HEADERS = st.lists(st.tuples(st.text(max_size=80), st.none() | BYTES), max_size=4)
TIMES = st.integers(1, 2**40)
RECORDS = st.lists(st.builds(FakeRecord, BYTES, BYTES, st.just(0), TIMES, HEADERS), min_size=1, max_size=30)
WRITTEN = st.lists(st.tuples(st.text(max_size=80), BYTES), max_size=4)
ROWS = st.lists(st.builds(Row, st.none() | BYTES, st.none() | BYTES, TIMES, WRITTEN), min_size=1, max_size=30)


def _numbered(records: list[FakeRecord], first: int) -> list[FakeRecord]:
    for place, record in enumerate(records):
        record.offset = first + place
    return records


def _told(records: Any) -> list[tuple[Any, ...]]:
    return [(raw.offset, raw.timestamp, raw.key, raw.value, list(raw.headers)) for raw in records]


@settings(max_examples=tries(60))
@given(RECORDS, RECORDS, st.integers(0, 2**40))
def test_columns_hold_what_was_written(one: list[FakeRecord], other: list[FakeRecord], first: int) -> None:
    records = _numbered(one + other, first)

    raws = read([batch_bytes(records[: len(one)]), batch_bytes(records[len(one) :])])

    assert raws is not None
    assert _told(records) == _told(raws)
    assert Raws.of(records)._columns() == raws._columns()


@given(RECORDS)
def test_a_time_given_by_the_broker_counts_for_all(records: list[FakeRecord]) -> None:
    raws = read([batch_bytes(_numbered(records, 5), stamped=77)])

    assert raws is not None
    assert [77] * len(records) == raws.timestamps


@pytest.mark.parametrize(
    "content",
    [
        batch_bytes([FakeRecord(b"v", None)]),
        batch_bytes([FakeRecord(None, b"k")]),
        batch_bytes([FakeRecord(b"v" * 500, b"k")], compression=1),
        batch_bytes([FakeRecord(b"v", b"k")])[:-1],
        batch_bytes([FakeRecord(b"v", b"k")]) + b"\0",
        batch_bytes([FakeRecord(b"v", b"k")]).replace(b"\x02v", b"\x7fv"),
    ],
    ids=["no key", "no value", "compressed", "cut off", "too long", "a length that leads out of the record"],
)
def test_what_is_strange_is_left_to_aiokafka(content: bytes) -> None:
    assert read([content]) is None


def test_a_changed_byte_is_noticed() -> None:
    content = batch_bytes([FakeRecord(b"value", b"k")])

    assert [True, False] == [is_whole(content), is_whole(content.replace(b"value", b"valuf"))]


@settings(max_examples=tries(60))
@given(ROWS, st.booleans())
def test_what_is_written_is_what_aiokafka_writes(rows: list[Row], transactional: bool) -> None:
    builder = BatchBuilder(1 << 20, 0, is_transactional=int(transactional))
    for row in rows:
        assert builder.append(timestamp=row.timestamp_ms, key=row.key, value=row.value, headers=row.headers)
    builder._set_producer_state(7, 3, 11)

    [records] = write(map(copy_of, rows), 1 << 20)

    assert bytes(builder._build()) == records.batch(7, 3, 11, transactional=transactional)


@given(ROWS)
def test_a_copied_row_is_read_as_it_was(rows: list[Row]) -> None:
    assert rows == [row_of(copy_of(row)) for row in rows]


@given(st.lists(st.integers(0, 900), min_size=1, max_size=40))
def test_batches_stay_below_their_limit_and_lose_nothing(sizes: list[int]) -> None:
    rows = [Row(b"%d" % place, b"x" * size, 5, []) for place, size in enumerate(sizes)]

    batches = [records.batch(1, 1, 0, transactional=True) for records in write(map(copy_of, rows), 1_000)]

    assert all(len(batch) <= 1_000 for batch in batches)
    written = [record.key for batch in batches for record in MemoryRecords(batch).next_batch()]
    assert [row.key for row in rows] == written


def test_a_row_that_is_too_large_is_alone_and_does_not_fit() -> None:
    rows = [Row(b"k", b"x" * size, 5, []) for size in (1, 1_000, 1)]

    assert [(1, True), (1, False), (1, True)] == [
        (records.count, records.fits(1_000)) for records in write(map(copy_of, rows), 1_000)
    ]


@given(st.integers(-(2**62), 2**62))
def test_a_number_is_written_as_kafka_does(number: int) -> None:
    digits: list[int] = []
    encode_varint(number, digits.append)

    assert bytes(digits) == varint[number] == varint[number]


@given(HEADERS)
def test_headers_come_back_as_they_were(headers: list[tuple[str, bytes | None]]) -> None:
    assert headers == read_headers(wire_headers(headers))


def test_a_name_that_is_no_text_is_marked() -> None:
    assert [("a\ufffd", b"v")] == read_headers(wire_headers([("ab", b"v")]).replace(b"ab", b"a\xff"))
