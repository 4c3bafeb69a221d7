"""Runs all sources of one Jobcenter: find deliveries, take them day by day, publish, report. Once, or for good."""

from __future__ import annotations

import asyncio
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from connectors import metrics
from connectors.base import Delivery, Source
from connectors.errors import Retry, Stop
from connectors.intake import Interrupted, finish, take
from connectors.lookups import read_lookups
from connectors.mapping import RowMapping
from connectors.registry import build_source
from connectors.relay import Relay
from connectors.state import State
from connectors.values import BERLIN
from schemas.jobcenter import Jobcenter

# A file touched this recently may still be growing; it is looked at again before it is read.
_SETTLE_SECONDS = 2.0
_SETTLE_TRIES = 30
_FORGET_EVERY_SECONDS = 3600.0

OnEvent = Callable[[dict[str, Any]], None]
_COUNTS = (
    "rows_read",
    "sent_new",
    "sent_changed",
    "sent_ended",
    "sent_other",
    "unchanged",
    "duplicate",
    "rejected",
    "held",
)


@dataclass(slots=True)
class Summary:
    """What a run did."""

    jobcenter: str
    deliveries: int = 0
    refused: int = 0
    held: int = 0
    published: int = 0
    stopped: bool = False
    waiting: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTS, 0))
    rejected_by_code: dict[str, int] = field(default_factory=dict)

    def add(self, report: dict[str, Any]) -> None:
        """Count a delivery."""
        self.deliveries += 1
        self.refused += report["state"] == "REFUSED"
        self.held += report["state"] == "HELD"
        for name in _COUNTS:
            self.counts[name] += report[name]
        for entry in report["rejected_by_code"]:
            self.rejected_by_code[entry["code"]] = self.rejected_by_code.get(entry["code"], 0) + entry["count"]

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "jobcenter": self.jobcenter,
            "deliveries": self.deliveries,
            "refused": self.refused,
            "held_deliveries": self.held,
            "published": self.published,
            "stopped": self.stopped,
            "waiting": self.waiting,
            **self.counts,
            "rejected_by_code": dict(sorted(self.rejected_by_code.items())),
        }


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
        Stop: sign-in or permission refused by Kafka.
        ConfigurationError: the Jobcenter's file does not hold together.
    """
    runner = _Runner(jobcenter, folder, State(state_path), until, today, stop or asyncio.Event(), on_event)
    try:
        waiting = runner.tell_waiting
        async with Relay(runner.state, bootstrap_servers, kafka_options=kafka_options, on_waiting=waiting) as relay:
            return await runner.run(relay, once, poll_seconds)
    finally:
        runner.state.close()


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
    with tempfile.TemporaryDirectory(prefix="jobhub-") as scratch:
        copy = Path(scratch) / state_path.name
        if state_path.exists():
            for suffix in ("", "-wal"):
                if (part := state_path.with_name(state_path.name + suffix)).exists():
                    shutil.copyfile(part, copy.with_name(copy.name + suffix))
        runner = _Runner(jobcenter, folder, State(copy), until, today, asyncio.Event(), on_event)
        try:
            for source, delivery in runner.pending():
                taken = take(runner.state, jobcenter, source, delivery, folder=folder, today=runner.today)
                runner.tell_delivery(taken.report)
            runner.summary.published = 0
            return runner.summary
        finally:
            runner.state.close()


class _Runner:
    def __init__(
        self,
        jobcenter: Jobcenter,
        folder: Path,
        state: State,
        until: date | None,
        today: date | None,
        stop: asyncio.Event,
        on_event: OnEvent,
    ) -> None:
        self.jobcenter, self.folder, self.state, self.until = jobcenter, folder, state, until
        self._today, self.stop, self.on_event = today, stop, on_event
        self.summary = Summary(jobcenter.id)
        self._looks: dict[Path, tuple[int, int]] = {}
        self._told: set[str] = set()
        try:
            self.sources: list[Source] = [build_source(jobcenter, name) for name in jobcenter.sources]
            # A faulty mapping is said at the start, not at the first delivery.
            names = {name: dict[str, str]() for name in jobcenter.lookups}
            for name in jobcenter.sources:
                RowMapping(jobcenter, name, names)
                metrics.source_expected_interval.labels(jobcenter.id, name).set(
                    jobcenter.sources[name].every_hours * 3600
                )
        except BaseException:
            state.close()
            raise

    @property
    def today(self) -> date:
        """Day of deliveries whose name tells none."""
        return self._today or datetime.now(BERLIN).date()

    # ------------------------------------------------------------------------------------------------ the loop

    async def run(self, relay: Relay, once: bool, poll_seconds: float) -> Summary:
        await self._publish(relay)
        forgot = 0.0
        while not self.stop.is_set():
            if time.monotonic() - forgot > _FORGET_EVERY_SECONDS or not forgot:
                self.state.forget_old(datetime.now(UTC))
                forgot = time.monotonic()
            await self._take_all(relay)
            if once and not await self._await_growing(relay):
                break
            if not once:
                await self._pause(poll_seconds)
                await self._publish(relay)  # an operator may have approved something
        self.summary.stopped = self.stop.is_set()
        return self.summary

    async def _take_all(self, relay: Relay) -> None:
        for source, delivery in await asyncio.to_thread(self.pending):
            if self.stop.is_set():
                return
            if not self._is_settled(delivery):
                continue
            await self._take(relay, source, delivery)

    async def _await_growing(self, relay: Relay) -> bool:
        """With --once: give files that are still being written half a minute. Whether any is worth another look."""
        for _ in range(_SETTLE_TRIES):
            growing = [
                delivery for _, delivery in await asyncio.to_thread(self.pending) if not self._is_settled(delivery)
            ]
            if not growing or self.stop.is_set():
                break
            await self._pause(_SETTLE_SECONDS / 2)
            await self._take_all(relay)
        left = [delivery.file for _, delivery in await asyncio.to_thread(self.pending)]
        self.summary.waiting = left
        return False

    async def _take(self, relay: Relay, source: Source, delivery: Delivery) -> None:
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
            return
        except Retry as error:
            self.tell_waiting(error.code, error.what, error.after_seconds)
            return
        metrics.delivery_taken(taken.report)
        await self._publish(relay)
        if not self.stop.is_set():
            self.tell_delivery(taken.report)

    async def _publish(self, relay: Relay) -> None:
        """Send what waits, then report deliveries all of whose records are acknowledged, and send the reports."""
        waiting = self.state.count_unpublished()
        metrics.outbox_records.labels(self.jobcenter.id).set(waiting)
        done = await relay.drain(self.stop)
        for entry in self.state.deliveries_in("READ"):
            if self.state.count_unpublished(entry.seq):
                continue
            finish(self.state, entry)
            waiting += 1
            metrics.source_last_success.labels(self.jobcenter.id, entry.source).set_to_current_time()
        done = done and await relay.drain(self.stop)
        left = self.state.count_unpublished()
        metrics.outbox_records.labels(self.jobcenter.id).set(left)
        self.summary.published += waiting - left

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.stop.wait(), timeout=seconds)
        except TimeoutError:
            return

    # ------------------------------------------------------------------------------------------------ deliveries

    def pending(self) -> list[tuple[Source, Delivery]]:
        """Deliveries not done yet, oldest day first; of one day in the order of the sources in the file."""
        found: list[tuple[date, int, str, Source, Delivery]] = []
        for place, source in enumerate(self.sources):
            for delivery in source.deliveries(self.folder, self.until):
                if not self._is_done(delivery):
                    found.append((delivery.day or date.min, place, delivery.file, source, delivery))
        return [(source, delivery) for *_, source, delivery in sorted(found, key=lambda entry: entry[:3])]

    def _is_done(self, delivery: Delivery) -> bool:
        known = self.state.delivery_by_id(delivery.id)
        if known is None or known.state == "BEGUN":
            return False
        if known.state != "REFUSED" or known.reason in ("E307", "E311"):
            return True
        # A refused file is worth another look when its description was corrected.
        try:
            tables = read_lookups(self.jobcenter.lookups, self.folder)
        except Stop:
            return True
        return RowMapping(self.jobcenter, delivery.source, tables).fingerprint == known.mapping

    def _is_settled(self, delivery: Delivery) -> bool:
        """Whether a file is not being written any more."""
        if delivery.path is None:
            return True
        try:
            status = delivery.path.lstat()
        except OSError:
            return False
        if not stat.S_ISREG(status.st_mode):
            return True  # refused when read
        look = (status.st_size, status.st_mtime_ns)
        before, self._looks[delivery.path] = self._looks.get(delivery.path), look
        settled = delivery.sha256 is not None and (
            look == before or abs(time.time() - status.st_mtime) > _SETTLE_SECONDS
        )
        if not settled and before is not None:
            self.tell_waiting("E301", delivery.file, _SETTLE_SECONDS)
        return settled

    # ------------------------------------------------------------------------------------------------ telling

    def tell_waiting(self, code: str, what: str, seconds: float) -> None:
        """Something has to wait."""
        self.on_event(
            {
                "event": "waiting",
                "jobcenter": self.jobcenter.id,
                "code": code,
                "what": what,
                "seconds": round(seconds, 1),
            }
        )

    def tell_delivery(self, report: dict[str, Any]) -> None:
        """A delivery is done."""
        self.summary.add(report)
        told = {name: report[name] for name in ("delivery", "source", "file", "state", "reason", "complete", *_COUNTS)}
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
