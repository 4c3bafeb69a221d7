"""Partition number p of all raw topics: one unit of work with its own producer, state and positions.

The order of `run` is what safety rests on, not the consumer group: fence the former owner; only then read state and
positions; seek there; then one transaction for each batch. Memory changes after the commit. Whoever breaks one of
these rules gets records lost or done twice; tests/integration/test_worker.py has a mutant for each.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from hub import metrics
from hub.steps.batch import Outcome, RawRecord
from hub.stream.batches import Ask, decide, fresh
from hub.stream.exits import Alarm, Hole
from hub.stream.expired import expire
from hub.stream.failpoints import at
from hub.stream.forgetting import Forgetting
from hub.stream.in_flight import InFlight
from hub.stream.left_open import end_left_open
from hub.stream.options import REQUEST_SECS, WorkerOptions
from hub.stream.outputs import Outputs
from hub.stream.state import TaskState, restore, state_rows
from schemas import topics
from schemas.codes import security_codes

log = structlog.get_logger(__name__)

HOLES_MAX = 3
IDLE_POLL_SECS = 0.2


class Task:
    """Works on partition p until it is stopped. `run` is called once; an exception out of it ends the process."""

    def __init__(self, options: WorkerOptions, consumer: Any, ask: Ask, p: int, partitions: Sequence[TopicPartition]):
        self.p, self.partitions = p, sorted(partitions)
        self.opened = asyncio.Event()
        self.next: dict[TopicPartition, int] = {}
        """Next offset of each raw partition; empty until the task is open."""
        self.worked_at: dict[TopicPartition, int] = {}
        """Time stamp of the last record done in each, in milliseconds."""
        self.moved = time.monotonic()
        """When something was committed last."""
        self._options, self._consumer, self._ask = options, consumer, ask
        self._outputs = Outputs(options, p)
        self._in_flight = InFlight(options.data / "worker" / f"{options.app}-{p}.in-flight")
        self._state = TaskState()
        self._forgetting = Forgetting(options, self._outputs, _now_ms)
        self._holes = 0
        self._stopping = False
        self._polling: asyncio.Future[Any] | None = None
        self._gathering: asyncio.Future[dict[TopicPartition, list[RawRecord]]] | None = None
        """The next poll, while a transaction is under way."""
        self._working = self._cut_short = False
        self._opening: asyncio.Future[None] | None = None

    async def run(self) -> None:
        """Take over, work, let go."""
        at("before-fence")
        if await self._open():
            self.opened.set()
        while not self._stopping:
            await self._forgetting.look(self._state)
            polled = await self._poll()
            if polled and not self._stopping:
                await self._work(polled)
        await self._outputs.close()
        self._in_flight.close()

    def stop(self) -> None:
        """Ask for the end. A poll is cut short, and taking over, which a successor begins anew; a transaction never."""
        self._stopping = True
        self._cut_poll_short()
        if self._opening is not None and not self._outputs.ending:
            self._opening.cancel()

    def stopped(self) -> bool:
        """Whether the end was asked for."""
        return self._stopping

    # ------------------------------------------------------------------------------------------------- taking over

    async def _open(self) -> bool:
        """Whether it came so far; if not, the end was asked for meanwhile."""
        self._opening = asyncio.ensure_future(self._take_over())
        try:
            await self._opening
        except asyncio.CancelledError:
            if not self._stopping:
                raise
        finally:
            self._opening = None
        if not self._stopping:
            await self._seek()
        return not self._stopping

    async def _take_over(self) -> None:
        await self._outputs.fence()
        at("fenced")
        began = time.monotonic()
        await end_left_open(self._options, self.p, self._outputs)
        if self._stopping:
            return  # asked for while a verdict was pronounced
        self._state = await restore(self._options, self.p)
        log.debug("task open", p=self.p, entities=len(self._state.entities), secs=round(time.monotonic() - began, 3))

    async def _seek(self) -> None:
        """Go to our own positions. A topic never worked on begins at 0, so what expired in it is told too."""
        first = await self._consumer.beginning_offsets(self.partitions)
        end = await self._consumer.end_offsets(self.partitions)
        for tp in self.partitions:
            position = self._state.positions.get(tp.topic, 0)
            if position > end[tp]:
                raise Alarm(
                    f"{tp.topic}-{tp.partition} ends at {end[tp]}, but {position} records of it are done."
                    " The topic was made anew; its positions in the state topic belong to the old one"
                )
            if position < first[tp]:
                await self._give_up_expired(tp, position, first[tp])
            self.next[tp] = max(position, first[tp])
            self._consumer.seek(tp, self.next[tp])
        self._settle_suspicion()

    async def _give_up_expired(self, tp: TopicPartition, position: int, first: int) -> None:
        log.error("records expired unread", topic=tp.topic, partition=tp.partition, first=position, last=first - 1)
        for reached, outcome in expire(tp.topic, tp.partition, position, first, _now_ms()):
            await self._commit(outcome, {tp.topic: reached})

    # ----------------------------------------------------------------------------------------------------- working

    async def _poll(self) -> dict[TopicPartition, list[RawRecord]]:
        """What there is, or was gathered meanwhile."""
        gathering, self._gathering = self._gathering or asyncio.ensure_future(self._gather()), None
        try:
            return await gathering
        except OffsetOutOfRangeError:
            # Retention overtook us while we worked.
            self._count_hole("retention overtook the position")
            await self._seek()
            return {}

    async def _gather(self) -> dict[TopicPartition, list[RawRecord]]:
        """What comes until the linger of the first is over, no other batch is worked on, or this one is full.

        Taking records at once matters to the other tasks too: the client asks a broker for more only when nothing that
        came from it lies untaken.
        """
        gathered: dict[TopicPartition, list[RawRecord]] = {}
        room, until = self._options.poll_records_max, 0.0
        while room > 0 and not self.stopped():
            left = until - time.monotonic()
            if gathered and left <= 0 and not self._working:
                break
            timeout = left if gathered and left > 0 else IDLE_POLL_SECS
            for tp, some in (await self._getmany(max(1, int(timeout * 1000)), room)).items():
                until = until or time.monotonic() + self._options.linger_secs
                room -= len(some)
                if tp in gathered:
                    gathered[tp].extend(some)
                else:
                    gathered[tp] = some  # as it came: columns are to stay columns
        return gathered

    async def _getmany(self, timeout_ms: int, limit: int) -> dict[TopicPartition, list[RawRecord]]:
        if self.stopped():
            return {}  # while the group is being rebalanced, a poll waits for its end, and the end for us
        poll = self._consumer.getmany(*self.partitions, timeout_ms=timeout_ms, max_records=limit)
        self._polling = asyncio.ensure_future(poll)
        try:
            polled: dict[TopicPartition, list[RawRecord]] = await self._polling
            return polled
        except asyncio.CancelledError:
            if self._cut_short or self.stopped():
                return {}
            raise
        finally:
            self._polling, self._cut_short = None, False

    def _cut_poll_short(self) -> None:
        """Nothing is lost by it: the client counts records as taken in the moment in which it hands them over."""
        if self._polling is not None and self._polling.cancel():
            self._cut_short = True

    async def _work(self, polled: Mapping[TopicPartition, Sequence[RawRecord]]) -> None:
        records, holes = fresh(polled, self.next)
        for tp, want in holes.items():
            self._count_hole(f"{tp.topic}-{tp.partition}: offset {want} is missing")
            self._consumer.seek(tp, want)
        if not records:
            return
        began = time.monotonic()
        self._forgetting.hear(records)
        self._working = True
        # Not before partitions with holes are sought: what is gathered follows what is worked on.
        self._gathering = asyncio.ensure_future(self._gather())
        try:
            outcome = await asyncio.wait_for(
                decide(self._ask, records, self._state.entities, self._in_flight), REQUEST_SECS
            )
            at("decided")
            await self._commit(outcome, {tp.topic: some[-1].offset + 1 for tp, some in records.items()})
        except BaseException:
            self._gathering.cancel()
            raise
        self._working = False
        self._cut_poll_short()
        for tp, some in records.items():
            self.next[tp] = some[-1].offset + 1
            self.worked_at[tp] = some[-1].timestamp
        self._holes = 0
        self._settle_suspicion()
        metrics.batch_done(sum(map(len, records.values())), time.monotonic() - began)

    async def _commit(self, outcome: Outcome, reached: Mapping[str, int]) -> None:
        state = state_rows(outcome.changes, {**self._state.positions, **reached}, _now_ms())
        await self._outputs.commit({**outcome.rows, topics.STATE: state})
        # Remembered last: until the commit it is not true.
        self._state.apply(outcome.changes, reached, self._forgetting.moment())
        self.moved = time.monotonic()
        metrics.outcome_committed(outcome)
        for (jobcenter, _, code), count in outcome.codes.items():
            if code in security_codes():
                log.warning("security event", jobcenter=jobcenter, code=code, count=count)

    def _count_hole(self, what: str) -> None:
        self._holes += 1
        log.warning("hole", what=what, times=self._holes)
        if self._holes > HOLES_MAX:
            raise Hole(f"{what}, again after {HOLES_MAX} attempts")

    def _settle_suspicion(self) -> None:
        suspected = self._in_flight.left_behind
        if suspected and not any(suspected.covers(tp.topic, offset) for tp, offset in self.next.items()):
            self._in_flight.settle()


def _now_ms() -> int:
    return int(time.time() * 1000)
