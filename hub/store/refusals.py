"""What the hub refused, as its operators may see it: which rule, where from. Never a value, never the original."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row, scalar_row


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused record. Topic, partition and offset are those of the raw record."""

    jobcenter: str
    event: str
    key: str | None
    code: str
    field: str | None
    topic: str
    partition: int
    offset: int
    delivery: str | None
    file: str | None
    line: int | None
    rejected_at: datetime
    has_original: bool


_FILTER = "(%(jobcenter)s::text IS NULL OR jobcenter = %(jobcenter)s) AND (%(code)s::text IS NULL OR code = %(code)s)"
_COUNT = f"SELECT count(*) FROM reporting.rejected WHERE {_FILTER}"  # noqa: S608 - a constant of this file
_NEWEST = f"""
SELECT jobcenter, event, key, code, field, origin_topic AS topic, origin_partition AS "partition",
       origin_offset AS "offset", delivery, source_file AS file, source_line AS line, rejected_at, has_original
FROM reporting.rejected WHERE {_FILTER}
ORDER BY rejected_at DESC, origin_topic, origin_partition, origin_offset DESC LIMIT %(limit)s
"""  # noqa: S608 - a constant of this file


def read_refusals(
    connection: psycopg.Connection[Any], jobcenter: str | None, code: str | None, limit: int
) -> tuple[list[Refusal], int]:
    """The newest refusals of one Jobcenter or of all, and how many there are altogether."""
    chosen = {"jobcenter": jobcenter, "code": code, "limit": limit}
    with connection.cursor(row_factory=class_row(Refusal)) as cursor:
        found = cursor.execute(_NEWEST.encode(), chosen).fetchall()
    with connection.cursor(row_factory=scalar_row) as cursor:
        total = cursor.execute(_COUNT.encode(), chosen).fetchone()
    return found, int(total or 0)
