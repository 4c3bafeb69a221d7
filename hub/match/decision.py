"""A decision on a pair on its way into its topic. Written once and kept for good; the latest of a pair holds."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from aiokafka import AIOKafkaProducer

from hub.match.cards import pair_of
from schemas import topics
from schemas.codec import codec
from schemas.envelope import CONTENT_TYPE, TYPE_PREFIX, Headers, new_traceparent, time_text

Verdict = Literal["JOIN", "SPLIT", "RULES"]


async def publish(
    bootstrap_servers: str, security: Mapping[str, Any], one: str, other: str, verdict: Verdict, reason: str
) -> None:
    """Write a decision; returns when the brokers have it.

    Raises:
        KafkaError: the brokers do not take it.
    """
    a, b = pair_of(one, other)
    now = datetime.now(UTC).replace(microsecond=0)
    value = codec("match").encode({"a": a, "b": b, "verdict": verdict, "reason": reason, "decided_at": now})
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers, acks="all", enable_idempotence=True, request_timeout_ms=10_000, **security
    )
    await producer.start()
    try:
        key = topics.pair_key(a, b)
        await producer.send_and_wait(topics.MATCH, value, key.encode(), headers=_headers(key, now))
    finally:
        await producer.stop()


def _headers(key: str, now: datetime) -> Headers:
    found = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid.uuid4()),
        "ce_type": f"{TYPE_PREFIX}.match.decided.v1",
        "ce_source": "/hub/match",
        "ce_time": time_text(now),
        "ce_subject": key,
        "content-type": CONTENT_TYPE,
        "traceparent": new_traceparent(),
    }
    return [(name, value.encode()) for name, value in found.items()]
