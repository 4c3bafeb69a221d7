"""What the database must forget, and when. Key, order and counts stay: a skeleton (rule V12) holds nobody's text.

In the topics themselves an end carries no text, and placements are deleted after 24 months.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date

import psycopg
import structlog

from hub.store.rows import PLACEMENT

TEXT_MONTHS = 6
"""So long after its end the title of a vacancy is kept; text, employer and contact are gone at once."""
PLACEMENT_MONTHS = 24
"""So long after its month a placement is kept."""
_ENDED = "ended AND title IS NOT NULL AND ended_on < %s::date - make_interval(months => %s)"
_EVERY_SECS = 3600.0
_TROUBLE_SECS = 60.0

_STATEMENTS = (
    ("board.job", "title_sort = NULL, title = NULL", _ENDED, TEXT_MONTHS),
    ("reporting.vacancy", "title = NULL", _ENDED, TEXT_MONTHS),
    (
        "reporting.placement",
        ", ".join(f"{name} = NULL" for name in PLACEMENT),
        "month < to_char(%s::date - make_interval(months => %s), 'YYYY-MM')",
        PLACEMENT_MONTHS,
    ),
)

_log = structlog.get_logger(__name__)


async def forget(connection: psycopg.AsyncConnection, today: date) -> int:
    """Take away whatever has passed its deadline; in how many rows that was."""
    async with connection.transaction():
        rows = [
            (await connection.execute(f"UPDATE {table} SET {emptied} WHERE {due}", (today, months))).rowcount  # noqa: S608
            for table, emptied, due, months in _STATEMENTS
        ]
    return sum(rows)


async def keep(database_url: str, today: Callable[[], date]) -> None:
    """Forget once an hour, for ever. A database that is away is asked again; forgetting twice changes nothing."""
    while True:
        pause = _EVERY_SECS
        try:
            async with await psycopg.AsyncConnection.connect(
                database_url, autocommit=True, connect_timeout=5, application_name="jobhub-deadlines"
            ) as connection:
                if rows := await forget(connection, today()):
                    _log.info("deadlines kept", rows=rows)
        except psycopg.Error as error:
            _log.warning("deadlines wait", error=type(error).__name__)
            pause = _TROUBLE_SECS
        await asyncio.sleep(pause)
