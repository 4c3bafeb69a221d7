"""The talk with Kafka: sign in, ask which brokers there are, which rights we have, and whether its clock is ahead."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.errors import KafkaError
from aiokafka.protocol.offset import OffsetRequest

from connectors.doctor.reach import Server
from connectors.doctor.rights import RightsRequest, Topic, brokers_of, topics_of

# A record this much later than our own clock cannot be explained by the way of the request.
AHEAD_SECONDS = 5.0


@dataclass(slots=True)
class Talk:
    """What came of it. `error` ends it at the sign-in, `later_error` after that."""

    server: Server | None = None
    error: BaseException | None = None
    later_error: BaseException | None = None
    brokers: dict[int, Server] = field(default_factory=dict)
    needed: list[Topic] = field(default_factory=list)
    visible: list[Topic] = field(default_factory=list)
    ahead_seconds: float | None = None
    """So much later than our clock is a record of the own topics; 0: none is; None: not asked."""


def talk(servers: list[Server], options: Mapping[str, Any], topics: list[str], seconds: float) -> Talk:
    """Sign in at the first server that lets us, ask, and leave. Never raises for what the other side does."""
    with _quiet():
        return asyncio.run(_talk(servers, options, topics, seconds))


async def _talk(servers: list[Server], options: Mapping[str, Any], topics: list[str], seconds: float) -> Talk:
    found = Talk()
    connection = None
    for server in servers:
        try:
            connection = await _connect(server, options, seconds)
            found.server, found.error = server, None
            break
        except (KafkaError, OSError, TimeoutError, ValueError, AssertionError, NotImplementedError) as error:
            found.error = found.error or error
    if connection is None:
        return found
    try:
        async with asyncio.timeout(seconds * 3):
            await _ask(connection, found, options, topics, seconds)
    except (KafkaError, OSError, TimeoutError, ValueError, NotImplementedError) as error:
        found.later_error = error
    finally:
        await _leave(connection)
    return found


async def _connect(server: Server, options: Mapping[str, Any], seconds: float) -> AIOKafkaConnection:
    async with asyncio.timeout(seconds * 2):
        return await create_conn(server.host, server.port, request_timeout_ms=int(seconds * 1000), **options)


async def _leave(connection: AIOKafkaConnection) -> None:
    """Hang up, and wait until it is done: otherwise the socket outlives the loop."""
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(connection.close()), 1)


async def _ask(
    connection: AIOKafkaConnection, found: Talk, options: Mapping[str, Any], topics: list[str], seconds: float
) -> None:
    answer = await connection.send(RightsRequest(None))
    found.visible = topics_of(answer)
    found.brokers = {node: Server(*place) for node, place in brokers_of(answer).items()}
    if topics:
        found.needed = topics_of(await connection.send(RightsRequest(topics)))
        found.ahead_seconds = await _ahead(connection, found, options, seconds)


async def _ahead(
    connection: AIOKafkaConnection, found: Talk, options: Mapping[str, Any], seconds: float
) -> float | None:
    """How far the records of our own topics lie in our future. The broker stamps them with its own clock."""
    now = time.time()
    by_leader: dict[int, list[tuple[str, list[tuple[int, int]]]]] = {}
    for topic in found.needed:
        for leader in set(topic.leaders):
            parts = [part for part, node in enumerate(topic.leaders) if node == leader]
            asked = [(part, int((now + AHEAD_SECONDS) * 1000)) for part in parts]
            by_leader.setdefault(leader, []).append((topic.name, asked))
    ahead, heard = 0.0, False
    for leader, asked_there in by_leader.items():
        if leader not in found.brokers:
            continue
        place = found.brokers[leader]
        own = connection if place == found.server else await _connect(place, options, seconds)
        try:
            answer = await own.send(OffsetRequest(-1, 0, asked_there))
        finally:
            if own is not connection:
                await _leave(own)
        for entry in answer.to_object()["topics"]:
            for part in entry["partitions"]:
                heard = heard or part["error_code"] == 0
                if part["error_code"] == 0 and part["offset"] >= 0:
                    ahead = max(ahead, part["timestamp"] / 1000 - now)
    return ahead if heard else None


@contextmanager
def _quiet() -> Iterator[None]:
    """What the client logs when it is not let in, the doctor says in words."""
    client = logging.getLogger("aiokafka")
    before = client.level
    client.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        client.setLevel(before)
