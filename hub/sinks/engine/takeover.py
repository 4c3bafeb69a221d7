"""Takes partitions over: their positions by the database, compared with the logs there are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress

import structlog
from aiokafka import TopicPartition

from hub.sinks import metrics
from hub.sinks.engine import progress
from hub.sinks.engine.progress import Claim, Fenced
from hub.sinks.engine.store import Store

_log = structlog.get_logger(__name__)


class PositionLost(Exception):
    """The database is ahead of the log: the topic was made anew. Going on would skip what is written from now on."""


async def take_over(
    store: Store,
    sink: str,
    beginnings: Mapping[TopicPartition, int],
    ends: Callable[[Collection[TopicPartition]], Awaitable[Mapping[TopicPartition, int]]],
) -> dict[TopicPartition, Claim]:
    """Claim partitions, and account for what was deleted before we read it.

    Args:
        store: of this sink.
        sink: its name.
        beginnings: of the partitions' logs.
        ends: asks where they end; after the claim, for until then another owner may have gone on.

    Returns:
        What is ours now; not what another owner took meanwhile.

    Raises:
        PositionLost: a position lies behind the log's end.
    """
    by_name = {(tp.topic, tp.partition): tp for tp in beginnings}
    first = {(tp.topic, tp.partition): offset for tp, offset in beginnings.items()}
    claimed = await store.database.ask(lambda connection: progress.claim(connection, sink, first))
    ends_at = await ends(beginnings)
    found = {}
    for name, ours in claimed.items():
        tp = by_name[name]
        if ours.next_offset > ends_at[tp]:
            raise PositionLost(
                f"sink {sink}: {tp.topic}-{tp.partition} ends at {ends_at[tp]}, but {ours.next_offset} was reached"
                " already; the topic was made anew. Restore it, or start with an empty database [E901]"
            )
        with suppress(Fenced):
            found[tp] = await _account_for_expired(store, ours, first[name])
    return found


async def _account_for_expired(store: Store, ours: Claim, beginning: int) -> Claim:
    if (lost := beginning - ours.next_offset) <= 0:
        return ours
    _log.error("expired unread", sink=ours.sink, topic=ours.topic, partition=ours.partition, offsets=lost)
    metrics.records(ours.sink, "expired_unread", lost)
    return await store.expire(ours, beginning)
