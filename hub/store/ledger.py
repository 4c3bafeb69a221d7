"""The ledger: every raw offset has exactly one outcome, and what was applied is where it belongs.

Read from the hub's receipts and from what the sinks counted themselves, so the two sides share no code. A side that
has not come as far yet is not compared: lag is not loss. `unaccounted` is 0, always.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from psycopg import AsyncConnection

from hub.store.row_counts import differences
from hub.store.tail import Reached, missing_at_the_end
from schemas.topics import parse_raw


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One raw partition, by its receipts: offsets from `first` up to `next` (not included)."""

    jobcenter: str
    event: str
    partition: int
    first: int
    next: int
    applied: int
    duplicate: int
    stale: int
    conflict: int
    rejected: int
    expired_unread: int
    gaps: int
    """Offsets without an outcome, or with two."""
    missing_in_reporting: int
    """Applied by the receipts and not seen by the sink; negative: seen too often."""
    missing_on_board: int

    @property
    def unaccounted(self) -> int:
        """Everything that does not add up, whatever its sign."""
        return self.gaps + abs(self.missing_in_reporting) + abs(self.missing_on_board)


@dataclass(frozen=True, slots=True)
class SinkRow:
    """What does not add up in a sink's own account: of a topic's partition, of all it read (topic ""), of a table."""

    sink: str
    topic: str
    partition: int
    unaccounted: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """All raw partitions, and the sinks whose own accounts do not add up."""

    rows: list[LedgerRow]
    sinks: list[SinkRow]

    @property
    def unaccounted(self) -> int:
        """Records without an outcome, or with two: 0, always."""
        return sum(row.unaccounted for row in self.rows) + sum(row.unaccounted for row in self.sinks)


@dataclass(slots=True)
class Totals:
    """Outcomes of one Jobcenter's records of one kind, since receipts are kept."""

    new: int = 0
    changed: int = 0
    ended: int = 0
    duplicate: int = 0
    stale: int = 0
    conflict: int = 0
    rejected: int = 0
    rejected_by_code: dict[str, int] = field(default_factory=dict)
    expired_unread: int = 0


_NOT_APPLIED = ("duplicate", "stale", "conflict", "rejected", "expired_unread")

# `hole`: offsets between two receipts; negative where they overlap. `expected`: offsets of receipts between the
# origin's first and last offset, without those whose exception says that nothing came of them at this sink.
_ROWS = """
WITH ranges AS (
    SELECT *, first_offset - lag(last_offset, 1, first_offset - 1) OVER part - 1 AS hole
    FROM reporting.receipt
    WINDOW part AS (PARTITION BY topic, partition ORDER BY first_offset)
), covered AS (
    SELECT topic, partition, min(jobcenter) AS jobcenter, min(event) AS event, min(first_offset) AS first,
        max(last_offset) + 1 AS next, sum(last_offset - first_offset + 1) AS offsets,
        sum(new + changed + ended) AS applied, sum(abs(hole)) AS holes
    FROM ranges GROUP BY topic, partition
), excepted AS (
    SELECT topic, partition,
        count(*) FILTER (WHERE outcome = 'DUPLICATE') AS duplicate,
        count(*) FILTER (WHERE outcome = 'STALE') AS stale,
        count(*) FILTER (WHERE outcome = 'CONFLICT') AS conflict,
        count(*) FILTER (WHERE outcome = 'REJECTED') AS rejected,
        count(*) FILTER (WHERE outcome = 'EXPIRED_UNREAD') AS expired_unread
    FROM reporting.receipt_exception GROUP BY topic, partition
), compared AS (
    SELECT o.sink, o.raw_topic AS topic, o.raw_partition AS partition,
        (SELECT coalesce(
                sum(least(r.last_offset, o.last_raw_offset) - greatest(r.first_offset, o.from_raw_offset) + 1), 0)
            FROM reporting.receipt r WHERE r.topic = o.raw_topic AND r.partition = o.raw_partition
            AND r.first_offset <= o.last_raw_offset AND r.last_offset >= o.from_raw_offset)
        - (SELECT count(*) FROM reporting.receipt_exception e
            WHERE e.topic = o.raw_topic AND e.partition = o.raw_partition
            AND e.raw_offset BETWEEN o.from_raw_offset AND o.last_raw_offset
            AND (o.sink = 'board' OR e.outcome <> 'APPLIED_NOT_PUBLIC'))
        - o.records AS missing
    FROM reporting.sink_origin o
    JOIN covered c ON c.topic = o.raw_topic AND c.partition = o.raw_partition AND c.next > o.last_raw_offset
), counted AS (
    SELECT c.*, coalesce(duplicate, 0) AS duplicate, coalesce(stale, 0) AS stale, coalesce(conflict, 0) AS conflict,
        coalesce(rejected, 0) AS rejected, coalesce(expired_unread, 0) AS expired_unread
    FROM covered c LEFT JOIN excepted USING (topic, partition)
)
SELECT c.jobcenter, c.event, c.partition, c.first, c.next, c.applied,
    c.duplicate, c.stale, c.conflict, c.rejected, c.expired_unread,
    c.holes + abs(c.offsets - c.applied - c.duplicate - c.stale - c.conflict - c.rejected - c.expired_unread),
    coalesce(r.missing, 0), coalesce(b.missing, 0)
FROM counted c
LEFT JOIN compared r ON r.sink = 'reporting' AND r.topic = c.topic AND r.partition = c.partition
LEFT JOIN compared b ON b.sink = 'board' AND b.topic = c.topic AND b.partition = c.partition
ORDER BY c.jobcenter, c.event, c.partition
"""

