"""What came of the deliveries: counts for each Jobcenter, kind of event and delivery, from the accounts in PostgreSQL.

The connectors' reports say what they read and sent, the hub's receipts what became of it; both are joined by delivery.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL

from hub.match.board import changed, gone
from hub.search.cards import COUNT
from hub.search.conditions import OPEN
from schemas.topics import EVENTS

COUNTS = ("read", "published", "changed", "unchanged", "ended", "duplicate", "stale", "conflict", "rejected", "held")


@dataclass
class Line:
    """Counts of one delivery, or of several together."""

    counts: Counter[str] = field(default_factory=Counter)
    by_code: Counter[str] = field(default_factory=Counter)

    def __iadd__(self, other: Line) -> Line:
        self.counts += other.counts
        self.by_code += other.by_code
        return self

    def as_json(self) -> dict[str, Any]:
        """All counts, also those that are zero, and the refusals by rule code."""
        return {name: self.counts[name] for name in COUNTS} | {"rejected_by_code": dict(sorted(self.by_code.items()))}


@dataclass
class DeliveryLine(Line):
    """One delivery."""

    jobcenter: str = ""
    event: str = ""
    delivery: str = ""
    file: str = ""
    day: date | None = None
    state: str = ""
    complete: bool = True
    reason: str | None = None


_DELIVERIES = """
SELECT jobcenter, event, delivery, file, day, state, complete, reason, rows_read, unchanged, duplicate, rejected, held,
       rejected_by_code
FROM reporting.delivery ORDER BY begun_at, jobcenter, event
"""
_RECEIPTS = """
SELECT jobcenter, delivery, sum(new)::bigint AS new, sum(changed)::bigint AS changed, sum(ended)::bigint AS ended
FROM reporting.receipt WHERE delivery IS NOT NULL GROUP BY 1, 2
"""
_EXCEPTIONS = """
SELECT jobcenter, delivery, outcome, code, count(*) AS records
FROM reporting.receipt_exception WHERE delivery IS NOT NULL AND outcome <> 'APPLIED_NOT_PUBLIC' GROUP BY 1, 2, 3, 4
"""


def read_deliveries(database_url: str) -> list[DeliveryLine]:
    """A line for every delivery, in the order they were begun."""
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        lines = {(row["jobcenter"], row["delivery"]): _delivery(row) for row in connection.execute(_DELIVERIES)}
        for row in connection.execute(_RECEIPTS):
            if line := lines.get((row["jobcenter"], row["delivery"])):
                line.counts += Counter(published=row["new"], changed=row["changed"], ended=row["ended"])
        for row in connection.execute(_EXCEPTIONS):
            if line := lines.get((row["jobcenter"], row["delivery"])):
                line.counts[row["outcome"].lower()] += row["records"]
                if row["outcome"] == "REJECTED":
                    line.by_code[row["code"]] += row["records"]
    return list(lines.values())


def taken(database_url: str) -> set[tuple[str, str]]:
    """Jobcenter and id of the deliveries that are done; one that was broken off is begun anew and is none of them."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT jobcenter, delivery FROM reporting.delivery WHERE state <> 'BEGUN'")
        return {(jobcenter, delivery) for jobcenter, delivery in rows}


def _delivery(row: dict[str, Any]) -> DeliveryLine:
    names = ("unchanged", "duplicate", "rejected", "held")
    return DeliveryLine(
        counts=Counter({"read": row["rows_read"]} | {name: row[name] for name in names}),
        by_code=Counter(row["rejected_by_code"]),
        **{
            name: row[name] for name in ("jobcenter", "event", "delivery", "file", "day", "state", "complete", "reason")
        },
    )


def by_jobcenter(lines: list[DeliveryLine], jobcenters: list[str]) -> dict[str, dict[str, Line]]:
    """Sums for each Jobcenter and kind of event; both are complete, even where nothing came."""
    sums = {jobcenter: {str(event): Line() for event in EVENTS} for jobcenter in jobcenters}
    for line in lines:
        if line.jobcenter in sums:
            sums[line.jobcenter][line.event] += line
    return sums


def open_vacancies(database_url: str) -> int:
    """Vacancies on the board that have not ended."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT count(*) FROM board.job WHERE NOT ended AND NOT removed").fetchone()
    return int(row[0]) if row else 0


def cards(database_url: str, today: date) -> int:
    """Entries of the board's list: the same job of two Jobcenters is one."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(SQL(COUNT).format(SQL(OPEN)), {"today": today}).fetchone()
    return int(row[0]) if row else 0


def matcher_behind(database_url: str, today: date) -> bool:
    """Whether the matcher has not yet seen every job as it is."""
    with psycopg.connect(database_url) as connection:
        return bool(changed(connection, today, 1) or gone(connection, today, 1))


def sinks_behind(database_url: str) -> int:
    """Applied records that a sink has not seen yet. A tombstone may put the board ahead, never behind."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            """
            WITH applied AS (
                SELECT event, sum(new + changed + ended) AS records FROM reporting.receipt GROUP BY event
            ), hidden AS (
                SELECT count(*) AS records FROM reporting.receipt_exception WHERE outcome = 'APPLIED_NOT_PUBLIC'
            ), seen AS (
                SELECT sink, sum(total) AS records FROM reporting.sink_origin GROUP BY sink
            )
            SELECT greatest(0, coalesce((SELECT sum(records) FROM applied), 0)
                               - coalesce((SELECT records FROM seen WHERE sink = 'reporting'), 0))
                 + greatest(0, coalesce((SELECT sum(records) FROM applied WHERE event <> 'placement'), 0)
                               - (SELECT records FROM hidden)
                               - coalesce((SELECT records FROM seen WHERE sink = 'board'), 0))
            """
        ).fetchone()
    return int(row[0]) if row else 0


def receipted(database_url: str) -> dict[tuple[str, int], int]:
    """Next offset without an outcome, for each raw topic and partition."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            'SELECT topic, "partition", max(last_offset) + 1 FROM reporting.receipt GROUP BY 1, 2'
        )
        return {(topic, int(partition)): int(following) for topic, partition, following in rows}


def stored(database_url: str, sink: str) -> dict[tuple[str, int], int]:
    """Next offset a sink will read, for each topic and partition."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            'SELECT topic, "partition", next_offset FROM reporting.sink_progress WHERE sink = %s', (sink,)
        )
        return {(topic, int(partition)): int(following) for topic, partition, following in rows}
