"""Outbox → Kafka, in order, every acknowledgement awaited. What was not acknowledged is sent again, byte for byte.

While batches are on their way the next ones are read and packed. How many that may be, the producer says: for each
partition it sends one, has room for one more, and lets the next one wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError

from connectors import batches
from connectors.batches import Sent, hand_over
from connectors.kafka_away import AWAY, KafkaAway, Waiting
from connectors.parcels.mark import Told
from connectors.parcels.send import Waiting as Parcel
from connectors.state import State
from schemas.flat_request import send_flat

_AT_ONCE = 2000
_MARKED_AT_ONCE = 20
"""Batches that are marked together. For each time the disk is waited for; what was not marked when a connector is
killed is sent again, and the hub knows it."""
_ACK_SECONDS = 30.0
_LAST_SECONDS = 2.0
_LEAST_BATCH_BYTES = 32 << 10
_KEPT_BYTES = 16 << 20


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
        _keep_freed_memory()
        self._state = state
        self._settings = {
            "bootstrap_servers": bootstrap_servers,
            "acks": "all",
            "enable_idempotence": True,
            "max_request_size": 4 << 20,
            "request_timeout_ms": 10_000,
            "metadata_max_age_ms": 10_000,
            **(kafka_options or {}),
        }
        self._producer: AIOKafkaProducer | None = None
        self._batch_bytes = batches.BATCH_BYTES
        self._acknowledged: list[Told] = []
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
        while oldest := self._state.unpublished(_AT_ONCE):
            if stop.is_set():
                return False
            try:
                await _unless(stop, self._publish(oldest, stop))
            except AWAY as error:
                # A time-out says nothing about what the broker did. Sending the same bytes again is safe, since
                # the hub knows them by version and hash.
                await self._drop_producer()
                # On a slow line nothing would ever arrive that takes longer than the broker is waited for.
                self._batch_bytes = max(_LEAST_BATCH_BYTES, self._batch_bytes // 4)
                await self._away.wait(error, stop, f"writing to {_topic(error) or oldest[0].topic} is not allowed")
        return True

    async def _publish(self, parcels: list[Parcel], stop: asyncio.Event) -> None:
        """Send these and what waits behind them.

        Once something failed nothing more is handed over, for it would overtake what is sent again.
        """
        producer = await self._open_producer()
        sent: list[Sent] = []
        failure: BaseException | None = None
        try:
            try:
                while parcels and not stop.is_set() and not _has_failed(sent):
                    async for one in hand_over(producer, parcels, self._batch_bytes):
                        sent.append(one)
                    await asyncio.sleep(0)  # the producer, and whoever asks to stop, have their turn
                    if len(sent) >= _MARKED_AT_ONCE:
                        sent = self._unknown(sent)
                    parcels = self._state.unpublished(_AT_ONCE, after=parcels[-1].numbers[-1])
            except AWAY as error:
                failure = error  # what was handed over before that is waited for all the same
            if sent:
                await asyncio.wait([one.answer for one in sent], timeout=_ACK_SECONDS)
        finally:
            sent = self._unknown(sent)
        failure = failure or next((one.failure() for one in sent), None)
        if failure is not None:
            raise failure
        self._batch_bytes = batches.BATCH_BYTES

    def _unknown(self, sent: list[Sent]) -> list[Sent]:
        """Mark what is acknowledged; returns what is not, or not yet."""
        there = [one for one in sent if one.failure() is None]
        if there:
            # Each by its own acknowledgement: a remembered highest number would skip whatever failed below it.
            self._mark([one.told() for one in there])
            self._away.is_back()
        return [one for one in sent if one.failure() is not None]

    def _mark(self, told: list[Told]) -> None:
        """What cannot be marked now, on a full disk, is marked before anything is sent again: it must not go twice."""
        self._acknowledged += told
        if self._acknowledged:
            self._state.mark_published(self._acknowledged)
            self._acknowledged = []

    async def _open_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(**self._settings)
            send_flat(producer)
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


def _has_failed(sent: Iterable[Sent]) -> bool:
    """Whether any of these has its answer, and it was none."""
    return any(one.answer.done() and one.failure() is not None for one in sent)


def _topic(error: BaseException) -> str | None:
    """The topic that was refused, if that is what happened."""
    return str(error.args[0]) if isinstance(error, TopicAuthorizationFailedError) and error.args else None


def _keep_freed_memory() -> None:
    """Have freed memory kept for the next parcel.

    glibc returns it to the system beyond twice the largest piece that was ever freed. To be given it anew, page by
    page, costs an eighth of the relay's CPU. So a large piece is freed once, before anything was written to it.
    """
    bytes(_KEPT_BYTES)


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do some work, but not longer than until `stop`; what it had sent by then counts as unknown."""
    task, stopped = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        # Acknowledgements that are on their way are worth a moment: what is not marked is sent twice.
        await asyncio.wait({task}, timeout=_LAST_SECONDS)
        if task.done():
            return task.result()
    finally:
        stopped.cancel()
        task.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)
