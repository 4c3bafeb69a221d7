"""Headers: CloudEvents 1.0 in binary mode, W3C trace context, and the way back to the raw record."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.envelope import (
    Coordinates,
    Headers,
    Origin,
    curated_headers,
    event_traceparent,
    new_traceparent,
    raw_headers,
    read_coordinates,
    read_origin,
)
from schemas.identity import event_id
from schemas.topics import EVENTS

TIME = datetime(2026, 11, 25, 7, 30, 0, 123_999, tzinfo=timezone(timedelta(hours=1)))


def raw(**changes: Any) -> Headers:
    """Headers of a vacancy."""
    values: dict[str, Any] = {
        "event": "vacancy",
        "event_id": event_id("borken", "vacancy", "BOR-1", 0, 1, "00"),
        "key": "borken:BOR-1",
        "source": "/jobcenter/borken/stellen",
        "time": TIME,
        "ended": False,
        "origin": Origin("stellen/2026-11-22", "stellen.csv", 204),
        "traceparent": new_traceparent(),
    }
    return raw_headers(**{**values, **changes})


def texts(headers: Headers) -> dict[str, str]:
    """Headers as text; fails where a name occurs twice."""
    assert len(headers) == len(dict(headers))
    return {name: value.decode("utf-8") for name, value in headers}


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("ended", [False, True])
def test_an_event_is_a_cloud_event(event: str, ended: bool) -> None:
    headers = texts(raw(event=event, ended=ended))

    assert "1.0" == headers["ce_specversion"]
    assert f"de.muensterland.jobcenter.{event}.{'ended' if ended else 'reported'}.v1" == headers["ce_type"]
    assert re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", headers["ce_source"])  # a URI reference
    assert "borken:BOR-1" == headers["ce_subject"]
    assert "application/vnd.confluent.avro" == headers["content-type"]
    # Attribute names are lower-case letters and digits; required ones are not empty.
    assert all(re.fullmatch(r"[a-z0-9]{1,20}", name[3:]) for name in headers if name.startswith("ce_"))
    assert all(headers.values())


def test_time_is_rfc_3339_in_utc_and_to_the_millisecond() -> None:
    assert "2026-11-25T06:30:00.123Z" == texts(raw())["ce_time"]


def test_a_trace_context_is_w3c_and_fresh() -> None:
    one, other = new_traceparent(), new_traceparent()

    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", one)
    assert one != other


@given(st.uuids(), st.binary(min_size=16, max_size=16) | st.just(bytes(16)))
def test_the_trace_context_of_an_event_is_w3c_and_follows_from_id_and_content(id_: UUID, fingerprint: bytes) -> None:
    told = event_traceparent(str(id_), fingerprint.hex())

    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", told)
    assert id_.hex == told[3:35]
    assert told[36:52] == fingerprint[:8].hex() or (not any(fingerprint[:8]) and int(told[36:52], 16) == 1)


_ORIGINS = st.builds(
    Origin,
    delivery=st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60),
    file=st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60),
    line=st.none() | st.integers(1, 10**10),
)


@given(_ORIGINS)
def test_an_origin_comes_back(origin: Origin) -> None:
    assert origin == read_origin(raw(origin=origin))


@given(_ORIGINS, st.integers(0, 999), st.integers(0, 2**63 - 1))
def test_coordinates_come_back_and_the_place_inside_the_jobcenter_does_not(
    origin: Origin, partition: int, offset: int
) -> None:
    place = Coordinates("jobhub.raw.borken.vacancy.v1", partition, offset)
    before = raw(origin=origin)
    curated = curated_headers(before, place)

    assert place == read_coordinates(curated)
    assert Origin() == read_origin(curated)
    assert [header for header in before if header[0].startswith(("ce_", "content", "trace"))] == curated[:-3]


def test_coordinates_a_connector_claims_are_not_believed() -> None:
    claimed = [*raw(), ("jobhub_origin_topic", b"jobhub.raw.coesfeld.vacancy.v1"), ("jobhub_origin_offset", b"1")]
    place = Coordinates("jobhub.raw.borken.vacancy.v1", 2, 4711)

    assert place == read_coordinates(curated_headers(claimed, place))
    assert texts(curated_headers(claimed, place))


@pytest.mark.parametrize("name", ["jobhub_origin_topic", "jobhub_origin_partition", "jobhub_origin_offset"])
@pytest.mark.parametrize("damage", [None, b"\xff", b""])
def test_damaged_coordinates_are_none(name: str, damage: bytes | None) -> None:
    headers = dict(curated_headers(raw(), Coordinates("jobhub.raw.borken.vacancy.v1", 0, 0)))
    del headers[name]
    if damage is not None:
        headers[name] = damage
    empty_topic = name == "jobhub_origin_topic" and damage == b""

    assert (read_coordinates(headers.items()) is None) is not empty_topic


@pytest.mark.parametrize("line", [b"", b"-1", b"1.5", b"x", b"9" * 12, b"\xff"])
def test_an_unreadable_line_is_none(line: bytes) -> None:
    assert Origin() == read_origin([("jobhub_line", line)])


def test_an_unreadable_file_name_is_none_and_a_long_one_is_cut() -> None:
    assert Origin() == read_origin([("jobhub_file", b"\xff\xfe")])
    assert 300 == len(read_origin([("jobhub_file", b"a" * 999)]).file or "")
