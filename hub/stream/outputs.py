"""Everything a batch brings about, in one Kafka transaction. The transactional id fences whoever owned p before."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition

from hub.steps.batch import Row, copy_of
from hub.stream.ends import Ends, stable_ends
from hub.stream.exits import Alarm
from hub.stream.failpoints import at
from hub.stream.options import METADATA_MAX_AGE_MS, REQUEST_SECS, WorkerOptions
from hub.stream.verdict import pronounce
from schemas.record_batch import Copied, ReadyBatch, Records, write

# Above the largest record there can be: a raw record of 1 MiB, sealed, with its coordinates.
_BATCH_BYTES = (1 << 20) + (1 << 18)

_SEEN_SECS = 0.005
RESEND_SECS = 10.0
"""After this time without an answer the client sends a request again, by another connection."""


class Outputs:
    """Partition p of all topics the hub writes to.

    `fence` is called first and once; then `commit` for one batch after the other, never two at a time. After an
    exception the object is in an undefined state and the process ends; nothing is aborted or tried again.
    """

    def __init__(self, options: WorkerOptions, p: int) -> None:
        self._options, self._p = options, p
        self.ending = False
        """Whether an earlier transaction is being ended at this moment, which must not be cut short."""
        self._producer: Any = None
        self._written: tuple[Sequence[Row | Copied], list[Records]] = ((), [])
        self._last: dict[TopicPartition, int] = {}
        """An offset of the last transaction in each partition it wrote to."""
        self._seeing: asyncio.Task[None] | None = None

    def transactional_id(self) -> str:
        """One for each p: starting a second producer of this name ends the first one."""
        return self._options.transactional_id(self._p)

    async def fence(self) -> None:
        """Become the only writer of p. Returns when the former owner's open transaction is settled."""
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._options.bootstrap_servers,
            transactional_id=self.transactional_id(),
            acks="all",
            linger_ms=0,
            max_batch_size=_BATCH_BYTES,
            max_request_size=2 * _BATCH_BYTES,
            transaction_timeout_ms=20_000,
            request_timeout_ms=int(RESEND_SECS * 1000),
            metadata_max_age_ms=METADATA_MAX_AGE_MS,
            **self._options.security,
        )
        await asyncio.wait_for(self._producer.start(), REQUEST_SECS)
        # All at once; else each topic is asked for when it is written to first.
        await self._producer.client.set_topics(self._options.output_topics)

    async def commit(self, rows: Mapping[str, Sequence[Row | Copied]]) -> None:
        """Write rows to their topics and commit. When it returns, all of them are there; when it raises, who knows."""
        if self._seeing is not None:
            await asyncio.wait([self._seeing])  # it may have failed; what counts is the next line
        await self._sure_that_the_last_is_seen()
        began = time.monotonic()
        await asyncio.wait_for(self._producer.begin_transaction(), REQUEST_SECS)
        at("begun")
        sends = [sent for topic, some in rows.items() for sent in await self._send(topic, some)]
        at("sent")
        await self._confirm(sends)
        at("delivered")
        await asyncio.wait_for(self._producer.commit_transaction(), REQUEST_SECS)
        at("committed")
        if time.monotonic() - began > RESEND_SECS:
            raise Alarm(
                "committed, but so slowly that a request may have been sent twice: its first copy, read late, could end"
                " the next transaction. A new process cannot be reached by it"
            )
        self._seeing = asyncio.create_task(self._see())

    async def _see(self) -> None:
        """Look ahead of time, so that the next transaction need not wait for it."""
        await asyncio.sleep(_SEEN_SECS)
        with suppress(Exception):
            await self._sure_that_the_last_is_seen()

    async def _sure_that_the_last_is_seen(self) -> None:
        """Before the next transaction, the end of the last one is in all its partitions.

        A broker may have told some of them only (hub/stream/left_open.py). The next end would then end it there too,
        and if that is an abort, half of what was committed is gone.
        """
        give_up = None
        while self._last:
            stable = await self.ends(stable_ends, self._last)
            self._last = {tp: offset for tp, offset in self._last.items() if stable[tp] <= offset}
            # Counted from the first answer: a broker that is away for long is another matter.
            give_up = give_up or time.monotonic() + RESEND_SECS
            if self._last and time.monotonic() > give_up:
                raise Alarm(f"the end of a transaction did not reach {', '.join(tp.topic for tp in self._last)}")
            await asyncio.sleep(_SEEN_SECS if self._last else 0)

    async def ends(self, ask: Callable[..., Awaitable[Ends]], partitions: Collection[TopicPartition]) -> Ends:
        """Where partitions end."""
        return await asyncio.wait_for(ask(self._producer.client, partitions), REQUEST_SECS)

    async def end(self, partitions: Collection[TopicPartition], committed: bool) -> None:
        """Commit or abort what an earlier transaction left open in some partitions."""
        self.ending = True
        await asyncio.wait_for(pronounce(self._producer, self.transactional_id(), partitions, committed), REQUEST_SECS)
        self.ending = False

    async def _send(self, topic: str, rows: Sequence[Row | Copied]) -> list[asyncio.Future[Any]]:
        """Hand rows over in as few Kafka batches as possible."""
        if rows != self._written[0]:  # both vacancy topics often get the very same rows
            self._written = rows, list(write(map(copy_of, rows), _BATCH_BYTES))
            if not all(records.fits(_BATCH_BYTES) for records in self._written[1]):
                raise Alarm(f"a record for {topic} is larger than {_BATCH_BYTES} bytes")
        return [await self._send_batch(topic, ReadyBatch(records, transactional=True)) for records in self._written[1]]

    async def _send_batch(self, topic: str, batch: Any) -> asyncio.Future[Any]:
        batch.close()
        sent: asyncio.Future[Any] = await self._producer.send_batch(batch, topic, partition=self._p)
        return sent

    async def _confirm(self, sends: Iterable[asyncio.Future[Any]]) -> None:
        # Every single one: commit_transaction() commits although a batch was refused.
        for sent in sends:
            there = await asyncio.wait_for(asyncio.shield(sent), REQUEST_SECS)
            self._last[TopicPartition(there.topic, there.partition)] = there.offset

    async def close(self) -> None:
        """Let the producer go; only between two transactions."""
        if self._seeing is not None:
            self._seeing.cancel()
            await asyncio.wait([self._seeing])
        if self._producer is not None:
            await asyncio.wait_for(self._producer.stop(), 5)
