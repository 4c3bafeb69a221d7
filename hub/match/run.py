"""The matcher beside the sinks: the only one on a database, a little behind them, never in their way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
import structlog

from hub.match import metrics
from hub.match.board import Position, moved, position
from hub.match.work import Pass, run_once

LOOK_SECS = 1.0
_SHARE = 5
"""A pass is followed by a pause of so many times its length: matching takes a sixth of a processor at most."""
_AGAIN_SECS = 60.0
"""So often a pass is made although nothing seems to have moved: it finds what was changed by hand."""
_BUSY_PER_SEC, _BUSY_SECS_MAX = 2_000, 15.0
"""While sinks have much to do, or store more offsets in a second than this, each pass waits for so long."""
_NOT_OURS_SECS, _TROUBLE_SECS = 5.0, 10.0
# Any fixed number; whoever holds it matches.
_LOCK = 0x6A6F626D61746368

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Matching:
    """What the matcher is told. `today`: the day the board lives on; `kreise`: Kreis of each Jobcenter."""

    today: Callable[[], date]
    kreise: Mapping[str, str]


async def run(database_url: str, matching: Matching, catching_up: Callable[[], bool]) -> None:
    """Match for ever. An error here ends no sink: the board is right without new cards, and their age tells.

    Args:
        database_url: of the board.
        matching: what it needs to know.
        catching_up: whether a sink of this process has much to do.
    """
    metrics.prepare()
    while True:
        try:
            with await asyncio.to_thread(_connect, database_url) as connection:
                if await asyncio.to_thread(_ours, connection):
                    await _match(connection, matching, catching_up)
                metrics.level(None)
            await asyncio.sleep(_NOT_OURS_SECS)
        except psycopg.OperationalError as error:
            _log.info("matcher waits", error=type(error).__name__)
            await asyncio.sleep(LOOK_SECS)
        except Exception as error:
            _log.error("matcher failed", code="E901", error=type(error).__name__)
            await asyncio.sleep(_TROUBLE_SECS)


def _connect(database_url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(
        database_url, autocommit=True, connect_timeout=5, application_name="jobhub-match", keepalives_idle=10
    )


def _ours(connection: psycopg.Connection[Any]) -> bool:
    """The lock belongs to the session: who loses the connection loses it, and its open transaction with it."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
    return bool(row and row[0])


async def _match(connection: psycopg.Connection[Any], matching: Matching, catching_up: Callable[[], bool]) -> None:
    last: tuple[Position, date] | None = None
    before, looked_at = await asyncio.to_thread(position, connection), time.monotonic()
    calm_at, made_at, pause = looked_at, looked_at, LOOK_SECS
    while True:
        # First of all: whether the sinks of other processes have much to do shows when some time has passed.
        await asyncio.sleep(pause)
        began, today = time.monotonic(), matching.today()
        now = await asyncio.to_thread(position, connection)
        if not catching_up() and moved(before, now) < _BUSY_PER_SEC * (began - looked_at):
            calm_at = began
        before, looked_at, pause = now, began, LOOK_SECS
        if (now, today) == last and began - made_at < _AGAIN_SECS:
            metrics.level(began)
        elif began == calm_at or began - max(calm_at, made_at) > _BUSY_SECS_MAX:
            done = await asyncio.to_thread(run_once, connection, today, matching.kreise)
            _show(done, began)
            last, made_at = ((done.position, today), began) if done.level else (None, began)
            spent = time.monotonic() - began
            pause = max(LOOK_SECS, _SHARE * spent) if done.level else spent


def _show(done: Pass, began: float) -> None:
    metrics.CARDS.set(done.cards)
    metrics.SUGGESTIONS.set(done.suggestions)
    if done.level:
        metrics.level(began)
