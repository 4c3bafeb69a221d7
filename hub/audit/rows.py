"""What stands in the database, judged by its plain columns and not by the board's own condition."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import LiteralString, NamedTuple

from psycopg import AsyncConnection
from psycopg.rows import class_row

from hub.audit.topic import Audited

_ROWS: Mapping[Audited, LiteralString] = {
    "vacancy": "SELECT entity, epoch, version, ended, removed, visibility, published_until AS until FROM board.job",
    "measure": "SELECT entity, epoch, version, ended, removed, 'PUBLIC' AS visibility, end_on AS until"
    " FROM board.measure",
}


class Row(NamedTuple):
    """A row of the board, as far as it matters here. `until` is the last day it is shown."""

    entity: str
    epoch: int
    version: int
    ended: bool
    removed: bool
    visibility: str | None
    until: date | None

    def is_open(self, today: date) -> bool:
        """Whether a board that reads this row would advertise it on a day."""
        hidden = self.ended or self.removed or self.visibility not in ("PUBLIC", "ANONYMOUS")
        return not hidden and (self.until is None or self.until >= today)


async def read_rows(database_url: str, event: Audited) -> dict[str, Row]:
    """Everything of one kind on the board, by its key."""
    async with (
        await AsyncConnection.connect(database_url, connect_timeout=5) as connection,
        connection.cursor(row_factory=class_row(Row)) as cursor,
    ):
        await cursor.execute("SET default_transaction_read_only = on")
        await cursor.execute(_ROWS[event])
        return {row.entity: row async for row in cursor}
