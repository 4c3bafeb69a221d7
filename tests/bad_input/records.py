"""Fixtures of classes 52 to 62: records on a raw topic, by whatever program may write there."""

from __future__ import annotations

import copy
import io
import time
from collections.abc import Callable
from typing import Any

import fastavro

from schemas.codec import avsc, codec
from tests.bad_input.fixture import CANARY, Raw, RecordFixture
from tests.support.events import PLAIN
from tests.support.raw import headers_of

_HEADER = 5
_EPOCH_AND_VERSION = 2
_DAY = 20_773  # 2026-11-16, the first day of publication


def _record(jobcenter: str, source_id: str, **changes: Any) -> dict[str, Any]:
    return PLAIN["vacancy"](jobcenter=jobcenter, source_id=source_id, description=f"Text {CANARY}", **changes)


def _raw(jobcenter: str, source_id: str, value: bytes | None, **changes: Any) -> Raw:
    key = f"{jobcenter}:{source_id}"
    made = {"key": key.encode(), "headers": headers_of("vacancy", key, "fremd/1"), "event": "vacancy"}
    return Raw(value=value, **{**made, **changes})


Spoil = Callable[[bytes, int], bytes]
"""A sound value and the place of its status, right after the version, to a bad value."""


def _spoilt(number: int, what: str, code: str, spoil: Spoil) -> RecordFixture:
    def make(jobcenter: str, source_id: str) -> Raw:
        value = codec("vacancy").encode(_record(jobcenter, source_id))
        status = _HEADER + 1 + len(jobcenter) + 1 + len(source_id) + _EPOCH_AND_VERSION
        return _raw(jobcenter, source_id, spoil(value, status))

    return RecordFixture(number, what, "R", make, code)


def _other_schema(number: int, what: str, code: str, change: Callable[[Any, dict[str, Any]], None]) -> RecordFixture:
    """A value written with a schema that differs in one field, under our schema's id."""

    def make(jobcenter: str, source_id: str) -> Raw:
        schema, record = copy.deepcopy(avsc("vacancy")), _record(jobcenter, source_id)
        change({field["name"]: field for field in schema["fields"]} | {"": schema}, record)
        out = io.BytesIO()
        fastavro.schemaless_writer(out, fastavro.parse_schema(schema), record)
        return _raw(jobcenter, source_id, codec("vacancy").header + out.getvalue())

    return RecordFixture(number, what, "R", make, code)


def _put(name: str, kind: Any, value: Any) -> Callable[[Any, dict[str, Any]], None]:
    def change(fields: Any, record: dict[str, Any]) -> None:
        if name in fields:
            fields[name]["type"] = kind
            fields[name].pop("default", None)
        else:
            fields[""]["fields"].append({"name": name, "type": kind})
        record[name] = value

    return change


def _pay(fields: Any, record: dict[str, Any]) -> None:
    pay = next(kind for kind in fields["pay"]["type"] if kind != "null")
    minimum = next(field for field in pay["fields"] if field["name"] == "minimum")
    minimum["type"] = ["null", "bytes"]
    record["pay"] = {**record["pay"], "minimum": b"\x7f" * 12}


def _put_at(place: int, new: bytes) -> Spoil:
    return lambda value, status: value[: status + place] + new + value[status + place + 1 :]


def _varint(number: int) -> bytes:
    rest, out = number << 1, bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*out, rest])


