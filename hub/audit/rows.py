"""What stands in the database, judged by its plain columns and not by the board's own condition."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from psycopg import AsyncConnection
from psycopg.rows import class_row

_ROWS = "SELECT entity, epoch, version, ended, removed, visibility, published_until FROM board.job"


class JobRow(NamedTuple):
    """A row of board.job, as far as it matters here."""

    entity: str
    epoch: int
    version: int
    ended: bool
    removed: bool
    visibility: str | None
    published_until: date | None

    def is_open(self, today: date) -> bool:
        """Whether a board that reads this row would advertise it on a day."""
        hidden = self.ended or self.removed or self.visibility not in ("PUBLIC", "ANONYMOUS")
        return not hidden and (self.published_until is None or self.published_until >= today)


async def read_rows(database_url: str) -> dict[str, JobRow]:
    """Every vacancy of the board by its key."""
    async with (
        await AsyncConnection.connect(database_url, connect_timeout=5) as connection,
        connection.cursor(row_factory=class_row(JobRow)) as cursor,
    ):
        await cursor.execute("SET default_transaction_read_only = on")
        await cursor.execute(_ROWS)
        return {row.entity: row async for row in cursor}
