"""What the ledger is told about a batch: one range, a row for each exception, and how much came from where."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from psycopg import AsyncConnection, sql

from hub.sinks.engine.decide import Noted
from hub.sinks.engine.progress import Claim
from hub.sinks.engine.read import Came
from hub.store.tables import REPORTING

RANGE_RECORDS_MAX = 10_000
"""A range row grows up to this many records, so that few rows tell of many batches."""

HISTORY_SECS = 6 * 86_400
"""Curated topics are compacted after 7 days at the earliest. A record older than this may have lost neighbours
before we read it, so counting starts anew behind it."""

_RANGE = sql.SQL(
    "INSERT INTO {0} AS open (sink, topic, partition, from_offset, to_offset, records, applied, inserted)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (sink, topic, partition, from_offset) DO UPDATE"
    " SET to_offset = excluded.to_offset, records = open.records + excluded.records,"
    " applied = open.applied + excluded.applied, inserted = open.inserted + excluded.inserted RETURNING records"
).format(sql.Identifier(REPORTING, "sink_range"))
_EXCEPTION = sql.SQL(
    "INSERT INTO {} (sink, topic, partition, record_offset, outcome, entity, code, records, noted_at)"
    " SELECT %s, %s, %s, *, now() FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[])"
).format(sql.Identifier(REPORTING, "sink_exception"))
_ORIGIN = sql.SQL(
    "INSERT INTO {} AS known (sink, raw_topic, raw_partition, records, from_raw_offset, last_raw_offset, total)"
    " SELECT %s, * FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])"
    " ON CONFLICT (sink, raw_topic, raw_partition) DO UPDATE SET"
    " records = CASE WHEN excluded.from_raw_offset > known.from_raw_offset THEN excluded.records"
    " ELSE known.records + excluded.records END,"
    " from_raw_offset = greatest(known.from_raw_offset, excluded.from_raw_offset),"
    " last_raw_offset = greatest(known.last_raw_offset, excluded.last_raw_offset),"
    " total = known.total + excluded.total"
).format(sql.Identifier(REPORTING, "sink_origin"))


@dataclass(slots=True)
class Tally:
    """Records of one raw partition in one batch. A removal is in `total` only: it stands for no public record."""

    records: int = 0
    from_raw_offset: int = 0
    last_raw_offset: int = -1
    total: int = 0


def tally(came: Iterable[Came], now: float) -> dict[tuple[str, int], Tally]:
    """What came from which raw partition. Records without coordinates are counted under the topic ""."""
    counted: dict[tuple[str, int], Tally] = {}
    for record in came:
        origin = record.origin
        here = counted.setdefault((origin.topic, origin.partition) if origin is not None else ("", 0), Tally())
        here.total += 1
        if origin is None or record.removal:
            continue
        here.last_raw_offset = max(here.last_raw_offset, origin.offset)
        if now - record.timestamp / 1000 > HISTORY_SECS:
            here.records, here.from_raw_offset = 0, origin.offset + 1
        else:
            here.records += 1
    return counted


async def write_range(
    connection: AsyncConnection, ours: Claim, to: int, records: int, applied: int, inserted: int = 0
) -> bool:
    """Add [next_offset, to) to the open range. True: it is full, the next batch opens another."""
    place = (ours.sink, ours.topic, ours.partition, ours.range_from)
    row = await (await connection.execute(_RANGE, (*place, to, records, applied, inserted))).fetchone()
    return row is not None and row[0] >= RANGE_RECORDS_MAX


async def write_exceptions(
    connection: AsyncConnection, ours: Claim, noted: Sequence[Noted], records_each: int = 1
) -> None:
    """One row for each record that was not simply applied."""
    if noted:
        columns = [
            [entry.offset for entry in noted],
            [entry.outcome.name for entry in noted],
            [entry.entity for entry in noted],
            [entry.code for entry in noted],
            [records_each] * len(noted),
        ]
        await connection.execute(_EXCEPTION, (ours.sink, ours.topic, ours.partition, *columns))


async def write_origins(connection: AsyncConnection, sink: str, came: Sequence[Came]) -> None:
    """Add to what came through of each raw partition."""
    counted = tally(came, time.time())
    if counted:
        rows = [
            (topic, partition, of.records, of.from_raw_offset, of.last_raw_offset, of.total)
            for (topic, partition), of in counted.items()
        ]
        await connection.execute(_ORIGIN, (sink, *[list(column) for column in zip(*rows, strict=True)]))
