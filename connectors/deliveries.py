"""The book of deliveries in the state file: which were taken, how each stands, and what was reported of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection
from typing import Any


@dataclass(frozen=True, slots=True)
class DeliveryState:
    """A delivery in the ledger."""

    seq: int
    id: str
    source: str
    event: str
    file: str
    sha256: str | None
    day: str | None
    state: str
    reason: str | None
    begun_at: str
    mapping: bytes | None
    report: dict[str, Any]

    @property
    def held(self) -> int:
        """Withdrawals that wait for an operator."""
        return int(self.report.get("held", 0))


class Deliveries:
    """Reads and writes the book. Whoever writes holds the transaction."""

    def __init__(self, sql: Connection) -> None:
        self._sql = sql

    def find(self, name: str) -> list[DeliveryState]:
        """Deliveries meant by what a person typed: the id, the file's name, or the end of the id."""
        known = self.all()
        exact = [entry for entry in known if entry.id == name]
        return exact or [entry for entry in known if entry.file == name or entry.id.endswith(name)]

    def all(self) -> list[DeliveryState]:
        """All deliveries in the order they were taken."""
        return self._where("1 = 1", ())

    def by_id(self, delivery: str) -> DeliveryState | None:
        """A delivery by its whole id."""
        return next(iter(self._where("id = ?", (delivery,))), None)

    def of(self, source: str, file: str) -> list[DeliveryState]:
        """What came of a source under one name, in the order it was taken."""
        return self._where("source = ? AND file = ?", (source, file))

    def in_state(self, state: str, source: str | None = None) -> list[DeliveryState]:
        """Deliveries in a state, of one source or of all."""
        return self._where("state = ? AND source = coalesce(?, source)", (state, source))

    def rows_of_last(self, source: str, load: str, count: int) -> list[int]:
        """Rows of the last deliveries of a source that were taken."""
        rows = self._sql.execute(
            "SELECT json_extract(report, '$.rows_read') FROM delivery WHERE source = ?"
            " AND state IN ('READ', 'COMPLETED', 'HELD') AND json_extract(report, '$.load') = ?"
            " ORDER BY seq DESC LIMIT ?",
            (source, load, count),
        )
        return [int(number) for (number,) in rows]

    def last_success(self, source: str) -> datetime | None:
        """When a delivery of a source was last complete or held."""
        found = self._sql.execute(
            "SELECT max(json_extract(report, '$.ended_at')) FROM delivery"
            " WHERE source = ? AND state IN ('COMPLETED', 'HELD')",
            (source,),
        ).fetchone()[0]
        return datetime.fromisoformat(found) if found else None

    def latest(self, source: str) -> DeliveryState | None:
        """The delivery of a source that was begun last."""
        newest = "source = ? AND begun_at = (SELECT max(begun_at) FROM delivery WHERE source = ?)"
        return next(iter(self._where(newest, (source, source))), None)

    def later(self, source: str, day: str) -> str | None:
        """File of a delivery of that source for a later day that is done already."""
        found = self._where("source = ? AND day > ? AND state IN ('READ', 'COMPLETED', 'HELD')", (source, day))
        return found[-1].file if found else None

    def same_before_the_last(self, source: str, sha256: str | None) -> str | None:
        """File of a full delivery of that source with these bytes, unless the last one that was taken has them too."""
        taken = self._where(
            "source = ? AND state IN ('READ', 'COMPLETED', 'HELD') AND json_extract(report, '$.load') = 'FULL'",
            (source,),
        )
        if sha256 is None or not taken or taken[-1].sha256 == sha256:
            return None
        return next((entry.file for entry in reversed(taken) if entry.sha256 == sha256), None)

    def begin(self, values: dict[str, Any]) -> int:
        """Enter a delivery as BEGUN, or begin it once more; returns its number."""
        done = self._sql.execute(
            "INSERT INTO delivery (id, source, event, file, sha256, day, state, reason, begun_at, mapping, report)"
            " VALUES (:id, :source, :event, :file, :sha256, :day, 'BEGUN', NULL, :begun_at, :mapping, :report)"
            " ON CONFLICT (id) DO UPDATE SET state = 'BEGUN', reason = NULL, begun_at = excluded.begun_at,"
            " mapping = excluded.mapping, report = excluded.report RETURNING seq",
            values,
        )
        return int(done.fetchone()[0])

    def set(self, seq: int, state: str, reason: str | None, report: dict[str, Any]) -> None:
        """Change state and report of a delivery."""
        self._sql.execute(
            "UPDATE delivery SET state = ?, reason = ?, report = ? WHERE seq = ?", (state, reason, dump(report), seq)
        )

    def _where(self, where: str, values: tuple[Any, ...]) -> list[DeliveryState]:
        columns = "seq, id, source, event, file, sha256, day, state, reason, begun_at, mapping, report"
        rows = self._sql.execute(f"SELECT {columns} FROM delivery WHERE {where} ORDER BY seq", values)  # noqa: S608
        return [DeliveryState(*(*row[:-1], json.loads(row[-1]))) for row in rows]


def dump(value: Any) -> str:
    """JSON for a column."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
