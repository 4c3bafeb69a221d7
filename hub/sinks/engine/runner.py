"""Runs one sink: takes partitions over, polls, stores, and gives a partition up that is not ours any more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaConnectionError, KafkaError, OffsetOutOfRangeError

from hub.idle_member import hear
from hub.sinks import metrics
from hub.sinks.engine import progress
from hub.sinks.engine.consumer import group_member
from hub.sinks.engine.database import Database
from hub.sinks.engine.patience import wait_for
from hub.sinks.engine.polls import POLL_SECS, Polls
from hub.sinks.engine.progress import Claim, Fenced
from hub.sinks.engine.read import read
from hub.sinks.engine.store import Batch, Store
from hub.sinks.engine.takeover import take_over
from hub.sinks.engine.target import KafkaRecord, Sink
from schemas.kafka_access import refusal, why_refused

GROUP = "jobhub-sink-{}"

BATCH_RECORDS = 1_000
BATCH_RECORDS_CATCHING_UP = 5_000
_CLAIM_AGAIN_SECS = 10.0
_LOOK_UP_SECS = 5.0
_IDLE_SECS = 1.0

_log = structlog.get_logger(__name__)


class Runner(ConsumerRebalanceListener):  # type: ignore[misc]
    """One sink in this process.

    The Kafka group only deals out partitions. On assignment it is told, not asked to wait: no heartbeat is sent
    while a listener runs. The loop then claims what is new, so that claiming, polling and storing never overlap.
    """

    def __init__(
        self,
        name: str,
        sink: Sink,
        bootstrap_servers: str,
        database_url: str,
        session_secs: float,
        security: Mapping[str, Any],
    ) -> None:
        self.name, self.sink = name, sink
        self.database = Database(database_url, name, sink)
        self.store = Store(self.database)
        self.claims: dict[TopicPartition, Claim] = {}
        self.catching_up = True
        """Whether more lies before us than one ordinary batch. Until partitions are ours nobody knows."""
        self._assigned: set[TopicPartition] = set()
        self._generation = 0
        self._again_at: dict[TopicPartition, float] = {}
        self._quiet_since: dict[TopicPartition, float] = {}
        self._looked_up_at = 0.0
        self._writing: asyncio.Task[None] | None = None
        self._kafka = (bootstrap_servers, security)
        self.consumer = group_member(GROUP.format(name), bootstrap_servers, session_secs, security)
        self._polls = Polls(self.consumer)

    async def start(self) -> None:
        """Reach Kafka and join the group; waits for both services.

        Raises:
            AccessRefused: Kafka does not let us in.
        """
        await self.database.connection()
        await wait_for(self._connect, (KafkaError,), "E401", sink=self.name)
        self.consumer.subscribe(pattern=self.sink.pattern, listener=self)

    async def _connect(self) -> None:
        try:
            await self.consumer.start()
        except KafkaConnectionError as error:
            if (refused := await why_refused(*self._kafka)) is not None:
                raise refused from error
            raise

    async def run(self, stopping: asyncio.Event) -> None:
        """Store what comes until told to stop; the batch at hand is finished first."""
        while not stopping.is_set():
            await self._claim_new()
            if not self.claims:
                await self._wait_for_partitions()
                continue
            await self._round()
            await self._look_up()
        await self._finish_writing()

    async def close(self) -> None:
        """Leave the group and give the connection back."""
        if self._writing is not None:
            self._writing.cancel()
        try:
            await self.consumer.stop()
        finally:
            await self.database.close()

    # ------------------------------------------------------------------------------------- told by the Kafka client

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Whatever was ours may be another's from now on; the fence holds even if we have not noticed."""
        self._assigned = set()
        self._generation += 1

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """The loop will claim them."""
        self._assigned = set(assigned)
        self.catching_up = bool(self._assigned)
        self._generation += 1
        # Assigned anew: the client starts them at an offset of its own, so each is claimed and sought again.
        self.claims.clear()
        self._again_at.clear()

    # --------------------------------------------------------------------------------------------------- the loop

    async def _claim_new(self) -> None:
        now, generation = time.monotonic(), self._generation
        new = [tp for tp in self._assigned if tp not in self.claims and self._again_at.get(tp, 0.0) <= now]
        if not new:
            return
        await self._finish_writing()
        try:
            beginnings = await self.consumer.beginning_offsets(new)
            claimed = await take_over(self.store, self.name, beginnings, self.consumer.end_offsets)
            for tp in new if self._generation == generation else ():
                if tp in claimed:
                    self.consumer.seek(tp, claimed[tp].next_offset)
                    self.claims[tp] = claimed[tp]
                else:
                    self._give_up(tp)
        except IllegalStateError:
            return  # A partition went away before the listener was told.
        except KafkaError as error:
            _log.warning("waiting", code="E401", sink=self.name, error=type(error).__name__)
            await asyncio.sleep(1.0)

    async def _wait_for_partitions(self) -> None:
        await asyncio.sleep(POLL_SECS)
        try:
            await hear(self.consumer, POLL_SECS)
        except KafkaError as error:
            await self._bear(error)

    async def _bear(self, error: KafkaError) -> None:
        """Wait, if that can help; otherwise raise what a poll has raised."""
        if (refused := refusal(error)) is not None:
            raise refused from error
        if type(error) is KafkaError:
            raise error  # by this the client tells that a part of it has ended; no waiting brings it back
        _log.warning("waiting", code="E401", sink=self.name, error=type(error).__name__)
        await asyncio.sleep(1.0)

    async def _round(self) -> None:
        """One poll, and one transaction for all partitions that brought something."""
        await self._until_server_works()
        generation, mine = self._generation, list(self.claims)
        if not mine:
            return
        try:
            room = BATCH_RECORDS_CATCHING_UP if self.catching_up else BATCH_RECORDS
            polled = await self._polls.gather(mine, room, self._writing)
        except OffsetOutOfRangeError as error:
            # Retention passed us by. The next claim finds out how far, and accounts for it.
            for tp in error.args[0] if error.args and isinstance(error.args[0], dict) else mine:
                self.claims.pop(tp, None)
            return
        except IllegalStateError:
            return  # A partition went away between two lines; the listener has told, or will.
        except KafkaError as error:
            await self._bear(error)
            return
        await self._take({tp: polled.get(tp, []) for tp in mine}, generation)
        self.catching_up = sum(self._behind()) > BATCH_RECORDS
        if not polled:
            await self._finish_writing()
            self._note_idle()

    async def _take(self, polled: dict[TopicPartition, list[KafkaRecord]], generation: int) -> None:
        """Read batches while those before are being written, then begin to write them."""
        ends = {tp: await self._end(tp, records) for tp, records in polled.items()}
        due = {tp: records for tp, records in polled.items() if records or self._may_pass(tp, ends[tp])}
        if not due:
            return
        readings = {tp: await read(self.sink.target(tp.topic), records) for tp, records in due.items()}
        await self._finish_writing()
        # A rebalance in between: what was polled may come from another position than ours.
        if self._generation != generation:
            return
        batches = {}
        for tp, records in due.items():
            ours = self.claims.get(tp)
            if ours is None or ends[tp] <= ours.next_offset:
                continue
            if records and records[0].offset < ours.next_offset:
                self._give_up(tp)  # The client went back behind our position: claim and seek anew.
                continue
            self._quiet_since.pop(tp, None)
            batches[tp] = Batch(ours, readings[tp], ends[tp])
        if came := [record.timestamp for tp in batches for record in due[tp]]:
            metrics.oldest_at_hand(self.name, min(came))
        if batches:
            self.database.server_works.clear()
            self._writing = asyncio.create_task(self._write(batches, generation))

    async def _write(self, batches: dict[TopicPartition, Batch], generation: int) -> None:
        started = time.perf_counter()
        try:
            stored = await self.store.store([*batches.values()])
        except Fenced as fenced:
            if len(batches) > 1:  # one of them may be another's by now; the others are not to suffer
                for tp, batch in batches.items():
                    await self._write({tp: batch}, generation)
                return
            _log.warning("gives a partition up", sink=self.name, why=str(fenced))
            for tp in batches:
                self._give_up(tp)
            return
        if self._generation == generation:
            self.claims.update(zip(batches, (done.claim for done in stored), strict=True))
        if any(batch.reading.came for batch in batches.values()):
            outcomes = [noted.outcome.value for done in stored for noted in done.noted]
            applied = sum(done.applied for done in stored)
            metrics.batch(self.name, applied, outcomes, time.perf_counter() - started)

    async def _until_server_works(self) -> None:
        """Reading takes the processor that writing needs, but for the statement the server needs long for."""
        if self._writing is not None:
            works = asyncio.create_task(self.database.server_works.wait())
            await asyncio.wait([self._writing, works], return_when=asyncio.FIRST_COMPLETED)
            works.cancel()

    async def _finish_writing(self) -> None:
        """One transaction at a time."""
        writing, self._writing = self._writing, None
        if writing is not None:
            await writing

    async def _end(self, tp: TopicPartition, records: list[KafkaRecord]) -> int:
        """Where the next batch begins: behind the last record, and behind what a transaction leaves in the log."""
        last = records[-1].offset + 1 if records else 0
        try:
            # At once or not at all: a partition that was just given to us anew has no position until this very loop
            # has claimed it, and the client would wait for that without end.
            async with asyncio.timeout(0):
                return max(last, int(await self.consumer.position(tp)))
        except (TimeoutError, IllegalStateError, KafkaError):
            return last

    def _may_pass(self, tp: TopicPartition, to: int) -> bool:
        """Whether only ends of transactions have come for a second: then the position may move behind them."""
        ours = self.claims.get(tp)
        if ours is None or to <= ours.next_offset:
            self._quiet_since.pop(tp, None)
            return False
        return time.monotonic() - self._quiet_since.setdefault(tp, time.monotonic()) >= _IDLE_SECS

    def _give_up(self, tp: TopicPartition) -> None:
        self.claims.pop(tp, None)
        metrics.fenced(self.name)
        # If it is still ours by the group's word a while later, nobody else wants it.
        self._again_at[tp] = time.monotonic() + _CLAIM_AGAIN_SECS

    def _behind(self) -> list[int]:
        """Records of each partition that the last fetch left in the log, as far as the client knows."""
        # A rebalance takes partitions away a moment before the listener is told.
        given = [(tp, ours) for tp, ours in self.claims.items() if tp in self.consumer.assignment()]
        return [max(0, (self.consumer.highwater(tp) or 0) - ours.next_offset) for tp, ours in given]

    def _note_idle(self) -> None:
        # The end of a transaction may still stand between us and the end of the log.
        if max(self._behind(), default=0) <= 1:
            metrics.oldest_at_hand(self.name, None)

    async def _look_up(self) -> None:
        """Every few seconds: compare our positions with the database's, and show them to Kafka."""
        if time.monotonic() - self._looked_up_at < _LOOK_UP_SECS:
            return
        self._looked_up_at = time.monotonic()
        await self._finish_writing()
        await self._give_up_what_differs()
        await self._show_to_kafka()

    async def _show_to_kafka(self) -> None:
        """For lag tools only; nothing depends on it."""
        offsets = {tp: ours.next_offset for tp, ours in self.claims.items()}
        if offsets:  # a rebalance, or the look, may have left none; the client takes that for a mistake
            with suppress(TimeoutError, KafkaError, IllegalStateError):
                await asyncio.wait_for(self.consumer.commit(offsets), 3.0)

    async def _give_up_what_differs(self) -> None:
        """A restored backup puts positions back, also where nothing comes whose batch would find out."""
        stored = await self.database.ask(lambda connection: progress.positions(connection, self.name))
        for tp, ours in list(self.claims.items()):
            if stored.get((tp.topic, tp.partition)) != (ours.owner_epoch, ours.next_offset):
                _log.warning("gives a partition up", sink=self.name, why=f"the database has another position of {tp}")
                self._give_up(tp)
