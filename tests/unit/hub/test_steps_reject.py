"""A rejected record carries why and whence, the original only sealed, and never client data."""

from __future__ import annotations

import datetime
import io
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.steps.batch import Fate, Settled
from hub.steps.reject import origin_of, readable, reject
from schemas.codec import codec
from schemas.codes import Finding
from schemas.envelope import Origin
from schemas.sealed import generate_keypair, open_sealed
from tests.support.events import vacancy
from tests.support.raw import NOW_MS, batch_of, headers_of, raw_of

ORIGIN = Origin("stellen/2026-11-22", "stellen.csv", 204)
PRIVATE, KEY = generate_keypair()


def _reject(value: bytes | None, keys: dict[str, bytes], key: bytes | None = b"borken:BOR-1") -> tuple[Any, Any]:
    batch = batch_of("vacancy", raw_of("vacancy", vacancy()), first=4711)
    row = reject(
        batch, batch.parts[0], value, Settled(4711, Fate.REJECTED, ORIGIN, key, Finding("E202", "pay.minimum")), keys
    )
    return row, codec("rejected").decode(row.value)


def test_it_says_why_and_whence() -> None:
    row, rejected = _reject(b"original", {})

    assert {
        "jobcenter": "borken",
        "event": "vacancy",
        "key": "borken:BOR-1",
        "code": "E202",
        "field": "pay.minimum",
        "origin_topic": "jobhub.raw.borken.vacancy.v1",
        "origin_partition": 2,
        "origin_offset": 4711,
        "delivery": "stellen/2026-11-22",
        "source_file": "stellen.csv",
        "source_line": 204,
        "sealed": None,
        "rejected_at": datetime.datetime.fromtimestamp(NOW_MS / 1000, datetime.UTC),
    } == rejected
    assert (row.key, row.timestamp_ms, row.headers) == (b"borken:BOR-1", NOW_MS, [])


TEXTS = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


@given(TEXTS, TEXTS, st.builds(Origin, TEXTS, TEXTS, st.none() | st.integers(0, 10**11)), st.integers(0, 2**62))
def test_put_together_by_hand_it_is_what_fastavro_writes(
    key: str | None, field: str | None, origin: Origin, offset: int
) -> None:
    batch = batch_of("vacancy", raw_of("vacancy", vacancy()))
    finding = Finding("E202", field)
    settled = Settled(offset, Fate.REJECTED, origin, key.encode() if key is not None else None, finding)
    row = reject(batch, batch.parts[0], b"original", settled, {"borken": KEY})
    assert row.value is not None
    told: Any = fastavro.schemaless_reader(io.BytesIO(row.value[5:]), codec("rejected").schema, None)

    assert row.value == codec("rejected").encode(told)
    assert (key, field, offset) == (told["key"], told["field"], told["origin_offset"])
    assert origin == Origin(told["delivery"], told["source_file"], told["source_line"])


def test_the_original_opens_with_the_jobcenters_key_and_is_not_to_be_read_otherwise() -> None:
    row, rejected = _reject(b"client 31102BG0012345", {"borken": KEY, "coesfeld": generate_keypair()[1]})

    assert open_sealed(PRIVATE, rejected["sealed"]["box"]) == b"client 31102BG0012345"
    assert b"31102BG0012345" not in row.value


@pytest.mark.parametrize("value", [None, b"", b"x" * (2 << 20)])
def test_what_is_absent_or_too_large_is_not_sealed(value: bytes | None) -> None:
    _, rejected = _reject(value, {"borken": KEY})

    assert rejected["sealed"] is None


@pytest.mark.parametrize(
    "key, expected",
    [
        (b"borken:BOR-1", b"borken:BOR-1"),
        (None, None),
        (b"\xff", None),
        (b"borken:31102BG0012345", None),
        (b"x" * 301, None),
    ],
)
def test_a_key_is_told_only_if_it_is_harmless_text(key: bytes | None, expected: bytes | None) -> None:
    assert expected == readable(key)


def test_a_file_name_with_client_data_is_not_told() -> None:
    headers = headers_of("vacancy", "k", delivery="stellen/1", file="31102BG0012345.csv", line=3)

    assert Origin("stellen/1", None, 3) == origin_of(headers)
