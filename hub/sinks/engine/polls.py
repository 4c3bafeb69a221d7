"""Polls of a sink: what comes within a short while, or while a transaction is under way, is stored by one."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

POLL_SECS = 0.2
LINGER_SECS = 0.03
"""Live, a transaction for each record would cost more than all that is in it."""

Polled = dict[TopicPartition, list[Any]]


class Polls:
    """Of one consumer."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer
        self._trouble: KafkaError | None = None

    async def gather(self, partitions: list[TopicPartition], room: int, writing: asyncio.Task[None] | None) -> Polled:
        """What there is, and what comes until the linger of the first is over and nothing is being written any more.

        Taking records at once matters: the client asks a broker for more only when nothing of it lies untaken.

        Args:
            partitions: to poll.
            room: so many records are enough.
            writing: the batches before, if they are being written.

        Raises:
            KafkaError: as the client does. What was taken before is given first: nobody would bring it again.
        """
        if self._trouble is not None:
            trouble, self._trouble = self._trouble, None
            raise trouble
        gathered: Polled = {}
        until = math.inf
        while room > 0:
            left = until - time.monotonic()
            lingers = 0 < left < math.inf
            try:
                polled = await self._poll(
                    partitions, room, left if lingers else POLL_SECS, None if left > 0 else writing
                )
            except KafkaError as error:
                if not gathered:
                    raise
                self._trouble = error
                break
            for tp, records in polled.items():
                gathered.setdefault(tp, []).extend(records)
                room -= len(records)
            if not gathered:
                break
            until = min(until, time.monotonic() + LINGER_SECS)
            if time.monotonic() >= until and (writing is None or writing.done()):
                break
        return gathered

    async def _poll(
        self, partitions: list[TopicPartition], room: int, secs: float, before: asyncio.Task[None] | None
    ) -> Polled:
        """What comes next in some seconds, or before something else is done."""
        poll = self._consumer.getmany(*partitions, timeout_ms=max(1, int(secs * 1000)), max_records=room)
        polling: asyncio.Future[Polled] = asyncio.ensure_future(poll)
        awaited: list[asyncio.Future[Any]] = [polling] if before is None else [polling, before]
        try:
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
        finally:
            cut_short = polling.cancel()
        if cut_short:
            await asyncio.wait([polling])
        # Nothing is lost by it: the client counts records as taken in the moment in which it hands them over.
        return {} if polling.cancelled() else polling.result()
