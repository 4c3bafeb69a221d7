"""Events put together from one text are those written one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.event_wire import EventWire
from schemas.envelope import Origin, raw_headers
from schemas.wire import wire_of
from tests.support.outbox import OutboxRow

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


def headers(**changes: Any) -> Any:
    told = {"event_id": "", "key": "", "time": NOW, "ended": False, "origin": Origin("d", "100 %s.csv", 1)}
    return raw_headers(event="vacancy", source="/jobcenter/a/b%", traceparent="t", **{**told, **changes})


def test_an_event_lies_on_the_wire_with_its_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.event_wire.new_traceparent", lambda: "t")
    wire, later = EventWire(headers()), NOW + timedelta(hours=1)

    for key, time, line in (("a:1", NOW, 7), ('a:"%d\\', later, 8), ("a:ä" * 90, NOW, 9)):
        expected = headers(event_id=f"id {line}", key=key, time=time, origin=Origin("d", "100 %s.csv", line))
        made = wire(key.encode(), b"%b" * line * 30, f"id {line}", time, line)

        assert wire_of(key.encode(), b"%b" * line * 30, expected) == made
        row = OutboxRow(1, "t", made)
        assert (key.encode(), b"%b" * line * 30, expected) == (row.key, row.value, row.headers)


def test_one_without_a_line_has_no_header_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.event_wire.new_traceparent", lambda: "t")
    plain = headers(event_id="e", key="k", origin=Origin("d", "f"))

    assert wire_of(b"k", b"v", plain) == EventWire(headers(origin=Origin("d", "f")))(b"k", b"v", "e", NOW, None)
