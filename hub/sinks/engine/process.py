"""Runs sinks side by side in one process: migrate, claim, store, watch; all end together."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg
import stamina.instrumentation
from sqlalchemy.exc import OperationalError

from hub.beside import deadlines
from hub.match.run import Matching
from hub.match.run import run as match
from hub.sinks import metrics
from hub.sinks.engine.cycle import SinkStandsStill, watch
from hub.sinks.engine.patience import wait_for
from hub.sinks.engine.registry import sinks
from hub.sinks.engine.runner import Runner
from hub.sinks.engine.takeover import PositionLost
from hub.store.migrate import upgrade
from hub.texts.run import run as make_searchable
from schemas.header_names import read_any_header_name
from schemas.jobcenter import Jobcenter
from schemas.kafka_access import AccessRefused

STOP_SECS = 4.0

_OURS = (SinkStandsStill, PositionLost)


class SinkFailed(Exception):
    """A sink ended with an error; the text says which and where."""


@dataclass(frozen=True, slots=True)
class SinkOptions:
    """What a sink process is told."""

    bootstrap_servers: str
    database_url: str
    names: tuple[str, ...] = field(default_factory=lambda: tuple(sinks()))
    session_secs: float = 10.0
    """After this silence of a process another one takes its partitions over."""
    security: Mapping[str, Any] = field(default_factory=dict, repr=False)
    jobcenters: Mapping[str, Jobcenter] = field(default_factory=dict, repr=False)
    """What their sources promise; of one that is not here a delivery a day is expected."""
    matching: Matching | None = None
    """What the matcher needs; it runs beside the board's sink."""
    today: Callable[[], date] = date.today
    """The day by which texts and placements are forgotten; that is done beside the reporting sink."""


async def run(options: SinkOptions, stopping: asyncio.Event, on_ready: Callable[[], None]) -> None:
    """Run until told to stop.

    What cannot be reached is waited for. Any other error of one sink ends all of them, for a supervisor to start
    anew: everything that matters is in the database.

    Raises:
        AccessRefused: Kafka does not let us in, or not read something.
        SinkFailed: one of them ended with another error.
    """
    # Records live for one batch only; by default the collector walks them again and again, for a sixth of the time.
    gc.set_threshold(50_000, 20, 50)
    # Beside the sinks run threads that compute: the matcher, packing. Whoever has an answer waits for them so long.
    sys.setswitchinterval(0.001)
    read_any_header_name()
    # Its own metrics and log lines would come on top of ours.
    stamina.instrumentation.set_on_retry_hooks([])
    where = (options.bootstrap_servers, options.database_url, options.session_secs, options.security)
    runners = [Runner(name, sinks()[name], *where) for name in options.names]
    working = asyncio.create_task(_work(options, runners, stopping, on_ready))
    told = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait([working, told], return_when=asyncio.FIRST_COMPLETED)
        # The batches at hand are finished; one that waits for the database is not waited for.
        await asyncio.wait([working], timeout=STOP_SECS / 2)
    finally:
        for task in (working, told):
            task.cancel()
        await asyncio.wait([working, told], timeout=STOP_SECS / 2)
    if working.done() and not working.cancelled() and (error := working.exception()) is not None:
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if isinstance(error, AccessRefused):
            raise error
        raise SinkFailed(_tell(error)) from error


def _tell(error: BaseException) -> str:
    """Which error, and where. Only our own say more: the text of a foreign one may hold values."""
    if isinstance(error, _OURS):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if f"{os.sep}hub{os.sep}" in frame.filename]
    place = f" at {os.path.basename(ours[-1].filename)}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__module__}.{type(error).__name__}{place}"


async def _work(
    options: SinkOptions, runners: list[Runner], stopping: asyncio.Event, on_ready: Callable[[], None]
) -> None:
    def catching_up() -> bool:
        return any(runner.catching_up for runner in runners)

    away = (OperationalError, psycopg.OperationalError)
    await wait_for(lambda: asyncio.to_thread(upgrade, options.database_url), away, "E404", part="migrations")
    for name in options.names:
        metrics.prepare(name)
    try:
        for runner in runners:
            await runner.start()
        on_ready()
        async with asyncio.TaskGroup() as together:
            watching = together.create_task(
                watch(
                    options.bootstrap_servers,
                    options.database_url,
                    options.names,
                    options.security,
                    options.jobcenters,
                )
            )
            beside = [watching]
            if options.matching is not None and "board" in options.names:
                beside.append(together.create_task(match(options.database_url, options.matching, catching_up)))
            if "reporting" in options.names:
                beside.append(together.create_task(deadlines.keep(options.database_url, options.today)))
            if "board" in options.names:
                beside.append(together.create_task(make_searchable(options.database_url, catching_up)))
            await asyncio.wait([together.create_task(runner.run(stopping)) for runner in runners])
            for task in beside:
                task.cancel()
    finally:
        await asyncio.gather(*(runner.close() for runner in runners), return_exceptions=True)
