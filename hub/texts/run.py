"""Beside the sinks, in one process of a database: descriptions become searchable, later and never in the way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from hub.beside.alone import Connection, alone
from hub.beside.calm import Calm
from hub.beside.position import position
from hub.texts import metrics
from hub.texts.work import backlog, run_once

LOOK_SECS = 1.0
_SHARE = 3
"""A step is followed by a pause of so many times its length."""
_PATIENCE_SECS = 60.0
"""While sinks have much to do texts wait, but no longer than that."""
_LOCK = 0x6A6F627465787473


async def run(database_url: str, catching_up: Callable[[], bool]) -> None:
    """Work for ever. An error here ends no sink: titles are searched all the same, and the age tells.

    Args:
        database_url: of the board.
        catching_up: whether a sink of this process has much to do.
    """
    await alone(database_url, "texts", _LOCK, metrics.AGE, lambda found: _work(found, catching_up))


async def _work(connection: Connection, catching_up: Callable[[], bool]) -> None:
    calm = Calm(catching_up, _PATIENCE_SECS, await asyncio.to_thread(position, connection), time.monotonic())
    while True:
        # First of all: whether the sinks of other processes have much to do shows when some time has passed.
        await asyncio.sleep(LOOK_SECS)
        began = time.monotonic()
        if not calm.may_begin(await asyncio.to_thread(position, connection), began):
            continue
        await asyncio.to_thread(run_once, connection)
        left = await asyncio.to_thread(backlog, connection)
        metrics.BACKLOG.set(left)
        if not left:
            metrics.AGE.level(began)
        await asyncio.sleep(max(0.0, _SHARE * (time.monotonic() - began) - LOOK_SECS))
