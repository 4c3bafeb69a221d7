"""What has passed its deadline is gone from the database; what has not, and every skeleton, stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import psycopg
import pytest

from hub.beside import deadlines
from hub.sinks import board, reporting
from hub.sinks.engine import progress
from hub.sinks.engine.database import Database
from hub.sinks.engine.read import read
from hub.sinks.engine.store import Batch, Store
from hub.sinks.engine.target import Sink
from hub.store import row_counts
from hub.store.migrate import upgrade
from schemas import topics
from schemas.codec import codec
from schemas.topics import Event
from tests.support.events import ended, placement, vacancy
from tests.support.sink_log import Curated, headers

pytestmark = pytest.mark.integration

TODAY = date(2027, 6, 30)
JOBCENTER = "erprobung"
LONG_AGO, JUST_NOW = date(2026, 12, 29), date(2026, 12, 30)


def _curated(offset: int, event: Event, topic: str, record: dict[str, Any]) -> Curated:
    key = f"{JOBCENTER}:{record['source_id']}".encode()
    return Curated(codec(event).encode(record), key, offset, topic=topic, headers=headers(JOBCENTER, offset))


async def _stored(database_url: str, name: str, sink: Sink, log: list[Curated]) -> None:
    store, topic = Store(Database(database_url, name, sink)), log[0].topic
    try:
        ours = (await progress.claim(await store.database.connection(), name, {(topic, 0): 0}))[topic, 0]
        await store.store([Batch(ours, await read(sink.target(topic), log), len(log))])
    finally:
        await store.database.close()


@pytest.fixture
async def connection(fresh_database: str) -> AsyncIterator[psycopg.AsyncConnection]:
    """A database the sinks filled: vacancies open, ended long ago and just now; placements of three months."""
    upgrade(fresh_database)
    open_one = vacancy(jobcenter=JOBCENTER, source_id="open")
    vacancies = [
        open_one,
        *(ended({**open_one, "source_id": day.isoformat()}, on=day) for day in (LONG_AGO, JUST_NOW)),
    ]
    months = [
        placement(jobcenter=JOBCENTER, source_id=month, month=month) for month in ("2025-05", "2025-06", "2027-05")
    ]
    public, inside = topics.curated("vacancy"), topics.INTERNAL_VACANCY
    deliveries: list[tuple[str, Sink, Event, str, list[dict[str, Any]]]] = [
        ("board", board.SINK, "vacancy", public, vacancies),
        ("reporting", reporting.SINK, "vacancy", inside, vacancies),
        ("reporting", reporting.SINK, "placement", topics.curated("placement"), months),
    ]
    for name, sink, event, topic, records in deliveries:
        log = [_curated(offset, event, topic, record) for offset, record in enumerate(records)]
        await _stored(fresh_database, name, sink, log)
    async with await psycopg.AsyncConnection.connect(fresh_database, autocommit=True) as connection:
        yield connection


async def _named(connection: psycopg.AsyncConnection, table: str, column: str) -> set[str]:
    """Identifiers of rows in which a column still says something."""
    found = await connection.execute(f"SELECT source_id FROM {table} WHERE {column} IS NOT NULL")
    return {row[0] for row in await found.fetchall()}


async def test_what_is_due_is_forgotten_and_nothing_else(connection: psycopg.AsyncConnection) -> None:
    assert await deadlines.forget(connection, TODAY) == 3

    kept = {"open", JUST_NOW.isoformat()}
    assert await _named(connection, "board.job", "title") == kept
    assert await _named(connection, "board.job", "title_sort") == kept
    assert await _named(connection, "reporting.vacancy", "title") == kept
    for column in ("month", "placement_type", "kldb3", "kreis"):
        assert await _named(connection, "reporting.placement", column) == {"2025-06", "2027-05"}
    assert await deadlines.forget(connection, TODAY) == 0


async def test_a_skeleton_stays_and_the_account_still_holds(connection: psycopg.AsyncConnection) -> None:
    before = await row_counts.differences(connection)
    await deadlines.forget(connection, date(2040, 1, 1))

    assert await row_counts.differences(connection) == before
    found = await connection.execute(
        "SELECT source_id, version, ended FROM reporting.vacancy ORDER BY version, source_id"
    )
    assert await found.fetchall() == [
        ("open", 1, False),
        (LONG_AGO.isoformat(), 2, True),
        (JUST_NOW.isoformat(), 2, True),
    ]
    assert await _named(connection, "reporting.vacancy", "title") == {"open"}
