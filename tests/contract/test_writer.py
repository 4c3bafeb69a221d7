"""The fast writer gives fastavro's bytes, or leaves a value to fastavro; there is no third."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import writer as subject
from schemas.codec import SCHEMAS, Codec, avsc, codec
from schemas.topics import EVENTS, Event
from schemas.writer import Doubt, long_bytes, writer
from tests.support.events import vacancy
from tests.support.random_events import valid
from tests.support.tries import tries

ODD: list[Any] = [
    None,
    "",
    "Größe 👍",
    "x" * 9000,
    "\ud800",
    0,
    1,
    -1,
    63,
    64,
    -65,
    2**31,
    -(2**31),
    2**62,
    2**63,
    True,
    False,
    0.0,
    1.0,
    Decimal("1.00"),
    Decimal("1.000"),
    Decimal("-0.01"),
    Decimal("12345678.90"),
    Decimal("123456789.00"),
    Decimal("NaN"),
    datetime.date(1969, 12, 31),
    datetime.date(2199, 1, 1),
    datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
    [],
    ["VOLLZEIT", "VOLLZEIT"],
    ["x"],
    {},
    {"code": "62", "version": "WZ2008"},
    {"code": "62"},
    {"code": "62", "version": "WZ2008", "more": 1},
    "ACTIVE",
    "PUBLIC",
    b"x",
]


def told(write: Callable[[Any], bytes], record: Any) -> bytes | str:
    """The bytes, or the kind of error."""
    try:
        return write(record)
    except Exception as error:
        return type(error).__name__


def places(value: Any) -> Iterator[tuple[str, ...]]:
    """Paths of all fields of a record."""
    for name, inner in value.items():
        yield (name,)
        if isinstance(inner, dict):
            yield from ((name, *rest) for rest in places(inner))


def changed(record: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """The record with another value at a place."""
    first, *rest = path
    return {**record, first: changed(record[first], tuple(rest), value) if rest else value}


def disagreements(codec_: Codec) -> int:
    """Odd values at every place of a vacancy that the two writers treat differently."""
    rich = vacancy()
    rich["pay"] = {"minimum": Decimal("15.00"), "maximum": None, "currency": "EUR", "period": "HOUR"}
    records = [changed(rich, path, value) for path in places(rich) for value in ODD]
    return sum(told(codec_.body, one) != told(codec_.body_fast, one) for one in records)


@pytest.mark.parametrize("event", EVENTS)
@settings(max_examples=tries(100))
@given(data=st.data())
def test_both_writers_give_the_same_bytes_of_a_valid_event(event: Event, data: st.DataObject) -> None:
    record = data.draw(valid(event))

    assert codec(event).body(record) == writer(avsc(event))(record)


def test_both_writers_treat_odd_values_alike() -> None:
    assert 0 == disagreements(codec("vacancy"))


def test_a_field_too_many_or_too_few_is_refused_by_both() -> None:
    one, more, less = codec("vacancy"), {**vacancy(), "more": 1}, vacancy()
    del less["title"]

    assert ["ValueError"] * 2 == [told(one.body_fast, record) for record in (more, less)]
    assert ["ValueError"] * 2 == [told(one.body, record) for record in (more, less)]


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_whole_number_is_written_as_fastavro_does(number: int) -> None:
    rest, expected = (number << 1) ^ (number >> 63), bytearray()
    while rest > 0x7F:
        expected.append(rest & 0x7F | 0x80)
        rest >>= 7

    assert bytes([*expected, rest]) == long_bytes(number)


def test_schemas_the_writer_does_not_know_are_left_to_fastavro() -> None:
    with pytest.raises(Doubt):
        writer(["string", "int"])
    assert {"vacancy", "measure", "placement"} <= {name for name in SCHEMAS if codec(name)._write != codec(name).body}


@pytest.mark.parametrize(
    "name, laxer",
    [
        ("_string", lambda value: long_bytes(len(str(value).encode())) + str(value).encode()),
        ("_boolean", lambda value: b"\1" if value else b"\0"),
        ("_date", lambda value: long_bytes(value.toordinal() - subject._EPOCH)),
        ("_whole", lambda limit: lambda value: long_bytes(int(value))),
        ("_record", lambda fields: lambda value: b"".join([inner(value[name]) for name, inner in fields])),
        ("_enum", lambda symbols: lambda value: long_bytes(symbols.index(value) if value in symbols else 0)),
    ],
)
def test_a_laxer_writer_is_found_out(monkeypatch: pytest.MonkeyPatch, name: str, laxer: Any) -> None:
    monkeypatch.setattr(subject, name, laxer)

    assert disagreements(Codec("vacancy")) > 0
