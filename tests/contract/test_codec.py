"""A value has exactly one form: the one the writer would give it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import LIMIT_BYTES, SCHEMAS, Codec, avsc, codec, locked_ids
from schemas.codes import Refused
from schemas.topics import EVENTS, Event
from tests.support.events import Record, placement
from tests.support.random_events import valid
from tests.support.tries import tries

# jobcenter "ab", source_id "x", epoch 0, version 1, ACTIVE, two nulls, "2026-10", MINIJOB, "621", "05554", NONE, 1.
HAND_MADE = b"\x00\x00\x00\x00\x03" + (b"\x04ab\x02x\x00\x02\x02\x00\x00\x0e2026-10\x0c\x06621\x0a05554\x02\x02")
RECORD = placement(jobcenter="ab", source_id="x", placement_type="MINIJOB", kreis="05554")
EPOCH, VERSION, STATUS, END_REASON = 10, 11, 12, 13


def refusal(value: bytes | None, schema: str = "placement") -> str | None:
    """Code a value is refused with, None if it is read."""
    try:
        codec(schema).decode(value)
    except Refused as refused:
        return refused.code
    return None


def replaced(place: int, new: bytes, length: int = 1) -> bytes:
    """The hand-made value with bytes replaced."""
    return HAND_MADE[:place] + new + HAND_MADE[place + length :]


def test_a_value_made_by_hand_is_what_the_writer_writes() -> None:
    assert HAND_MADE == codec("placement").encode(RECORD)
    assert RECORD == codec("placement").decode(HAND_MADE)


@pytest.mark.parametrize("event", EVENTS)
@settings(max_examples=tries(60))
@given(data=st.data())
def test_a_valid_event_comes_back_unchanged(event: Event, data: st.DataObject) -> None:
    record = data.draw(valid(event))

    assert record == codec(event).decode(codec(event).encode(record))


NOT_CANONICAL = {
    "trailing byte": HAND_MADE + b"\0",
    "second value behind the first": HAND_MADE + HAND_MADE[5:],
    "negative enum index": replaced(STATUS, b"\x03"),
    "over-long number": replaced(EPOCH, b"\x80\x00"),
    "over-long length of a text": replaced(5, b"\x84\x00"),
    "over-long branch of a union": replaced(END_REASON, b"\x80\x00"),
    "number of eleven bytes": replaced(EPOCH, b"\xff" * 10 + b"\x01"),
    "negative branch of a union": replaced(END_REASON, b"\x03"),
}


@pytest.mark.parametrize("what", NOT_CANONICAL)
def test_another_form_of_a_readable_value_is_refused(what: str) -> None:
    assert "E603" == refusal(NOT_CANONICAL[what])


@contextmanager
def _no_comparison(value: bytes) -> Iterator[None]:
    """The mutant: whatever was read is taken for what would be written."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Codec, "body_fast", lambda self, record: value[5:])
        yield


@pytest.mark.parametrize("what", NOT_CANONICAL)
def test_without_the_comparison_such_a_value_would_pass(what: str) -> None:
    value = NOT_CANONICAL[what]
    with _no_comparison(value):
        assert refusal(value) is None


def test_an_array_in_several_blocks_is_refused() -> None:
    schema = codec("receipt")
    record = schema.decode(bytes.fromhex("0000000005") + _receipt(b"\x00"))

    assert [] == record["exceptions"]
    exception = b"\x22" + b"\x04" + b"\x00\x00"  # offset 17, DUPLICATE, no code, no key
    assert refusal(bytes.fromhex("0000000005") + _receipt(b"\x04" + exception * 2 + b"\x00"), "receipt") is None
    assert "E603" == refusal(
        bytes.fromhex("0000000005") + _receipt(b"\x02" + exception + b"\x02" + exception + b"\x00"), "receipt"
    )


def _receipt(exceptions: bytes) -> bytes:
    return b"\x02t" + b"\x00" * 3 + b"\x00" + b"\x00" * 3 + exceptions


@pytest.mark.parametrize("length", range(5, len(HAND_MADE)))
def test_a_truncated_value_is_refused_wherever_it_ends(length: int) -> None:
    assert "E602" == refusal(HAND_MADE[:length])


UNREADABLE = {
    "enum index beyond the last": replaced(STATUS, b"\x40"),
    "branch nobody has": replaced(END_REASON, b"\x08"),
    "text that is not UTF-8": replaced(6, b"\xff"),
    "text of negative length": replaced(5, b"\x03"),
    "text longer than the value": replaced(5, b"\xfe\xff\xff\xff\x0f"),
    "nothing behind the header": HAND_MADE[:5],
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_read_is_refused(what: str) -> None:
    assert "E602" == refusal(UNREADABLE[what])


@pytest.mark.parametrize("value", [None, b""])
def test_no_value_is_refused(value: bytes | None) -> None:
    assert "E606" == refusal(value)


def test_a_value_may_have_one_mebibyte_and_no_byte_more() -> None:
    assert "E603" == refusal(HAND_MADE.ljust(LIMIT_BYTES, b"\0"))
    assert "E605" == refusal(HAND_MADE.ljust(LIMIT_BYTES + 1, b"\0"))


@pytest.mark.parametrize("header", [b"\0\0\0\0\0", b"\0\0\0\x03\xe7", b"\1\0\0\0\3", b"\0\0\0", b"{"])
def test_an_id_nobody_gave_is_refused(header: bytes) -> None:
    assert "E601" == refusal(header + HAND_MADE[5:] if len(header) == 5 else header)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_value_of_another_event_is_told_from_an_unknown_one(schema: str) -> None:
    value = codec(schema).header + HAND_MADE[5:]

    assert (None if schema == "placement" else "E607") == refusal(value)


@settings(max_examples=tries(150))
@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused_with_a_code(body: bytes) -> None:
    for schema in SCHEMAS:
        value = codec(schema).header + body
        if refusal(value, schema) is None:
            assert value == codec(schema).encode(codec(schema).decode(value))


@settings(max_examples=tries(150))
@given(st.integers(5, len(HAND_MADE) - 1), st.integers(0, 255))
def test_a_changed_byte_never_gives_a_second_form_of_the_same_record(place: int, byte: int) -> None:
    value = replaced(place, bytes([byte]))

    assert value == HAND_MADE or refusal(value) is not None or codec("placement").decode(value) != RECORD


@pytest.mark.parametrize(
    "broken",
    [
        {**RECORD, "surprise": 1},
        {name: value for name, value in RECORD.items() if name != "month"},
        {**RECORD, "status": "PAUSED"},
        {**RECORD, "version": "1"},
    ],
    ids=["unknown field", "missing field", "unknown symbol", "text for a number"],
)
def test_the_writer_refuses_what_does_not_fit_the_schema(broken: Record) -> None:
    with pytest.raises((ValueError, TypeError)):
        codec("placement").encode(broken)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_id_in_front_is_the_locked_one(schema: str) -> None:
    assert b"\0" + locked_ids()[schema]["id"].to_bytes(4, "big") == codec(schema).header


def test_fastavro_alone_would_read_another_form() -> None:
    read = fastavro.schemaless_reader(
        io.BytesIO(NOT_CANONICAL["negative enum index"][5:]), fastavro.parse_schema(avsc("placement")), None
    )

    assert "ACTIVE" == read["status"]  # type: ignore[call-overload, index]


def test_an_unknown_schema_is_named_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match="no schema 'vacency'; known: vacancy, measure"):
        avsc("vacency")
