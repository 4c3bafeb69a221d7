"""What the hub knows of one entity: outcomes of raw offsets, refusals, and where its curated records are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row


@dataclass(frozen=True, slots=True)
class Decision:
    """The hub's outcome of one raw offset. `outcome` is APPLIED or one of the receipt's exceptions."""

    outcome: str
    code: str | None
    delivery: str | None


_DECISION = """
SELECT coalesce(e.outcome, 'APPLIED') AS outcome, e.code, r.delivery
FROM reporting.receipt r
LEFT JOIN reporting.receipt_exception e
       ON e.topic = r.topic AND e."partition" = r."partition" AND e.raw_offset = %(offset)s
WHERE r.topic = %(topic)s AND r."partition" = %(partition)s
  AND r.first_offset <= %(offset)s AND r.last_offset >= %(offset)s
"""
_CURRENT = """
SELECT '{event}' AS event, entity, epoch, version, ended, end_reason, removed, record_topic, record_partition,
       record_offset, raw_topic, raw_partition, raw_offset
FROM reporting.{event} WHERE entity = %(entity)s
"""
_REFUSALS = """
SELECT event, code, field, origin_topic, origin_partition, origin_offset, delivery, source_file, source_line
FROM reporting.rejected WHERE key = %(entity)s ORDER BY rejected_at
"""


class Trail:
    """Questions about one entity, over one connection."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def decision(self, topic: str, partition: int, offset: int) -> Decision | None:
        """Outcome of a raw offset; None if there is none yet."""
        place = {"topic": topic, "partition": partition, "offset": offset}
        row = self._rows(_DECISION, place)
        return Decision(**row[0]) if row else None

    def current(self, entity: str) -> list[dict[str, Any]]:
        """Latest curated record of the entity, one for each kind of event it is known as."""
        return [
            row
            for event in ("vacancy", "measure", "placement")
            for row in self._rows(_CURRENT.format(event=event), {"entity": entity})
        ]

    def on_board(self, entity: str) -> bool:
        """Whether the entity is open on the job board."""
        question = "SELECT 1 AS found FROM board.job WHERE entity = %(entity)s AND NOT ended AND NOT removed"
        return bool(self._rows(question, {"entity": entity}))

    def refusals(self, entity: str) -> list[dict[str, Any]]:
        """Records of the entity that the hub refused."""
        return self._rows(_REFUSALS, {"entity": entity})

    def _rows(self, question: str, values: dict[str, Any]) -> list[dict[str, Any]]:
        with self._connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(question.encode(), values).fetchall()
