"""Finds deliveries, takes them day by day, publishes what they lead to and reports them, again and again."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from connectors import metrics
from connectors.contract.delivery import Delivery
from connectors.contract.source import Source
from connectors.errors import Retry
from connectors.expected import holds_up
from connectors.intake import Interrupted, Taken, finish, take
from connectors.opened import Opened
from connectors.patience import Patient
from connectors.queue import SETTLE_SECONDS
from connectors.relay import Relay
from connectors.state_away import TROUBLE, StateAway
from connectors.summary import Summary

_SETTLE_TRIES = 30
_FORGET_EVERY_SECONDS = 3600.0
# Whoever asks for more patience than this gets it; otherwise the next look is soon enough.
_SOON_SECONDS = 5.0

_T = TypeVar("_T")


class Loop:
    """The work of one run, until all is done or `stop` is set."""

    def __init__(self, opened: Opened, relay: Relay, stop: asyncio.Event, away: StateAway) -> None:
        self.jobcenter, self.folder, self.state = opened.jobcenter, opened.folder, opened.state
        self.queue, self.standing, self.tell = opened.queue, opened.standing, opened.tell
        self.opened, self.relay, self.stop, self.away = opened, relay, stop, away
        self.summary = Summary(opened.jobcenter.id)

    async def run(self, *, once: bool, poll_seconds: float) -> Summary:
        """Look every so many seconds; with `once` until all that lies there is done and acknowledged."""
        await self._publish()
        self.summary.caught_up = self.summary.published
        forgot = 0.0
        while not self.stop.is_set():
            if time.monotonic() - forgot > _FORGET_EVERY_SECONDS or not forgot:
                await self._patiently(partial(asyncio.to_thread, self.state.forget_old, datetime.now(UTC)))
                forgot = time.monotonic()
            while await self._patiently(self.take_all) and not self.stop.is_set():
                pass  # a table or an inbox hands out a piece at a time; what came meanwhile is the next one
            if once:
                await self._await_growing()
                break
            await self._pause(poll_seconds)
            await self._publish()  # an operator may have approved something
        self.summary.stopped = self.stop.is_set()
        self.summary.stopped_sources = self.standing.stopped()
        return self.summary

    async def take_all(self) -> bool:
        """Take what waits; whether that was anything."""
        blocked: set[str] = set()
        taken = False
        await asyncio.to_thread(self._settle_what_is_done)
        pending = await asyncio.to_thread(self.queue.pending)
        self.standing.look()
        for source, delivery in pending:
            if self.stop.is_set():
                return taken
            # A later day never overtakes an earlier one of the same source.
            if delivery.source in blocked:
                continue
            if not self.queue.is_settled(delivery) or not await self._take(source, delivery):
                blocked.add(delivery.source)
            else:
                taken = True
        return taken

    async def _patiently(self, work: Callable[[], Awaitable[_T]]) -> _T | None:
        """Do some work, once more when the state file can be written again; None if asked to stop before that."""
        while True:
            try:
                done = await work()
            except TROUBLE as error:
                await self.away.wait(error)
                if self.stop.is_set():
                    return None
            else:
                self.away.is_back()
                return done

    def _settle_what_is_done(self) -> None:
        """After a crash between our commit and the other side's: it is told again what is safe here."""
        for source in self.opened.sources:
            if source.is_local:
                continue
            for delivery in source.deliveries(self.folder, self.queue.until):
                known = self.state.deliveries.by_id(delivery.id)
                if known is not None and known.state in ("READ", "COMPLETED", "HELD"):
                    source.settled(delivery)

    async def _await_growing(self) -> None:
        """With --once: give files that are still being written half a minute."""
        for _ in range(_SETTLE_TRIES):
            waiting = await asyncio.to_thread(self.queue.pending)
            if self.stop.is_set() or not any(self.queue.may_grow(delivery) for _, delivery in waiting):
                break
            await self._pause(SETTLE_SECONDS / 2)
            await self._patiently(self.take_all)
        self.summary.waiting = [delivery.file for _, delivery in await asyncio.to_thread(self.queue.pending)]
        self.summary.away = [
            name for name, source in self.opened.by_name().items() if source.is_away and source.stopped is None
        ]

    async def _take(self, source: Source, delivery: Delivery) -> bool:
        """Take one delivery and publish what it leads to; False if it has to wait."""
        try:
            taken = await self._taken(source, delivery)
        except Interrupted:
            return False
        except Retry as error:
            if error.code == "E301":
                self.queue.tell_locked(delivery)
            else:
                self.tell.waiting(error.code, error.what, error.after_seconds)
            if isinstance(source, Patient) and error.after_seconds > _SOON_SECONDS:
                source.wait(error.after_seconds)
            return False
        if taken.report["state"] != "REFUSED":
            await self._patiently(partial(asyncio.to_thread, source.settled, delivery))
        self.tell.durable(taken.report)
        await self._publish()
        self.standing.taken(taken.report)
        if not self.stop.is_set():
            self.summary.add(taken.report)
            self.tell.delivery(taken.report)
        return not holds_up(taken.report)

    async def _taken(self, source: Source, delivery: Delivery) -> Taken:
        """It is taken in a thread of its own, which is asked to end when this run is."""
        asked_to_stop = threading.Event()
        work = asyncio.create_task(
            asyncio.to_thread(
                take,
                self.state,
                self.jobcenter,
                source,
                delivery,
                folder=self.folder,
                today=self.opened.today,
                stop=asked_to_stop,
                progress=partial(self.tell.rows, delivery),
            )
        )
        watch = asyncio.create_task(self.stop.wait())
        await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
        asked_to_stop.set() if self.stop.is_set() else watch.cancel()
        return await work

    async def _publish(self) -> None:
        """Send what waits, then report deliveries all of whose records are acknowledged, and send the reports."""
        await self._patiently(self._send)

    async def _send(self) -> None:
        waiting = self.state.count_unpublished()
        metrics.outbox_records.labels(self.jobcenter.id).set(waiting)
        await self.relay.drain(self.stop)
        for entry in self.state.deliveries.in_state("READ"):
            if self.state.count_unpublished(entry.seq):
                continue
            finish(self.state, entry)
            waiting += 1
            self.standing.succeeded(entry.source)
        await self.relay.drain(self.stop)
        left = self.state.count_unpublished()
        metrics.outbox_records.labels(self.jobcenter.id).set(left)
        self.summary.published += waiting - left

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.stop.wait(), timeout=seconds)
        except TimeoutError:
            return
