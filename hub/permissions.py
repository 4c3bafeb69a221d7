"""Whether Kafka lets this process do what it is for, asked before it begins.

A client that may not see a topic is told of no such topic, and one that may not join a group waits for ever; so a
missing permission would look like silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import TopicAuthorizationFailedError, for_code
from aiokafka.protocol.coordination import FindCoordinatorRequest
from aiokafka.protocol.metadata import MetadataRequest

from schemas.kafka_access import AccessRefused, refusal

_GROUP, _TRANSACTION = 0, 1


async def require(
    bootstrap_servers: str,
    security: Mapping[str, Any],
    *,
    topics: Iterable[str] = (),
    groups: Iterable[str] = (),
    transactional_ids: Iterable[str] = (),
) -> None:
    """Ask for everything by name.

    Raises:
        AccessRefused: the first thing that is not allowed.
        KafkaConnectionError: no broker answers.
    """
    client = AIOKafkaClient(bootstrap_servers=bootstrap_servers, **security)
    try:
        await client.bootstrap()
        # Asking for a topic must not create it.
        answer = await client.send(client.get_random_node(), MetadataRequest(sorted(topics), False))
        for topic in answer.to_object()["topics"]:
            if topic["error_code"] == TopicAuthorizationFailedError.errno:
                raise AccessRefused("E403", f"topic {topic['topic']}")
        for kind, names in ((_GROUP, groups), (_TRANSACTION, transactional_ids)):
            for name in names:
                await _find(client, name, kind)
    finally:
        await client.close()


async def _find(client: Any, name: str, kind: int) -> None:
    answer = await client.send(client.get_random_node(), FindCoordinatorRequest(name, kind))
    if answer.error_code and refusal(for_code(answer.error_code)()) is not None:
        raise AccessRefused("E403", f"{'transactional id' if kind else 'group'} {name}")
