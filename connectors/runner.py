"""Runs all sources of one Jobcenter, once or for good, and begins anew when its state file was away."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from connectors.announce import Announcer, OnEvent, nothing
from connectors.loop import Loop
from connectors.opened import Opened, require_folder
from connectors.relay import Relay
from connectors.state import State
from connectors.state_away import TROUBLE, StateAway
from connectors.summary import Summary
from schemas.jobcenter import Jobcenter


async def run(
    jobcenter: Jobcenter,
    folder: Path,
    state_path: Path,
    bootstrap_servers: str,
    *,
    until: date | None = None,
    once: bool = False,
    today: date | None = None,
    poll_seconds: float = 5.0,
    stop: asyncio.Event | None = None,
    kafka_options: Mapping[str, Any] | None = None,
    on_event: OnEvent = nothing,
) -> Summary:
    """Run a Jobcenter's sources.

    Args:
        jobcenter: its file.
        folder: where its deliveries lie.
        state_path: its state file, made if absent.
        bootstrap_servers: Kafka.
        until: leave later days out.
        once: end when all that lies there is done and acknowledged.
        today: day of deliveries whose name tells none; by default the real one.
        poll_seconds: how often the folder is looked at.
        stop: set it to end in an orderly way; whatever is open is done again next time.
        kafka_options: sign-in and encryption for the producer.
        on_event: told what happens: delivery, waiting, progress.

    Raises:
        Stop: sign-in or permission refused by Kafka, no folder, no source that can begin, or a state file that is
            another Jobcenter's (E715), has forgotten what no topic tells (E714) or knows a source under another
            name (E716).
        ConfigurationError: the Jobcenter's file does not hold together.
    """
    require_folder(folder, jobcenter)
    stop = stop or asyncio.Event()
    tell = Announcer(jobcenter.id, on_event)
    away = StateAway(state_path, stop, tell.waiting, once=once)
    while not stop.is_set():
        try:
            opened = Opened(jobcenter, folder, State(state_path), tell, until=until, today=today)
        except TROUBLE as error:
            await away.wait(error, at_start=True)
            continue
        try:
            await opened.begin(bootstrap_servers, kafka_options, stop)
            async with Relay(
                opened.state, bootstrap_servers, kafka_options=kafka_options, on_waiting=tell.waiting
            ) as relay:
                return await Loop(opened, relay, stop, away).run(once=once, poll_seconds=poll_seconds)
        except TROUBLE as error:
            await away.wait(error)  # and begin anew
        finally:
            opened.close()
    return Summary(jobcenter.id, stopped=True)
