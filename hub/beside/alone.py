"""Keeps one piece of work going: one process of a database does it, and an error of it ends no sink."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import structlog

from hub.beside.age import Age

Connection = psycopg.Connection[Any]

_AWAY_SECS, _NOT_OURS_SECS, _TROUBLE_SECS = 1.0, 5.0, 10.0

_log = structlog.get_logger(__name__)


async def alone(
    database_url: str, part: str, lock: int, age: Age, work: Callable[[Connection], Awaitable[None]]
) -> None:
    """Work for ever; again after an error, and after the database was away.

    Args:
        database_url: where the work is.
        part: its name in logs and in PostgreSQL's list of connections.
        lock: any fixed number; whoever holds it works.
        age: tells how long nothing has been level; not ours while another process works.
        work: goes on until it raises.
    """
    age.show()
    while True:
        try:
            with await asyncio.to_thread(_connect, database_url, part) as connection:
                if await asyncio.to_thread(_ours, connection, lock):
                    await work(connection)
                age.level(None)
            await asyncio.sleep(_NOT_OURS_SECS)
        except psycopg.OperationalError as error:
            _log.info(f"{part} waits", error=type(error).__name__)
            await asyncio.sleep(_AWAY_SECS)
        except Exception as error:
            _log.error(f"{part} failed", code="E901", error=type(error).__name__)
            await asyncio.sleep(_TROUBLE_SECS)


def _connect(database_url: str, part: str) -> Connection:
    return psycopg.connect(
        database_url, autocommit=True, connect_timeout=5, application_name=f"jobhub-{part}", keepalives_idle=10
    )


def _ours(connection: Connection, lock: int) -> bool:
    """The lock belongs to the session: who loses the connection loses it, and its open transaction with it."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (lock,)).fetchone()
    return bool(row and row[0])
