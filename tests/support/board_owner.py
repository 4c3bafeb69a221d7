"""A process that has just been given partitions of the board's topic, without Kafka."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hub.sinks.board import SINK
from hub.sinks.engine import progress
from hub.sinks.engine.database import Database
from hub.sinks.engine.progress import Claim
from hub.sinks.engine.store import Store
from tests.support.sink_log import TOPIC


@asynccontextmanager
async def owner(database_url: str, partitions: int = 1) -> AsyncIterator[tuple[Store, list[Claim]]]:
    """Its store, and what it owns of each partition. Whoever owned them before is fenced."""
    store = Store(Database(database_url, "board", SINK))
    try:
        places = {(TOPIC, p): 0 for p in range(partitions)}
        claims = await progress.claim(await store.database.connection(), "board", places)
        yield store, [claims[place] for place in places]
    finally:
        await store.database.close()
