"""Batches of some partitions, one transaction: positions, rows and accounts are all written, or none of them is.

One commit for what lies in all partitions at a moment: live, most of a transaction's cost is its being one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

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
class Batch:
    """What moves a partition from `ours.next_offset` to `to`."""

    ours: Claim
    reading: Reading
    to: int


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

    async def store(self, batches: Sequence[Batch]) -> list[Stored]:
        """Store batches of different partitions, and move their positions.

        Returns when it is done, exactly once, however often the database went away meanwhile.

        Raises:
            Fenced: a partition is not ours any more; nothing of the batches was written by us.
        """
        in_order = sorted(batches, key=lambda batch: (batch.ours.topic, batch.ours.partition))
        tried: list[dict[Claim, Stored]] = []

        async def once() -> dict[Claim, Stored]:
            # Whether an earlier commit of ours got through may be unknown: only the positions in the database tell.
            if tried and await self._arrived(in_order):
                return tried[-1]
            try:
                return await self._attempt(in_order, tried, singly=False)
            except _NOT_THE_DATA:
                raise
            except Exception:
                return await self._attempt(in_order, tried, singly=True)

        stored = await wait_for(once, DATABASE_AWAY, "E404", sink=in_order[0].ours.sink)
        return [stored[batch.ours] for batch in batches]

    async def _arrived(self, batches: Sequence[Batch]) -> bool:
        connection = await self.database.connection()
        return all([await progress.position(connection, batch.ours) == batch.to for batch in batches])

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
        self, batches: Sequence[Batch], tried: list[dict[Claim, Stored]], *, singly: bool
    ) -> dict[Claim, Stored]:
        connection = await self.database.connection()
        async with connection.transaction():
            for batch in batches:
                await progress.advance(connection, batch.ours, batch.to)
            written = await (self._write_singly if singly else self._write_together)(connection, batches)
            if self.database.sink.counts_origins:
                came = [record for batch in batches for record in batch.reading.came]
                await account.write_origins(connection, batches[0].ours.sink, came)
            tried.append({batch.ours: await _account_for(connection, batch, written[batch.ours]) for batch in batches})
        return tried[-1]

    async def _write_together(self, connection: AsyncConnection, batches: Sequence[Batch]) -> dict[Claim, _Written]:
        written: dict[Claim, _Written] = {}
        for table, some in self._by_table(batches):
            written |= await _write(connection, table, {batch.ours: batch.reading.items for batch in some})
        return written

    async def _write_singly(self, connection: AsyncConnection, batches: Sequence[Batch]) -> dict[Claim, _Written]:
        """Each record behind a savepoint: the one the database refuses is rejected, its neighbours are stored."""
        return {
            batch.ours: await _write_one_by_one(connection, table, batch)
            for table, some in self._by_table(batches)
            for batch in some
        }

    def _by_table(self, batches: Sequence[Batch]) -> list[tuple[TargetTable, list[Batch]]]:
        found: dict[TargetTable, list[Batch]] = {}
        for batch in batches:
            found.setdefault(self.database.table(batch.ours.topic), []).append(batch)
        return [*found.items()]


async def _account_for(connection: AsyncConnection, batch: Batch, written: _Written) -> Stored:
    came, noted = len(batch.reading.came), [*batch.reading.refused, *written.noted]
    await account.write_exceptions(connection, batch.ours, noted)
    applied = came - len(noted)
    full = await account.write_range(connection, batch.ours, batch.to, came, applied, written.inserted)
    return Stored(batch.ours.moved(batch.to, new_range=full), applied, noted)


async def _write(
    connection: AsyncConnection, table: TargetTable, items: Mapping[Claim, Sequence[Item]]
) -> dict[Claim, _Written]:
    """Write all partitions at once; one after the other if something is to be forgotten in between."""
    if any(item.forgets for some in items.values() for item in some):
        return {ours: await _write_in_turn(connection, table, ours, some) for ours, some in items.items()}
    return await _write_winners(connection, table, items)


async def _write_winners(
    connection: AsyncConnection, table: TargetTable, items: Mapping[Claim, Sequence[Item]]
) -> dict[Claim, _Written]:
    """The winners of all partitions; of one after the other if they share a key, which they should not."""
    keys = {ours: {item.key for item in some} for ours, some in items.items()}
    if sum(map(len, keys.values())) > len(set().union(*keys.values())):
        return {ours: await _write_alone(connection, table, ours, some) for ours, some in items.items()}
    known = await table.states(connection, [item.key for some in items.values() for item in some])
    verdicts = {ours: decide(some, known) for ours, some in items.items()}
    winners = {key: item for verdict in verdicts.values() for key, item in verdict.winners.items()}
    await table.write(connection, list(winners.values()), all_new=known.keys().isdisjoint(winners))
    return {
        ours: _Written(verdict.noted, sum(key not in known for key in verdict.winners))
        for ours, verdict in verdicts.items()
    }


async def _write_in_turn(
    connection: AsyncConnection, table: TargetTable, ours: Claim, items: Sequence[Item]
) -> _Written:
    """What the hub has forgotten is forgotten between what came before and what comes after."""
    noted: list[Noted] = []
    inserted = 0
    for forgets, run in groupby(items, lambda item: item.forgets):
        some = [*run]
        if forgets:
            done = await table.forget(connection, [item.key for item in some])
            # An end that was never seen here, in a database from too old a backup: the entity is taken away now.
            some = [item for item in some if item.key not in done]
        written = (await _write_winners(connection, table, {ours: some}))[ours]
        await table.empty_stage(connection)
        noted += written.noted
        inserted += written.inserted
    return _Written(noted, inserted)


async def _write_alone(connection: AsyncConnection, table: TargetTable, ours: Claim, items: Sequence[Item]) -> _Written:
    written = (await _write(connection, table, {ours: items}))[ours]
    await table.empty_stage(connection)
    return written


async def _write_one_by_one(connection: AsyncConnection, table: TargetTable, batch: Batch) -> _Written:
    noted: list[Noted] = []
    inserted = 0
    for item in batch.reading.items:
        try:
            async with connection.transaction():
                written = await _write_alone(connection, table, batch.ours, [item])
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
