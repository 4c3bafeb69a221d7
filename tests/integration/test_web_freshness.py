"""When a job was last confirmed: told by the deliveries of its Jobcenter, and by nothing that is not whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from hub.store.tables import delivery
from tests.support.board_jobs import ALL
from tests.support.board_rows import fill, insert
from tests.support.web import board_app

pytestmark = pytest.mark.integration

_COUNTS = (
    "rows_read", "sent_new", "sent_changed", "sent_ended", "sent_other", "unchanged", "duplicate", "rejected", "held",
)  # fmt: skip


def _delivered(url: str, name: str, hour: int, **changes: Any) -> None:
    moment = datetime(2026, 11, 24, hour, 40, tzinfo=UTC)
    row = {
        "jobcenter": "borken", "delivery": name, "source": "stellen", "event": "vacancy", "file": "stellen.csv",
        "load": "FULL", "state": "COMPLETED", "complete": True, "begun_at": moment, "ended_at": moment,
        **dict.fromkeys(_COUNTS, 0), "rejected_by_code": {}, "findings": {}, "unmapped_columns": [],
        "fingerprint": b"", "reported_at": moment, "record_topic": "t", "record_partition": 0, "record_offset": 0,
        **changes,
    }  # fmt: skip
    with psycopg.connect(url, autocommit=True) as connection:
        insert(connection, delivery, row)


def _said(url: str) -> list[bool]:
    """Whether the page of a job says each of these."""
    with TestClient(board_app(url)) as client:
        page = client.get("/stellen/borken:T-2").text
    return [f"geprüft heute {clock}" in page for clock in ("07:40", "09:40")]


def test_a_whole_delivery_confirms_and_others_do_not(fresh_database: str) -> None:
    fill(fresh_database, *ALL)
    assert _said(fresh_database) == [False, False]

    _delivered(fresh_database, "first", 6)
    _delivered(fresh_database, "refused", 8, state="REFUSED")
    _delivered(fresh_database, "cut off", 8, complete=False)
    _delivered(fresh_database, "courses", 8, event="measure")
    _delivered(fresh_database, "elsewhere", 8, jobcenter="coesfeld")
    assert _said(fresh_database) == [True, False]

    _delivered(fresh_database, "second", 8)
    assert _said(fresh_database) == [False, True]


def test_of_two_sources_the_one_silent_for_longest_counts(fresh_database: str) -> None:
    fill(fresh_database, *ALL)
    _delivered(fresh_database, "first", 8)
    _delivered(fresh_database, "other", 6, source="weitere")

    assert _said(fresh_database) == [True, False]


def test_a_page_shows_without_it(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def forbidden(_: object) -> None:
        raise psycopg.errors.InsufficientPrivilege

    fill(fresh_database, *ALL)
    monkeypatch.setattr("hub.web.queries.Board.confirmed", forbidden)

    assert _said(fresh_database) == [False, False]
