"""What the web asks the database, and the pool it asks through."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, LiteralString
from weakref import WeakKeyDictionary

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composable, Identifier
from psycopg_pool import AsyncConnectionPool

from hub.search import cards, jobs, measures
from hub.search.conditions import OPEN
from hub.search.counts import Counted
from hub.search.jobs import Found
from hub.search.measures import MeasureQuery
from hub.search.moment import moment_of
from hub.search.query import JobQuery
from hub.web.broad import BroadSearches
from hub.web.freshness import CONFIRMED, Confirmations, Confirmed
from hub.web.remembered import Answers

Row = dict[str, Any]

_JOB: LiteralString = f"""
SELECT job.*, doc.description, doc.street, doc.contact, doc.external_references, {cards.ALSO_REPORTED}, {cards.LEAD}
FROM board.job AS job LEFT JOIN board.job_doc AS doc USING (entity) WHERE entity = %s
"""  # noqa: S608 - all of it is written in our code
_OPEN: Mapping[str, Composable] = {
    "job": SQL("{} AND {}").format(SQL(OPEN), SQL(cards.LEADS)),
    "measure": measures.OPEN,
}
_OPEN_TOTAL = SQL("SELECT count(*), max(changed_at) FROM {} WHERE {}")
_OPEN_KEYS = SQL("SELECT entity, changed_at FROM {} WHERE {} ORDER BY entity LIMIT %(most)s OFFSET %(first)s")
_JOBS = _JOB.replace("= %s", "= ANY(%s)")
_PROGRESS = "SELECT count(*), max(updated_at) FROM reporting.sink_progress WHERE sink = 'board'"


class _Check:
    """Asks a connection whether it still answers, unless it did a moment ago: a search needs no second way there."""

    SECS = 1.0

    def __init__(self) -> None:
        self._answered: WeakKeyDictionary[AsyncConnection[Any], float] = WeakKeyDictionary()

    async def __call__(self, connection: AsyncConnection[Any]) -> None:
        if time.monotonic() - self._answered.get(connection, -math.inf) > self.SECS:
            await AsyncConnectionPool.check_connection(connection)
            self._answered[connection] = time.monotonic()


def open_pool(
    database_url: str, connected: Callable[[], None] = lambda: None
) -> AsyncConnectionPool[AsyncConnection[Any]]:
    """A pool that connects when it is opened, not now; the web starts also while the database is away.

    `connected` is called for each new connection, before anybody asks through it.
    """

    async def configure(connection: AsyncConnection[Any]) -> None:
        await connection.execute(jobs.SESSION)
        connected()

    return AsyncConnectionPool(
        database_url,
        min_size=1,
        max_size=8,
        timeout=5,
        open=False,
        configure=configure,
        check=_Check(),
        kwargs={"autocommit": True},
    )


@dataclass
class Board:
    """The board as the web sees it: a pool, the day it lives on, and the participants' names."""

    pool: AsyncConnectionPool[AsyncConnection[Any]]
    today: Callable[[], date]
    jobcenters: Mapping[str, str]
    broad: BroadSearches = field(default_factory=BroadSearches)
    confirmations: Confirmations = field(default_factory=Confirmations)
    answers: Answers = field(default_factory=Answers)

    async def find(self, query: JobQuery) -> Found:
        """Total, facets and one page."""
        asked_on = (query, self.today())
        if asked_on in self.answers and (found := self.answers.at(asked_on, await self._moment())):
            return found
        found = await self._find(query, asked_on[1])
        self.answers.keep(asked_on, replace(found, counted=None))
        return found

    async def _moment(self) -> str | None:
        async with self.pool.connection() as connection:
            return await moment_of(connection)

    async def _find(self, query: JobQuery, today: date) -> Found:
        base = (query.base, today)

        async def ask() -> Found:
            known = self.broad.known(base)
            if known is None and self.broad.was_broad(base):
                # One counts for all who ask meanwhile, whatever their filters.
                known = await self.broad.once(("count", base), count)
            return await answer(query, known)

        async def count() -> Counted | None:
            return (await answer(query.base.but(size=0), None)).counted

        async def answer(asked: JobQuery, known: Counted | None) -> Found:
            async with self.pool.connection() as connection:
                found = await jobs.find(connection, asked, today, known)
            self.broad.keep(base, found.counted)
            return found

        return await self.broad.once((query, today), ask)

    async def count(self, query: JobQuery) -> int:
        """How many jobs a search has."""
        async with self.pool.connection() as connection:
            return await jobs.count(connection, query, self.today())

    async def job(self, entity: str) -> Row | None:
        """A job in whatever state, or None if it never was on the board."""
        return await self._one(_JOB, entity)

    async def measures(self, query: MeasureQuery) -> tuple[int, list[Row]]:
        """How many measures there are, and one page."""
        async with self.pool.connection() as connection:
            return await measures.find_measures(connection, query, self.today())

    async def measure(self, entity: str) -> Row | None:
        """A measure in whatever state."""
        return await self._one("SELECT * FROM board.measure WHERE entity = %s", entity)

    async def open_total(self, table: str) -> tuple[int, datetime | None]:
        """How many entries of a table ("job", "measure") are open, and when the last of them changed."""
        [(total, newest)] = await self._open(_OPEN_TOTAL, table)
        return int(total), newest

    async def open_keys(self, table: str, most: int, first: int) -> list[tuple[str, datetime]]:
        """Keys of open entries, of jobs only those that lead their card, and when they changed, for the sitemap."""
        return await self._open(_OPEN_KEYS, table, most=most, first=first)

    async def _open(self, statement: SQL, table: str, **values: int) -> list[Any]:
        asked = statement.format(Identifier("board", table), _OPEN[table])
        async with self.pool.connection() as connection:
            return await (await connection.execute(asked, {"today": self.today(), **values})).fetchall()

    async def confirmed(self) -> Confirmed:
        """When each Jobcenter last said what is open."""

        async def ask() -> Confirmed:
            async with self.pool.connection(timeout=2) as connection:
                return dict(await (await connection.execute(CONFIRMED)).fetchall())

        return await self.confirmations.get(ask)

    async def jobs(self, entities: Sequence[str]) -> list[Row | None]:
        """Several jobs in whatever state, in the order asked; None for one that never was on the board."""
        asked = [entity for entity in entities if "\x00" not in entity]
        async with self.pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(_JOBS, (asked,))
            found = {row["entity"]: row for row in await cursor.fetchall()}
        return [found.get(entity) for entity in entities]

    async def progress(self) -> tuple[int, Any]:
        """How many partitions the board's sink has worked on, and when it last did."""
        async with self.pool.connection(timeout=2) as connection:
            row = await (await connection.execute(_PROGRESS)).fetchone()
        return (int(row[0]), row[1]) if row else (0, None)

    def job_is_over(self, row: Row) -> bool:
        """Whether a job has ended, left the board, or passed its last day."""
        until = row["published_until"]
        return bool(row["ended"] or row["removed"] or (until is not None and until < self.today()))

    def measure_is_over(self, row: Row) -> bool:
        """Whether a measure has ended or passed its last day."""
        return bool(row["ended"] or row["removed"] or (row["end_on"] is not None and row["end_on"] < self.today()))

    async def _one(self, statement: LiteralString, entity: str) -> Row | None:
        if "\x00" in entity:
            return None  # no key has one, and PostgreSQL takes none
        async with self.pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(statement, (entity,))
            return await cursor.fetchone()
