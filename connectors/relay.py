"""Outbox → Kafka, in order, every acknowledgement awaited. What was not acknowledged is sent again, byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer

from connectors.batches import Sent, hand_over
from connectors.kafka_away import AWAY, KafkaAway, Waiting
from connectors.parcels import OutboxRow
from connectors.state import State

_BATCH = 2000
_ACK_SECONDS = 30.0


class Relay:
    """Publishes the outbox of one Jobcenter. Used by one task at a time; opened late, reopened after any error."""

    def __init__(
        self,
        state: State,
        bootstrap_servers: str,
        *,
        kafka_options: Mapping[str, Any] | None = None,
        on_waiting: Waiting | None = None,
    ) -> None:
        self._state = state
        self._settings = {
            "bootstrap_servers": bootstrap_servers,
            "acks": "all",
            "enable_idempotence": True,
            "max_request_size": 2 << 20,
            "request_timeout_ms": 10_000,
            "metadata_max_age_ms": 10_000,
            **(kafka_options or {}),
        }
        self._producer: AIOKafkaProducer | None = None
        self._acknowledged: list[tuple[int, int, int]] = []
        on_waiting = on_waiting or (lambda code, what, seconds: None)
        self._away = KafkaAway(bootstrap_servers, kafka_options or {}, on_waiting)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._drop_producer()

    async def drain(self, stop: asyncio.Event) -> bool:
        """Publish until nothing waits; False if asked to stop before that.

        Raises:
            Stop: sign-in or permission refused; waiting would not help.
        """
        self._mark([])
        while rows := self._state.unpublished(_BATCH):
            if stop.is_set():
                return False
            try:
                await _unless(stop, self._publish(rows))
                self._away.is_back()
            except AWAY as error:
                # A time-out says nothing about what the broker did. Sending the same bytes again is safe, since
                # the hub knows them by version and hash.
                await self._drop_producer()
                await self._away.wait(error, stop, f"writing to {rows[0].topic} is not allowed")
        return True

    async def _publish(self, rows: list[OutboxRow]) -> None:
        producer = await self._open_producer()
        sent: list[Sent] = []
        failure: BaseException | None = None
        try:
            async for one in hand_over(producer, rows):
                sent.append(one)
        except AWAY as error:
            failure = error  # what was handed over before that is waited for all the same
        if sent:
            await asyncio.wait([one.answer for one in sent], timeout=_ACK_SECONDS)
        places: list[tuple[int, int, int]] = []
        for one in sent:
            if (unknown := one.failure()) is None:
                places += one.places()
            else:
                failure = failure or unknown
        # Each row by its own acknowledgement: a remembered highest number would skip whatever failed below it.
        self._mark(places)
        if failure is not None:
            raise failure

    def _mark(self, places: list[tuple[int, int, int]]) -> None:
        """What cannot be marked now, on a full disk, is marked before anything is sent again: it must not go twice."""
        self._acknowledged += places
        if self._acknowledged:
            self._state.mark_published(self._acknowledged)
            self._acknowledged = []

    async def _open_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(**self._settings)
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer

    async def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                await asyncio.wait_for(producer.stop(), timeout=2)
            except AWAY:
                return  # it was broken already; its unacknowledged records are still in the outbox


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do some work, but not longer than until `stop`; what it had sent by then counts as unknown."""
    task, stopped = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        # Acknowledgements that are on their way are worth a moment: what is not marked is sent twice.
        await asyncio.wait({task}, timeout=2)
        if task.done():
            return task.result()
    finally:
        stopped.cancel()
        task.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)