# Ranges must follow each other from the sink's first position to its present one, and every record in them must be
# applied or excepted. What came of each raw partition must add up to the records of the ranges.
_SINKS = """
WITH ranges AS (
    SELECT *, from_offset - lag(to_offset, 1, from_offset) OVER part AS hole
    FROM reporting.sink_range
    WINDOW part AS (PARTITION BY sink, topic, partition ORDER BY from_offset)
), summed AS (
    SELECT sink, topic, partition, min(from_offset) AS first, max(to_offset) AS reached,
        sum(abs(hole)) AS holes, sum(records - applied) AS not_applied
    FROM ranges GROUP BY sink, topic, partition
), excepted AS (
    SELECT sink, topic, partition, sum(records) AS records FROM reporting.sink_exception
    GROUP BY sink, topic, partition
), own AS (
    SELECT sink, topic, partition,
        coalesce(s.holes, 0) + abs(coalesce(s.first, p.first_offset) - p.first_offset)
        + abs(p.next_offset - coalesce(s.reached, p.first_offset))
        + abs(coalesce(s.not_applied, 0) - coalesce(e.records, 0)) AS unaccounted
    FROM reporting.sink_progress p
    FULL JOIN summed s USING (sink, topic, partition)
    FULL JOIN excepted e USING (sink, topic, partition)
), origins AS (
    SELECT sink, abs(sum(records)) AS unaccounted FROM (
        SELECT sink, records FROM reporting.sink_range WHERE sink IN ('board', 'reporting')
        UNION ALL SELECT sink, -records FROM reporting.sink_exception
            WHERE outcome = 'EXPIRED_UNREAD' AND sink IN ('board', 'reporting')
        UNION ALL SELECT sink, -total FROM reporting.sink_origin
    ) AS counts GROUP BY sink
)
SELECT sink, topic, partition, coalesce(unaccounted, 1) FROM own WHERE coalesce(unaccounted, 1) <> 0
UNION ALL SELECT sink, '', 0, unaccounted FROM origins WHERE unaccounted <> 0
ORDER BY 1, 2, 3
"""


async def read_ledger(connection: AsyncConnection, reached: Reached | None = None) -> Ledger:
    """The ledger as of one moment, so that no batch is seen half.

    Args:
        connection: the database.
        reached: how far receipts and topics had come a moment before; without it, what is lost behind the last record
            a sink saw is noticed only when the next one of its partition arrives.
    """
    async with connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        rows = await (await connection.execute(_ROWS)).fetchall()
        sinks = await (await connection.execute(_SINKS)).fetchall()
        tables = [(sink, table, 0, count) for sink, table, count in await differences(connection)]
        tail = await missing_at_the_end(connection, reached) if reached is not None else {}
    lost: dict[tuple[str, str, str, int], int] = {}
    for (sink, raw_topic, partition), count in tail.items():
        raw = parse_raw(raw_topic)
        lost[sink, raw.jobcenter, raw.event, partition] = count
    found = [LedgerRow(jobcenter, event, *map(int, counts)) for jobcenter, event, *counts in rows]
    return Ledger(
        [_with_tail(row, lost) for row in found],
        [SinkRow(sink, topic, partition, int(count)) for sink, topic, partition, count in (*sinks, *tables)],
    )


def _with_tail(row: LedgerRow, lost: Mapping[tuple[str, str, str, int], int]) -> LedgerRow:
    of = (row.jobcenter, row.event, row.partition)
    return replace(
        row,
        missing_in_reporting=row.missing_in_reporting + lost.get(("reporting", *of), 0),
        missing_on_board=row.missing_on_board + lost.get(("board", *of), 0),
    )


async def outcome_totals(connection: AsyncConnection) -> dict[tuple[str, str], Totals]:
    """What became of all records, by Jobcenter and event."""
    found: dict[tuple[str, str], Totals] = {}
    asked = await connection.execute(
        "SELECT jobcenter, event, sum(new), sum(changed), sum(ended) FROM reporting.receipt GROUP BY jobcenter, event"
    )
    for jobcenter, event, new, changed, ended in await asked.fetchall():
        found[jobcenter, event] = Totals(int(new), int(changed), int(ended))
    asked = await connection.execute(
        "SELECT jobcenter, event, outcome, code, count(*) FROM reporting.receipt_exception"
        " WHERE outcome = ANY(%s) GROUP BY jobcenter, event, outcome, code ORDER BY code",
        ([name.upper() for name in _NOT_APPLIED],),
    )
    for jobcenter, event, outcome, code, count in await asked.fetchall():
        totals = found.setdefault((jobcenter, event), Totals())
        name = outcome.lower()
        setattr(totals, name, getattr(totals, name) + count)
        if outcome == "REJECTED":
            totals.rejected_by_code[code or ""] = totals.rejected_by_code.get(code or "", 0) + count
    return found
