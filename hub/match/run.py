"""The matcher beside the sinks: the only one on a database, a little behind them, never in their way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from hub.beside.alone import Connection, alone
from hub.beside.calm import Calm
from hub.beside.position import Position, position
from hub.match import metrics
from hub.match.work import Pass, run_once

LOOK_SECS = 1.0
_SHARE = 5
"""A pass is followed by a pause of so many times its length: matching takes a sixth of a processor at most."""
_AGAIN_SECS = 60.0
"""So often a pass is made although nothing seems to have moved: it finds what was changed by hand."""
_PATIENCE_SECS = 15.0
"""While sinks have much to do each pass waits for so long."""
_LOCK = 0x6A6F626D61746368


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
    await alone(database_url, "matcher", _LOCK, metrics.AGE, lambda found: _match(found, matching, catching_up))


async def _match(connection: Connection, matching: Matching, catching_up: Callable[[], bool]) -> None:
    last: tuple[Position, date] | None = None
    begin, made_at = await asyncio.to_thread(position, connection), time.monotonic()
    calm, pause = Calm(catching_up, _PATIENCE_SECS, begin, made_at), LOOK_SECS
    while True:
        # First of all: whether the sinks of other processes have much to do shows when some time has passed.
        await asyncio.sleep(pause)
        began, today = time.monotonic(), matching.today()
        now = await asyncio.to_thread(position, connection)
        may_begin, pause = calm.may_begin(now, began), LOOK_SECS
        if (now, today) == last and began - made_at < _AGAIN_SECS:
            metrics.AGE.level(began)
        elif may_begin:
            calm.begun(began)
            done = await asyncio.to_thread(run_once, connection, today, matching.kreise)
            _show(done, began)
            last, made_at = ((done.position, today), began) if done.level else (None, began)
            spent = time.monotonic() - began
            pause = max(LOOK_SECS, _SHARE * spent) if done.level else spent


def _show(done: Pass, began: float) -> None:
    metrics.CARDS.set(done.cards)
    metrics.SUGGESTIONS.set(done.suggestions)
    if done.level:
        metrics.AGE.level(began)