_CUT = [
    _spoilt(52, "empty", "E606", lambda value, _: b""),
    _spoilt(52, "header only", "E602", lambda value, _: value[:5]),
    _spoilt(52, "cut in the middle", "E602", lambda value, _: value[: len(value) // 2]),
    _spoilt(52, "negative length", "E602", lambda value, _: value[:5] + b"\x01" + value[6:]),
    _spoilt(52, "length of 2^40", "E602", lambda value, _: value[:5] + _varint(1 << 40) + value[6:]),
]
_TRAILING = [
    _spoilt(53, "one byte", "E603", lambda value, _: value + b"\0"),
    _spoilt(53, "a second value", "E603", lambda value, _: value + value),
    _spoilt(53, "a kilobyte", "E603", lambda value, _: value + b"\0" * 1024),
]
_VALUES = [
    _spoilt(54, "text that is no UTF-8", "E602", lambda value, _: value.replace(b"Text ", b"T\xff\xfet ")),
    _spoilt(54, "symbol out of range", "E602", _put_at(0, b"\x28")),
    _spoilt(54, "negative symbol", "E603", _put_at(0, b"\x03")),
    _spoilt(54, "branch out of range", "E602", _put_at(1, b"\x0a")),
    _spoilt(54, "day after the end of time", "E602", lambda value, _: value.replace(_varint(_DAY), _varint(2**31 - 1))),
]
_NUMBERS = [
    _other_schema(55, "int beyond 32 bits", "E104", _put("openings", "long", 2**40)),
    _spoilt(55, "varint of twenty bytes", "E603", _put_at(-1, b"\x82" + b"\x80" * 18 + b"\0")),
    _other_schema(55, "boolean seven", "E602", _put("temporary_agency_work", "int", -4)),
    _other_schema(55, "decimal of 29 digits", "E603", _pay),
    _other_schema(55, "hours that are no number", "E104", _put("weekly_hours", ["null", "double"], float("nan"))),
]


def _of_another_event(name: str, what: str) -> RecordFixture:
    def make(jobcenter: str, source_id: str) -> Raw:
        record = PLAIN[name](jobcenter=jobcenter, source_id=source_id)  # type: ignore[index]
        return _raw(jobcenter, source_id, codec(name).encode(record))

    return RecordFixture(57, what, "R", make, "E607")


_WIRE = [
    _spoilt(57, "other first byte", "E601", lambda value, _: b"\1" + value[1:]),
    _spoilt(57, "id nobody gave", "E601", lambda value, _: b"\0\0\0\x27\x0f" + value[5:]),
    _spoilt(57, "JSON", "E601", lambda value, _: b'{"title": "Koch"}'),
    _of_another_event("measure", "a measure"),
    _of_another_event("placement", "a placement"),
    _spoilt(57, "a receipt", "E607", lambda value, _: codec("receipt").header + value[5:]),
]
_FUTURE = [
    _spoilt(58, "version that is not ours yet", "E601", lambda value, _: b"\0\0\0\0\x63" + value[5:] + b"\0"),
    _other_schema(58, "new field under the old id", "E603", _put("remote", ["null", "string"], "ja")),
    _spoilt(58, "new symbol under the old id", "E602", _put_at(0, b"\x06")),
    _other_schema(58, "changed type under the old id", "E602", _put("weekly_hours", ["null", "string"], "38,5")),
]


def _container(compression: str) -> RecordFixture:
    def make(jobcenter: str, source_id: str) -> Raw:
        out, schema = (
            io.BytesIO(),
            fastavro.parse_schema({"type": "record", "name": "B", "fields": [{"name": "b", "type": "bytes"}]}),
        )
        fastavro.writer(
            out, schema, [{"b": b"\0" * (20 << 20)}] if compression != "null" else [{"b": b"x"}], codec=compression
        )
        return _raw(jobcenter, source_id, out.getvalue())

    return RecordFixture(59, f"container, {compression}", "R", make, "E601")


def _sound_but(number: int, what: str, outcome: Any, code: str | None, **changes: Any) -> RecordFixture:
    def make(jobcenter: str, source_id: str) -> Raw:
        value = codec("vacancy").encode(_record(jobcenter, source_id))
        made = {name: change(jobcenter, source_id) if callable(change) else change for name, change in changes.items()}
        return _raw(jobcenter, source_id, made.pop("value", value), **made)

    return RecordFixture(number, what, outcome, make, code)


_CONTAINERS = [_container("deflate"), _container("bzip2"), _container("null")]
BAD_NAME = "\udcff\udcfe"
"""Name of a header that is not UTF-8 on the wire; a feeder writes it with surrogateescape."""
_SHAPES = [
    _sound_but(60, "no key", "R", "E521", key=None),
    _sound_but(60, "key that is no text", "R", "E521", key=b"\xff\xfe"),
    _sound_but(60, "key of another entity", "R", "E521", key=lambda jobcenter, _: f"{jobcenter}:other".encode()),
    _sound_but(60, "no value", "R", "E606", value=None),
    _sound_but(60, "header of 100 kB", "R", "E608", headers=[("x", b"x" * 100_000)]),
    _sound_but(60, "ten thousand headers", "R", "E608", headers=[("x", b"")] * 10_000),
    _sound_but(60, "header name that is no text", "R", "E608", headers=[(BAD_NAME, b"x")]),
    _spoilt(60, "more than 1 MiB", "E605", lambda value, _: value + b"\0" * (1 << 20)),
]
_TIMES = [
    _sound_but(61, "1970", "OK", None, timestamp_ms=1),
    _sound_but(61, "half an hour ahead", "OK", None, timestamp_ms=lambda *_: int(time.time() * 1000) + 1_800_000),
    _sound_but(61, "ten years ago", "OK", None, timestamp_ms=1_479_254_400_000),
]


def _claims(what: str, other: Callable[[str], str]) -> RecordFixture:
    def make(jobcenter: str, source_id: str) -> Raw:
        return _raw(jobcenter, source_id, codec("vacancy").encode(_record(other(jobcenter), source_id)))

    return RecordFixture(62, what, "R", make, "E520")


_IMPOSTORS = [
    _claims("another Jobcenter", lambda _: "borken"),
    _claims("in capitals", str.upper),
    _claims("with a letter more", lambda own: f"{own}x"),
]

FIXTURES = [*_CUT, *_TRAILING, *_VALUES, *_NUMBERS, *_WIRE, *_FUTURE, *_CONTAINERS, *_SHAPES, *_TIMES, *_IMPOSTORS]
