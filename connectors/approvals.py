"""What waits for an operator's word, and what an operator allowed: ends held back, deliveries that were stopped."""

from __future__ import annotations

from collections.abc import Iterable
from sqlite3 import Connection

from connectors.deliveries import DeliveryState


class Approvals:
    """Reads and writes them in the state file. Whoever writes holds the transaction."""

    def __init__(self, sql: Connection) -> None:
        self._sql = sql

    def hold(self, delivery: int, event: str, keys: Iterable[str]) -> None:
        """Keep back the ends of these entities until somebody approves them or a later delivery settles it."""
        self._sql.executemany("INSERT INTO held VALUES (?, ?, ?)", [(delivery, event, key) for key in sorted(keys)])

    def held(self, delivery: int) -> list[str]:
        """Entities whose end a delivery holds back and that are still active."""
        rows = self._sql.execute(
            "SELECT held.key FROM held JOIN entity USING (event, key) WHERE delivery = ? AND ended = 0 ORDER BY 1",
            (delivery,),
        )
        return [key for (key,) in rows]

    def release(self, delivery: int) -> None:
        """Forget what a delivery holds back."""
        self._sql.execute("DELETE FROM held WHERE delivery = ?", (delivery,))

    def add(self, delivery: int, ceiling: int, released: int, at: str) -> None:
        """Note who was let through: the ceiling an operator set, and how many ends it released."""
        self._sql.execute("INSERT INTO approval VALUES (?, ?, ?, ?)", (delivery, ceiling, released, at))

    def admit(self, delivery: DeliveryState, ceiling: int, at: str) -> None:
        """Let a stopped delivery through at its next reading, if not more than so many are found."""
        values = (delivery.seq, delivery.source, delivery.reason, ceiling, at)
        self._sql.execute("INSERT INTO admission VALUES (?, ?, ?, ?, ?)", values)

    def admitted(self, source: str, delivery: int | None) -> dict[str, int]:
        """Code to the number an operator allowed, of one delivery or of any of the source."""
        return dict(
            self._sql.execute(
                "SELECT code, max(ceiling) FROM admission WHERE source = ? AND delivery = coalesce(?, delivery)"
                " GROUP BY code",
                (source, delivery),
            )
        )

    def forget_admissions(self, source: str, delivery: int | None) -> None:
        """What was allowed is used up."""
        self._sql.execute(
            "DELETE FROM admission WHERE source = ? AND delivery = coalesce(?, delivery)", (source, delivery)
        )
