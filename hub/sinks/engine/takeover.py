"""Takes a partition over: the position by the database, compared with the log there is."""

from __future__ import annotations

import structlog
from aiokafka import TopicPartition

from hub.sinks import metrics
from hub.sinks.engine import progress
from hub.sinks.engine.progress import Claim
from hub.sinks.engine.store import Store

_log = structlog.get_logger(__name__)


class PositionLost(Exception):
    """The database is ahead of the log: the topic was made anew. Going on would skip what is written from now on."""


async def take_over(store: Store, sink: str, tp: TopicPartition, beginning: int, end: int) -> Claim:
    """Claim a partition whose log has these limits, and account for what was deleted before we read it.

    Raises:
        PositionLost: the position lies behind the log's end.
        Fenced: another owner came in between.
    """
    ours = await store.database.ask(
        lambda connection: progress.claim(connection, sink, tp.topic, tp.partition, beginning)
    )
    if ours.next_offset > end:
        raise PositionLost(
            f"sink {sink}: {tp.topic}-{tp.partition} ends at {end}, but {ours.next_offset} was reached already;"
            " the topic was made anew. Restore it, or start with an empty database [E901]"
        )
    if ours.next_offset < beginning:
        lost = beginning - ours.next_offset
        _log.error("expired unread", sink=sink, topic=tp.topic, partition=tp.partition, offsets=lost)
        metrics.records(sink, "expired_unread", lost)
        ours = await store.expire(ours, beginning)
    return ours
