"""The end of a transaction for partitions where it is missing: commit or abort, without writing a record."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

from aiokafka import TopicPartition
from aiokafka.client import ConnectionGroup, CoordinationType
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.transaction import AddPartitionsToTxnRequest, EndTxnRequest

_AGAIN_SECS = 0.1
# The coordinator is loading, elsewhere, or still busy with the last transaction; or the first request was refused for
# one of these reasons, so that for the second there is nothing to end.
_AGAIN_CODES = frozenset({0, 3, 7, 14, 15, 16, 48, 51, 55})


async def pronounce(producer: Any, name: str, partitions: Collection[TopicPartition], committed: bool) -> None:
    """End whatever this producer id left open there. Whoever calls has a time-out for it.

    A transaction without records: the broker writes its end behind what is there. Both requests go out in one breath,
    so that no process dies between them: its successor would abort, whatever was decided.
    """
    manager = producer._txn_manager  # the client has no other way to its producer id
    who = (name, manager.producer_id, manager.producer_epoch)
    add = AddPartitionsToTxnRequest(*who, [(topic, [p]) for topic, p in partitions])
    end = EndTxnRequest(*who, committed)
    while not await _sent(producer.client, name, add, end):  # noqa: ASYNC110 - the broker is asked, not waited for
        await asyncio.sleep(_AGAIN_SECS)


async def _sent(client: Any, name: str, add: AddPartitionsToTxnRequest, end: EndTxnRequest) -> bool:
    """Whether the broker took both; if not, they may be sent again."""
    group = ConnectionGroup.COORDINATION
    try:
        node = await client.coordinator_lookup(CoordinationType.TRANSACTION, name)
        if not await client.ready(node, group=group):
            return False
        added, ended = await asyncio.gather(client.send(node, add, group=group), client.send(node, end, group=group))
    except KafkaError as error:
        if not error.retriable:
            raise
        return False
    codes = [code for _, results in added.errors for _, code in results] + [ended.error_code]
    for code in codes:
        if code not in _AGAIN_CODES:
            raise for_code(code)()
    return not any(codes)
