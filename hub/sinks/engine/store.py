"""One batch, one transaction: position, rows and account are all written, or none of them is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import AsyncConnection

from hub.sinks.engine import account, progress
from hub.sinks.engine.database import Database
from hub.sinks.engine.decide import Noted, Outcome, decide
from hub.sinks.engine.patience import DATABASE_AWAY, wait_for
from hub.sinks.engine.progress import Claim, Fenced
from hub.sinks.engine.read import INTERNAL_ERROR, Reading
from hub.sinks.engine.table import TargetTable
from hub.sinks.engine.target import Item

BREAKS_RULES = "E604"

# The database is away, the partition is not ours, or the mistake is our own (a missing table): no record is to blame.
_NOT_THE_DATA = (
    *DATABASE_AWAY,
    Fenced,
    psycopg.ProgrammingError,
    psycopg.NotSupportedError,
    psycopg.InternalError,
)


@dataclass(frozen=True, slots=True)
class Stored:
    """The position after a batch, and what became of its records."""

    claim: Claim
    applied: int
    noted: Sequence[Noted]


@dataclass(frozen=True, slots=True)
class _Written:
    """Records that were not simply applied, and how many rows there are that were not there before."""

    noted: Sequence[Noted] = ()
    inserted: int = 0


class Store:
    """Writes the batches of one sink over one connection."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def store(self, ours: Claim, reading: Reading, to: int) -> Stored:
        """Store a batch and move the position from `ours.next_offset` to `to`.

        Returns when it is done, exactly once, however often the database went away meanwhile.

        Raises:
            Fenced: the partition is not ours any more; nothing of the batch was written by us.
        """
        table = self.database.table(ours.topic)
        tried: list[Stored] = []

        async def once() -> Stored:
            # Whether an earlier commit of ours got through may be unknown: only the position in the database tells.
            if tried and await progress.position(await self.database.connection(), ours) == to:
                return tried[-1]
            try:
                return await self._attempt(ours, table, reading, to, tried, singly=False)
            except _NOT_THE_DATA:
                raise
            except Exception:
                return await self._attempt(ours, table, reading, to, tried, singly=True)

        return await wait_for(once, DATABASE_AWAY, "E404", sink=ours.sink)

    async def expire(self, ours: Claim, beginning: int) -> Claim:
        """Go on at the log's beginning, and tell how many offsets were deleted before we read them."""
        lost = beginning - ours.next_offset

        async def write(connection: AsyncConnection) -> Claim:
            async with connection.transaction():
                await progress.advance(connection, ours, beginning)
                noted = Noted(ours.next_offset, Outcome.EXPIRED_UNREAD, None)
                await account.write_exceptions(connection, ours, [noted], lost)
                await account.write_range(connection, ours, beginning, lost, 0)
            return ours.moved(beginning, new_range=True)

        return await self.database.ask(write)

    async def _attempt(
        self, ours: Claim, table: TargetTable, reading: Reading, to: int, tried: list[Stored], *, singly: bool
    ) -> Stored:
        connection = await self.database.connection()
        async with connection.transaction():
            await progress.advance(connection, ours, to)
            write = self._write_singly if singly else self._write_together
            written = await write(connection, table, reading.items)
            noted = [*reading.refused, *written.noted]
            applied = len(reading.came) - len(noted)
            await account.write_exceptions(connection, ours, noted)
            if self.database.sink.counts_origins:
                await account.write_origins(connection, ours.sink, reading.came)
            full = await account.write_range(connection, ours, to, len(reading.came), applied, written.inserted)
            tried.append(Stored(ours.moved(to, new_range=full), applied, noted))
        return tried[-1]

    async def _write_together(self, connection: AsyncConnection, table: TargetTable, items: Sequence[Item]) -> _Written:
        if not items:
            return _Written()
        known = await table.states(connection, [item.key for item in items])
        verdict = decide(items, known)
        await table.write(connection, list(verdict.winners.values()), all_new=known.keys().isdisjoint(verdict.winners))
        return _Written(verdict.noted, sum(key not in known for key in verdict.winners))

    async def _write_singly(self, connection: AsyncConnection, table: TargetTable, items: Sequence[Item]) -> _Written:
        """Each record behind a savepoint: the one the database refuses is rejected, its neighbours are stored."""
        noted: list[Noted] = []
        inserted = 0
        for item in items:
            try:
                async with connection.transaction():
                    written = await self._write_together(connection, table, [item])
                    await table.empty_stage(connection)
            except _NOT_THE_DATA:
                raise
            except Exception as error:
                # Data that PostgreSQL refuses, or that cannot be put into its binary form at all.
                code = BREAKS_RULES if isinstance(error, psycopg.DataError) else INTERNAL_ERROR
                noted.append(Noted(item.offset, Outcome.REJECTED, None, code))
            else:
                noted += written.noted
                inserted += written.inserted
        return _Written(noted, inserted)
