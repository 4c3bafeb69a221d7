"""Carries remarks to Kafka. Connects when the first one comes, so the web needs no Kafka for anything else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas import topics
from schemas.codec import Record, codec
from schemas.identity import entity_key

_GIVE_UP_MS = 4_000
_PATIENCE_SECS = 10.0


class Away(Exception):
    """Kafka does not answer, or does not take it: try again later."""


class Mailbag:
    """Sends one remark at a time and waits until Kafka has it for good."""

    def __init__(self, bootstrap_servers: str, security: Mapping[str, Any] | None = None) -> None:
        self._servers, self._security = bootstrap_servers, dict(security or {})
        self._producer: AIOKafkaProducer | None = None
        self._one_at_a_time = asyncio.Lock()

    async def put(self, jobcenter: str, remark: Record) -> None:
        """Hand over a remark.

        Raises:
            Away: it is not certain that Kafka has it.
        """
        value = codec("remark").encode(remark)
        key = entity_key(remark["jobcenter"], remark["source_id"]).encode()
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(_PATIENCE_SECS):
                    producer = await self._opened()
                    await producer.send_and_wait(topics.remark(jobcenter), value, key)
            except (KafkaError, OSError, TimeoutError) as error:
                structlog.get_logger("hub.web").error("a remark was not taken", error=type(error).__name__)
                await self._close()
                raise Away from error

    async def close(self) -> None:
        """Let go of Kafka."""
        async with self._one_at_a_time:
            await self._close()

    async def _opened(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._servers,
                acks="all",
                enable_idempotence=True,
                # It gives up before we do, or it would send later what its sender was told is not sent.
                request_timeout_ms=_GIVE_UP_MS,
                **self._security,
            )
            try:
                await producer.start()
            except BaseException:
                with suppress(Exception):
                    await producer.stop()
                raise
            self._producer = producer
        return self._producer

    async def _close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError, OSError, TimeoutError):
                await asyncio.wait_for(producer.stop(), 2)
