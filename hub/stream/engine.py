"""The consumer group of a worker and the tasks it is given. A service of the Faust app, on public parts alone."""

from __future__ import annotations

import asyncio
import gc
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any

import mode
import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError

from hub import metrics
from hub.idle_member import hear
from hub.stream import watchdog
from hub.stream.batches import Ask
from hub.stream.exits import Alarm, die
from hub.stream.options import METADATA_MAX_AGE_MS, WorkerOptions
from hub.stream.task import Task

log = structlog.get_logger(__name__)

WATCH_SECS = 2.0
_ANSWER_SECS = 0.9
"""So long a look waits for an answer, and it asks twice at most: then the next one is on time."""
RELEASE_SECS = 3.0


class Engine(mode.Service, ConsumerRebalanceListener):  # type: ignore[misc]
    """Starts a task for each partition number the group gives us and ends it when the group takes it back."""

    def __init__(
        self, options: WorkerOptions, ask: Ask, on_ready: Callable[[], Awaitable[None]], **service: Any
    ) -> None:
        super().__init__(**service)
        self._options, self._ask, self._on_ready = options, ask, on_ready
        self._consumer: Any = None
        self._owned: dict[int, Task] = {}
        self._runs: dict[asyncio.Task[None], Task] = {}
        self._idle_since = time.monotonic()
        self._announced = False
        self._announcing: asyncio.Future[None] | None = None
        self._shown: dict[TopicPartition, int] | None = None
        self._ends: dict[TopicPartition, int] = {}
        """Where our partitions ended when the brokers were asked last."""
        self._asked_at = time.monotonic()

    async def on_start(self) -> None:
        """Join the group."""
        # Records live for one batch only; the default would walk them over and over (a sixth of the CPU).
        gc.set_threshold(50_000, 20, 50)
        session_ms = int(self._options.session_secs * 1000)
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._options.bootstrap_servers,
            group_id=self._options.app,
            enable_auto_commit=False,
            auto_offset_reset="none",
            # The same p of every topic goes to the same worker: that makes p a unit of work.
            partition_assignment_strategy=(RangePartitionAssignor,),
            session_timeout_ms=session_ms,
            rebalance_timeout_ms=session_ms,
            heartbeat_interval_ms=session_ms // 3,
            fetch_max_wait_ms=50,
            metadata_max_age_ms=METADATA_MAX_AGE_MS,
            **self._options.security,
        )
        await self._consumer.start()
        self._consumer.subscribe(self._options.raw_topics, listener=self)

    async def on_stop(self) -> None:
        """Leave the group, after the transactions that are under way."""
        await self._release()
        if self._consumer is not None:
            await self._consumer.stop()

    # -------------------------------------------------------------------------------------------------- rebalances

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """The group takes partitions back; all of them, to give some again."""
        if await self._release():
            die("handing over", Alarm("a transaction did not end in time; its successor settles it"))

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """The group gives us partitions. Returns at once: no sign of life is sent while this runs."""
        try:
            self._start_tasks(assigned)
        except Exception as error:  # the client would go on, and nobody would work on what is ours
            die("starting", error)

    def _start_tasks(self, assigned: Iterable[TopicPartition]) -> None:
        by_number: dict[int, list[TopicPartition]] = defaultdict(list)
        for tp in assigned:
            by_number[tp.partition].append(tp)
        for p, partitions in by_number.items():
            if len(partitions) != len(self._options.raw_topics):
                die(
                    "starting",
                    Alarm(
                        f"of partition {p} only {len(partitions)} topics were given to this worker:"
                        " another worker of the group reads other topics; stop it first"
                    ),
                )
            self._start_task(p, partitions)
        metrics.tasks.set(len(self._owned))
        self._idle_since = time.monotonic()
        if self._announcing is not None:
            self._announcing.cancel()  # it waits for tasks of the last round
        self._announcing = asyncio.ensure_future(self._announce(list(self._owned.values())))

    def _start_task(self, p: int, partitions: list[TopicPartition]) -> None:
        task = self._owned[p] = Task(self._options, self._consumer, self._ask, p, partitions)
        running = asyncio.get_running_loop().create_task(task.run())
        self._runs[running] = task
        running.add_done_callback(self._ended)

    def _ended(self, running: asyncio.Task[None]) -> None:
        task = self._runs.pop(running)
        if not running.cancelled() and (error := running.exception()) is not None:
            die(f"task {task.p}", error)

    async def _release(self) -> bool:
        """Stop all tasks. True if one would not end; then nothing of it may be used again."""
        self._owned = {}
        metrics.tasks.set(0)
        metrics.lag_records.clear()
        self._idle_since = time.monotonic()
        for task in self._runs.values():
            task.stop()
        if not self._runs:
            return False
        _, pending = await asyncio.wait(list(self._runs), timeout=RELEASE_SECS)
        for running in pending:
            running.cancel()
        return bool(pending)

    async def _announce(self, tasks: list[Task]) -> None:
        for task in tasks:
            await task.opened.wait()
        if not self._announced:
            await self._on_ready()
            self._announced = True

    # ---------------------------------------------------------------------------------------------------- watching

    @mode.Service.timer(WATCH_SECS)
    async def _watch(self) -> None:
        """Every two seconds. (A timer of its own class cannot be called by anybody else.)"""
        await self.look()

    async def look(self) -> None:
        """Tell lag, and end the process if it stands still: after a broker restart a group can, without an error."""
        await self._ask_for_ends(self._owned.values())
        tasks = list(self._owned.values())
        views = [watchdog.view(task, self._end) for task in tasks]
        metrics.lag(
            {tp: count for seen in views for tp, count in seen.lag.items()},
            {tp: moment for seen in views for tp, moment in seen.worked_at.items()},
        )
        now = time.monotonic()
        for task, seen in zip(tasks, views, strict=True):
            if not seen.work_waits:
                task.moved = now
        if (stalled := watchdog.stalled(views, now, self._options.stall_secs)) is not None:
            die("watchdog", stalled)
        await self._show_positions({tp: offset for task in tasks for tp, offset in task.next.items()})
        if not tasks:
            await self._hear()
        if not tasks and now - self._idle_since > self._options.stall_secs:
            try:
                await asyncio.wait_for(self._sure_that_nothing_waits(), self._options.stall_secs)
            except (TimeoutError, KafkaError) as error:
                die("watchdog", Alarm(f"no partitions, and no word whether work waits ({type(error).__name__})"))
            self._idle_since = now

    async def _ask_for_ends(self, tasks: Iterable[Task]) -> None:
        """Now and then, of the brokers: a client that fetches no more, without an error, knows of nothing new."""
        partitions = [tp for task in tasks for tp in task.next]
        if partitions and time.monotonic() - self._asked_at > self._options.stall_secs / 2:
            with suppress(TimeoutError, KafkaError):  # then the next time
                self._ends = await asyncio.wait_for(self._consumer.end_offsets(partitions), _ANSWER_SECS)
                self._asked_at = time.monotonic()

    def _end(self, tp: TopicPartition) -> int:
        return max(self._consumer.highwater(tp) or 0, self._ends.get(tp, 0))

    async def _hear(self) -> None:
        try:
            await hear(self._consumer, _ANSWER_SECS)
        except KafkaError as error:
            die("waiting for partitions", error)

    async def _show_positions(self, positions: dict[TopicPartition, int]) -> None:
        """Offsets in the group are for lag tools only; nothing reads them back."""
        if positions:
            try:
                await asyncio.wait_for(self._consumer.commit(positions), _ANSWER_SECS)
            except (TimeoutError, KafkaError) as error:
                log.debug("positions not shown", error=type(error).__name__)

    async def _sure_that_nothing_waits(self) -> None:
        """A spare worker has no partitions, and that is well as long as the others move."""
        partitions = [
            TopicPartition(topic, p)
            for topic in self._options.raw_topics
            for p in self._consumer.partitions_for_topic(topic) or ()
        ]
        # Positions for lag tools are good enough for an alarm.
        shown = {tp: await self._consumer.committed(tp) or 0 for tp in partitions}
        end = await self._consumer.end_offsets(partitions)
        before, self._shown = self._shown, shown
        if before == shown and any(end[tp] > offset for tp, offset in shown.items()):
            die("watchdog", Alarm("work waits, nobody moves, and this worker has no partitions"))
