"""Runs all sources of one Jobcenter: find deliveries, take them day by day, publish, report. Once, or for good."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import structlog

from connectors import metrics
from connectors.agreement import claim
from connectors.base import Delivery, FileSource, Source
from connectors.errors import Retry, Stop
from connectors.expected import holds_up
from connectors.intake import Interrupted, finish, take
from connectors.patience import Patient
from connectors.queue import SETTLE_SECONDS, Queue
from connectors.recover import recover
from connectors.registry import build_source
from connectors.relay import Relay
from connectors.renamed import left_open, refuse_unknown, take_over
from connectors.standing import Standing
from connectors.state import State
from connectors.state_away import TROUBLE, StateAway
from connectors.summary import COUNTS, Summary
from connectors.values import BERLIN
from connectors.workplace import private_folder, workplace
from schemas.codes import security_codes
from schemas.jobcenter import Jobcenter

log = structlog.get_logger(__name__)

_SETTLE_TRIES = 30
_FORGET_EVERY_SECONDS = 3600.0
# Whoever asks for more patience than this gets it; otherwise the next look is soon enough.
_SOON_SECONDS = 5.0

OnEvent = Callable[[dict[str, Any]], None]
_T = TypeVar("_T")


def _nothing(_: dict[str, Any]) -> None:
    return


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
    on_event: OnEvent = _nothing,
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
    _require(folder, jobcenter)
    stop = stop or asyncio.Event()
    away = StateAway(state_path, stop, partial(_tell_waiting, jobcenter.id, on_event), once=once)
    while not stop.is_set():
        try:
            runner = _Runner(jobcenter, folder, State(state_path), until, today, stop, away, on_event)
        except TROUBLE as error:
            await away.wait(error, at_start=True)
            continue
        try:
            await runner.begin(bootstrap_servers, kafka_options)
            waiting = runner.tell_waiting
            async with Relay(runner.state, bootstrap_servers, kafka_options=kafka_options, on_waiting=waiting) as relay:
                return await runner.run(relay, once, poll_seconds)
        except TROUBLE as error:
            await away.wait(error)  # and begin anew
        finally:
            runner.close()
    return Summary(jobcenter.id, stopped=True)


def dry_run(
    jobcenter: Jobcenter,
    folder: Path,
    state_path: Path,
    *,
    until: date | None = None,
    today: date | None = None,
    on_event: OnEvent = _nothing,
) -> Summary:
    """What `run` would send: everything is taken into a copy of the state, and nothing leaves the machine."""
    _require(folder, jobcenter)
    with tempfile.TemporaryDirectory(prefix="jobhub-") as scratch:
        copy = Path(scratch) / state_path.name
        if state_path.exists():
            with closing(sqlite3.connect(state_path)) as source, closing(sqlite3.connect(copy)) as target:
                source.backup(target)
            for name in jobcenter.sources:
                if (kept := private_folder(state_path, name)).is_dir():
                    shutil.copytree(kept, private_folder(copy, name))
        stop = asyncio.Event()
        away = StateAway(copy, stop, partial(_tell_waiting, jobcenter.id, on_event), once=True)
        runner = _Runner(jobcenter, folder, State(copy), until, today, stop, away, on_event)
        try:
            runner.take_over()
            refuse_unknown(runner.state, jobcenter)
            runner.tell_left_open()
            runner.open_sources(listens=False)
            held_up: set[str] = set()
            for one, delivery in runner.queue.pending():
                if delivery.source in held_up:
                    continue
                taken = take(runner.state, jobcenter, one, delivery, folder=folder, today=runner.today)
                runner.tell_delivery(taken.report)
                if holds_up(taken.report):
                    held_up.add(delivery.source)
            runner.summary.published = 0
            runner.summary.stopped_sources = runner.standing.stopped()
            return runner.summary
        finally:
            runner.close()


def _tell_waiting(jobcenter: str, on_event: OnEvent, code: str, what: str, seconds: float) -> None:
    if code in security_codes():
        metrics.security_events.labels(jobcenter, code).inc()
        log.warning("security event", jobcenter=jobcenter, code=code, count=1)
    on_event({"event": "waiting", "jobcenter": jobcenter, "code": code, "what": what, "seconds": round(seconds, 1)})


def _require(folder: Path, jobcenter: Jobcenter) -> None:
    """A folder that is not there is said at the start; an empty one is normal."""
    if not folder.is_dir() and any(
        source.files and isinstance(build_source(jobcenter, name), FileSource)
        for name, source in jobcenter.sources.items()
    ):
        raise Stop("E713", f"there is no folder {folder}")


class _Runner:
    """One run; `run` and `dry_run` above are its only users."""

    def __init__(
        self,
        jobcenter: Jobcenter,
        folder: Path,
        state: State,
        until: date | None,
        today: date | None,
        stop: asyncio.Event,
        away: StateAway,
        on_event: OnEvent,
    ) -> None:
        self.jobcenter, self.folder, self.state, self.away = jobcenter, folder, state, away
        self._today, self.stop, self.on_event = today, stop, on_event
        self.summary = Summary(jobcenter.id)
        try:
            claim(state, jobcenter.id)
            self.queue = Queue(jobcenter, folder, state, until, self._tell_growing)
        except BaseException:
            state.close()
            raise
        self.sources = [Patient(source, self.tell_waiting) for source in self.queue.sources]
        self.queue.sources = list(self.sources)
        by_name = dict(zip(jobcenter.sources, self.sources, strict=True))
        self.standing = Standing(jobcenter, state, by_name, on_event)

    async def begin(self, bootstrap_servers: str, kafka_options: Mapping[str, Any] | None) -> None:
        """What comes before the first look at the folder."""
        self.take_over()
        self.open_sources()
        await self.recover(bootstrap_servers, kafka_options)
        self.take_over()  # what was read back stands under the names it was sent with
        refuse_unknown(self.state, self.jobcenter)
        self.tell_left_open()

    def open_sources(self, *, listens: bool = True) -> None:
        """Lend each source its workplace. One that cannot begin stops no other; if none can, there is nothing to do."""
        for name, source in zip(self.jobcenter.sources, self.sources, strict=True):
            source.open(workplace(self.jobcenter, name, self.state, self.folder, listens=listens))
        self.standing.begin()

    def take_over(self) -> None:
        """What is remembered of a source goes with its name."""
        for one in take_over(self.state, self.jobcenter):
            log.warning("source renamed", jobcenter=self.jobcenter.id, old=one.old, new=one.new)

    def tell_left_open(self) -> None:
        """Offers of a source gone from the file end only when somebody says so; that is said at every start."""
        for left in left_open(self.state.sql, self.jobcenter):
            told = {"jobcenter": self.jobcenter.id, "source": left.source, "code": "W716", "count": left.count}
            log.warning("source left offers open", **told)
            self.on_event({"event": "left_open", **told})

    def close(self) -> None:
        """Let go of the sources, then of the state."""
        for source in self.sources:
            source.close()
        self.state.close()

    @property
    def today(self) -> date:
        """Day of deliveries whose name tells none."""
        return self._today or datetime.now(BERLIN).date()

    async def recover(self, bootstrap_servers: str, kafka_options: Mapping[str, Any] | None) -> None:
        """Before anything is taken, the state file learns what it has forgotten."""
        found = await recover(
            self.state,
            self.jobcenter,
            bootstrap_servers,
            self._lying,
            kafka_options=kafka_options,
            stop=self.stop,
            on_waiting=self.tell_waiting,
        )
        if found is not None:
            told = {"code": "W713", "entities": found.entities, "deliveries": found.deliveries}
            log.warning("state recovered from topics", jobcenter=self.jobcenter.id, **told)
            self.on_event({"event": "recovered", "jobcenter": self.jobcenter.id, **told})

    def _lying(self) -> list[Delivery]:
        return [
            one
            for source in self.sources
            if source.is_local
            for one in source.deliveries(self.folder, self.queue.until)
        ]

    # ------------------------------------------------------------------------------------------------ the loop

    async def run(self, relay: Relay, once: bool, poll_seconds: float) -> Summary:
        await self._publish(relay)
        self.summary.caught_up = self.summary.published
        forgot = 0.0
        while not self.stop.is_set():
            if time.monotonic() - forgot > _FORGET_EVERY_SECONDS or not forgot:
                await self._patiently(partial(asyncio.to_thread, self.state.forget_old, datetime.now(UTC)))
                forgot = time.monotonic()
            while await self._patiently(partial(self._take_all, relay)) and not self.stop.is_set():
                pass  # a table or an inbox hands out a piece at a time; what came meanwhile is the next one
            if once:
                await self._await_growing(relay)
                break
            await self._pause(poll_seconds)
            await self._publish(relay)  # an operator may have approved something
        self.summary.stopped = self.stop.is_set()
        self.summary.stopped_sources = self.standing.stopped()
        return self.summary

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

    async def _take_all(self, relay: Relay) -> bool:
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
            if not self.queue.is_settled(delivery) or not await self._take(relay, source, delivery):
                blocked.add(delivery.source)
            else:
                taken = True
        return taken

    def _settle_what_is_done(self) -> None:
        """After a crash between our commit and the other side's: it is told again what is safe here."""
        for source in self.sources:
            if source.is_local:
                continue
            for delivery in source.deliveries(self.folder, self.queue.until):
                known = self.state.delivery_by_id(delivery.id)
                if known is not None and known.state in ("READ", "COMPLETED", "HELD"):
                    source.settled(delivery)

    async def _await_growing(self, relay: Relay) -> None:
        """With --once: give files that are still being written half a minute."""
        for _ in range(_SETTLE_TRIES):
            waiting = await asyncio.to_thread(self.queue.pending)
            if self.stop.is_set() or all(self.queue.is_settled(delivery) for _, delivery in waiting):
                break
            await self._pause(SETTLE_SECONDS / 2)
            await self._take_all(relay)
        self.summary.waiting = [delivery.file for _, delivery in await asyncio.to_thread(self.queue.pending)]
        self.summary.away = [
            name
            for name, source in zip(self.jobcenter.sources, self.sources, strict=True)
            if source.is_away and source.stopped is None
        ]

    async def _take(self, relay: Relay, source: Source, delivery: Delivery) -> bool:
        """Take one delivery and publish what it leads to; False if it has to wait."""
        asked_to_stop = threading.Event()
        work = asyncio.create_task(
            asyncio.to_thread(
                take,
                self.state,
                self.jobcenter,
                source,
                delivery,
                folder=self.folder,
                today=self.today,
                stop=asked_to_stop,
                progress=lambda rows: self._tell_rows(delivery, rows),
            )
        )
        watch = asyncio.create_task(self.stop.wait())
        await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
        asked_to_stop.set() if self.stop.is_set() else watch.cancel()
        try:
            taken = await work
        except Interrupted:
            return False
        except Retry as error:
            if error.code == "E301":
                self.queue.tell_locked(delivery)
            else:
                self.tell_waiting(error.code, error.what, error.after_seconds)
            if isinstance(source, Patient) and error.after_seconds > _SOON_SECONDS:
                source.wait(error.after_seconds)
            return False
        if taken.report["state"] != "REFUSED":
            await self._patiently(partial(asyncio.to_thread, source.settled, delivery))
        metrics.delivery_taken(taken.report)
        for code, count in metrics.security_events_of(taken.report).items():
            log.warning("security event", jobcenter=self.jobcenter.id, code=code, count=count)
        await self._publish(relay)
        self.standing.taken(taken.report)
        if not self.stop.is_set():
            self.tell_delivery(taken.report)
        return not holds_up(taken.report)

    async def _publish(self, relay: Relay) -> None:
        """Send what waits, then report deliveries all of whose records are acknowledged, and send the reports."""
        await self._patiently(partial(self._send, relay))

    async def _send(self, relay: Relay) -> None:
        waiting = self.state.count_unpublished()
        metrics.outbox_records.labels(self.jobcenter.id).set(waiting)
        await relay.drain(self.stop)
        for entry in self.state.deliveries_in("READ"):
            if self.state.count_unpublished(entry.seq):
                continue
            finish(self.state, entry)
            waiting += 1
            self.standing.succeeded(entry.source)
        await relay.drain(self.stop)
        left = self.state.count_unpublished()
        metrics.outbox_records.labels(self.jobcenter.id).set(left)
        self.summary.published += waiting - left

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.stop.wait(), timeout=seconds)
        except TimeoutError:
            return

    # ------------------------------------------------------------------------------------------------ telling

    def tell_waiting(self, code: str, what: str, seconds: float) -> None:
        """Something has to wait."""
        _tell_waiting(self.jobcenter.id, self.on_event, code, what, seconds)

    def _tell_growing(self, file: str) -> None:
        self.tell_waiting("E301", file, SETTLE_SECONDS)

    def tell_delivery(self, report: dict[str, Any]) -> None:
        """A delivery is done."""
        self.summary.add(report)
        told = {name: report[name] for name in ("delivery", "source", "file", "state", "reason", "complete", *COUNTS)}
        codes = {entry["code"]: entry["count"] for entry in report["rejected_by_code"]}
        self.on_event(
            {
                "event": "delivery",
                "jobcenter": self.jobcenter.id,
                **told,
                "rejected_by_code": codes,
                "unmapped_columns": report["unmapped_columns"],
            }
        )

    def _tell_rows(self, delivery: Delivery, rows: int) -> None:
        self.on_event({"event": "progress", "jobcenter": self.jobcenter.id, "file": delivery.file, "rows": rows})
