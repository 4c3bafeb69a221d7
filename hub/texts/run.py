"""Beside the sinks, in one process of a database: descriptions become searchable, later and never in the way."""

from __future__ import annotations

import asyncio
import time

from hub.beside.alone import Connection, alone
from hub.beside.position import moved, position
from hub.texts import metrics
from hub.texts.work import backlog, run_once

LOOK_SECS = 1.0
_SHARE = 3
"""A step is followed by a pause of so many times its length."""
_BUSY_OFFSETS, _BUSY_SECS_MAX = 2_000, 60.0
"""While the sinks catch up faster than this from look to look texts wait, but no longer than that."""
_LOCK = 0x6A6F627465787473


async def run(database_url: str) -> None:
    """Work for ever. An error here ends no sink: titles are searched all the same, and the age tells."""
    await alone(database_url, "texts", _LOCK, metrics.AGE, _work)


async def _work(connection: Connection) -> None:
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
            metrics.AGE.level(began)
        await asyncio.sleep(max(LOOK_SECS, _SHARE * (time.monotonic() - began)))
