"""Events put together when they are sent are those written header by header, and always the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors import event_wire
from connectors.compare import Outcome
from connectors.event_wire import EventWire, Head
from connectors.events import Contents, Traces, ms_of
from schemas.envelope import Headers, Origin, event_traceparent, raw_headers
from schemas.identity import event_id
from schemas.wire import wire_of
from tests.support.outbox import OutboxRow

NOW = datetime(2026, 11, 25, 10, 0, 0, 123456, tzinfo=UTC)
HEAD = Head("a", "vacancy", 3, "b%", "d", "100 %s ä.csv", "0102")
KEYS = ["1", '"%d\\', "ä" * 90, "2", "3"]
HASHES = [f"{number:032x}" for number in (1, 2 << 70, 3, 5, 7 << 100)]
LINES = [7, 0, 9, 0, 20_001]
ENDED = [False, False, False, True, True]
TIMES = [NOW, NOW, NOW + timedelta(hours=1), datetime(1969, 1, 1, tzinfo=UTC), NOW]
BODIES = [b"%b" * size for size in (1, 30, 70, 900, 0)]
VERSIONS = [1, 1, 7, 2**62, 1]


def events() -> tuple[Contents, Traces]:
    contents = Contents(list(KEYS), list(HASHES), list(BODIES), [ms_of(time) for time in TIMES], list(ENDED))
    return contents, Traces([Outcome.NEW] * 5, list(LINES), list(VERSIONS), [0] * 5)


def headers_one_by_one(at: int) -> Headers:
    id_ = event_id("a", "vacancy", KEYS[at], 3, VERSIONS[at], HASHES[at])
    return raw_headers(
        event="vacancy",
        event_id=id_,
        key=f"a:{KEYS[at]}",
        source="/jobcenter/a/b%",
        time=TIMES[at],
        ended=ENDED[at],
        origin=Origin("d", "100 %s ä.csv", LINES[at] or None),
        traceparent=event_traceparent(id_, HASHES[at]),
    )


def wires() -> list[bytes]:
    writer, (contents, traces) = EventWire(Head.read(HEAD.stored())), events()
    return writer.wires(writer.keys(contents), contents, traces)


def test_events_lie_on_the_wire_with_their_headers_whatever_stands_beside_them() -> None:
    for at, made in enumerate(wires()):
        key, value = f"a:{KEYS[at]}".encode(), b"\1\2" + BODIES[at]

        assert wire_of(key, value, headers_one_by_one(at)) == made
        row = OutboxRow(1, "t", made)
        assert (key, value, headers_one_by_one(at)) == (row.key, row.value, row.headers)


def test_an_event_is_the_same_whenever_it_is_sent() -> None:
    assert wires() == wires()


def test_an_event_with_something_drawn_by_lot_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(range(100))
    monkeypatch.setattr(event_wire, "event_traceparent", lambda id_, hash_: f"{next(drawn):055}")

    assert wires() != wires()


def test_what_is_stored_of_events_comes_back() -> None:
    contents, traces = events()

    assert contents == Contents.read(contents.stored(), 5)
    assert traces == Traces.read(traces.stored(), 5)
    told: Any = [Traces.one(traces.stored(), 5, at) for at in range(5)]
    assert list(zip(traces.outcomes, traces.lines, traces.versions, traces.previous, strict=True)) == told
