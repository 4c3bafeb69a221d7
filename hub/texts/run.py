"""Beside the sinks, in one process of a database: descriptions become searchable, later and never in the way."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import psycopg
import structlog

from hub.match.board import moved, position
from hub.texts import metrics
from hub.texts.work import backlog, run_once

LOOK_SECS = 1.0
_SHARE = 3
"""A step is followed by a pause of so many times its length."""
_BUSY_OFFSETS, _BUSY_SECS_MAX = 2_000, 60.0
"""While the sinks catch up faster than this from look to look texts wait, but no longer than that."""
_NOT_OURS_SECS, _TROUBLE_SECS = 5.0, 10.0
# Any fixed number; whoever holds it does this work.
_LOCK = 0x6A6F627465787473

_log = structlog.get_logger(__name__)


async def run(database_url: str) -> None:
    """Work for ever. An error here ends no sink: titles are searched all the same, and the age tells."""
    metrics.prepare()
    while True:
        try:
            with await asyncio.to_thread(_connect, database_url) as connection:
                if await asyncio.to_thread(_ours, connection):
                    await _work(connection)
                metrics.level(None)
            await asyncio.sleep(_NOT_OURS_SECS)
        except psycopg.OperationalError as error:
            _log.info("texts wait", error=type(error).__name__)
            await asyncio.sleep(LOOK_SECS)
        except Exception as error:
            _log.error("texts failed", code="E901", error=type(error).__name__)
            await asyncio.sleep(_TROUBLE_SECS)


def _connect(database_url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(
        database_url, autocommit=True, connect_timeout=5, application_name="jobhub-texts", keepalives_idle=10
    )


def _ours(connection: psycopg.Connection[Any]) -> bool:
    """The lock belongs to the session: who loses the connection loses it."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
    return bool(row and row[0])


async def _work(connection: psycopg.Connection[Any]) -> None:
    before = await asyncio.to_thread(position, connection)
    calm_at = time.monotonic()
    while True:
        began, now = time.monotonic(), await asyncio.to_thread(position, connection)
        if moved(before, now) < _BUSY_OFFSETS:
            calm_at = began
        before = now
        if calm_at < began < calm_at + _BUSY_SECS_MAX:
            await asyncio.sleep(LOOK_SECS)
            continue
        await asyncio.to_thread(run_once, connection)
        left = await asyncio.to_thread(backlog, connection)
        metrics.BACKLOG.set(left)
        if not left:
            metrics.level(began)
        await asyncio.sleep(max(LOOK_SECS, _SHARE * (time.monotonic() - began)))
