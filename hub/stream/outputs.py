"""Everything a batch brings about, in one Kafka transaction. The transactional id fences whoever owned p before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer

from hub.steps.batch import Row
from hub.stream.exits import Alarm
from hub.stream.failpoints import at
from hub.stream.options import METADATA_MAX_AGE_MS, REQUEST_SECS, WorkerOptions

# Above the largest record there can be: a raw record of 1 MiB, sealed, with its coordinates.
_BATCH_BYTES = (1 << 20) + (1 << 18)


class Outputs:
    """Partition p of all topics the hub writes to.

    `fence` is called first and once; then `commit` for one batch after the other, never two at a time. After an
    exception the object is in an undefined state and the process ends; nothing is aborted or tried again.
    """

    def __init__(self, options: WorkerOptions, p: int) -> None:
        self._options, self._p = options, p
        self._producer: Any = None

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
            request_timeout_ms=10_000,
            metadata_max_age_ms=METADATA_MAX_AGE_MS,
            **self._options.security,
        )
        await asyncio.wait_for(self._producer.start(), REQUEST_SECS)

    async def commit(self, rows: Mapping[str, Sequence[Row]]) -> None:
        """Write rows to their topics and commit. When it returns, all of them are there; when it raises, who knows."""
        await asyncio.wait_for(self._producer.begin_transaction(), REQUEST_SECS)
        at("begun")
        sends = [sent for topic, some in rows.items() for sent in await self._send(topic, some)]
        at("sent")
        await self._confirm(sends)
        at("delivered")
        await asyncio.wait_for(self._producer.commit_transaction(), REQUEST_SECS)
        at("committed")

    async def _send(self, topic: str, rows: Iterable[Row]) -> list[asyncio.Future[Any]]:
        """Hand rows over in as few Kafka batches as possible."""
        sends: list[asyncio.Future[Any]] = []
        batch = self._producer.create_batch()
        for row in rows:
            if not _append(batch, row):
                sends.append(await self._send_batch(topic, batch))
                batch = self._producer.create_batch()
                if not _append(batch, row):
                    raise Alarm(f"a record for {topic} is larger than {_BATCH_BYTES} bytes")
        if batch.record_count():
            sends.append(await self._send_batch(topic, batch))
        return sends

    async def _send_batch(self, topic: str, batch: Any) -> asyncio.Future[Any]:
        batch.close()
        sent: asyncio.Future[Any] = await self._producer.send_batch(batch, topic, partition=self._p)
        return sent

    async def _confirm(self, sends: Iterable[asyncio.Future[Any]]) -> None:
        # Every single one: commit_transaction() commits although a batch was refused.
        for sent in sends:
            await asyncio.wait_for(asyncio.shield(sent), REQUEST_SECS)

    async def close(self) -> None:
        """Let the producer go; only between two transactions."""
        if self._producer is not None:
            await asyncio.wait_for(self._producer.stop(), 5)


def _append(batch: Any, row: Row) -> bool:
    fits: object = batch.append(timestamp=row.timestamp_ms, key=row.key, value=row.value, headers=row.headers)
    return fits is not None
