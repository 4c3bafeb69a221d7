"""Headers put together from one text are those written one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.header_text import HeaderText
from connectors.state import dump_headers, load_headers
from schemas.envelope import Origin, raw_headers

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


def headers(**changes: Any) -> Any:
    told = {"event_id": "", "key": "", "time": NOW, "ended": False, "origin": Origin("d", "100 %s.csv", 1)}
    return raw_headers(event="vacancy", source="/jobcenter/a/b%", traceparent="t", **{**told, **changes})


def test_the_text_is_that_of_the_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.header_text.new_traceparent", lambda: "t")
    text, later = HeaderText(headers()), NOW + timedelta(hours=1)

    for key, time, line in (("a:1", NOW, 7), ('a:"%d\\', later, 8), ("a:ä", NOW, 9)):
        expected = headers(event_id=f"id {line}", key=key, time=time, origin=Origin("d", "100 %s.csv", line))
        assert dump_headers(expected) == text(f"id {line}", time, key, line)


ODD = [
    "",
    "a",
    'quo"te',
    "back\\slash",
    '"',
    "\\",
    '","',
    "[",
    "],[",
    "line\nfeed\ttab\x00\x7f",
    "äöüß €",
    "🙂\u2028",
    "%s",
]


def test_headers_come_back_byte_for_byte() -> None:
    plain = [text for text in ODD if text.isprintable() and not set(text) & {'"', "\\"}]
    for some in (ODD, plain):
        headers = [(name, value.encode()) for name in some for value in some]
        assert headers == load_headers(dump_headers(headers))
        for header in headers:
            assert [header] == load_headers(dump_headers([header]))
    assert [] == load_headers("[]")
