"""A member of a consumer group that has no partition, or none it may poll yet, and so would never poll.

aiokafka (0.14.0) keeps the errors of its group for the next poll, and joins no more until they were heard: after a
broker restart the group may have ended a join in one. And whoever has not polled for five minutes it takes out of the
group, with no way back. So there is a poll for nothing, now and then.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import ConsumerStoppedError

_NOWHERE = TopicPartition("", 0)


async def hear(consumer: AIOKafkaConsumer, secs: float) -> None:
    """Poll for nothing. Takes no record away, whatever is assigned.

    Args:
        consumer: of the member.
        secs: while the group deals its partitions out anew, so long at most.

    Raises:
        KafkaError: what the client wanted to say.
    """
    with suppress(TimeoutError, ConsumerStoppedError):
        await asyncio.wait_for(consumer.getmany(_NOWHERE, timeout_ms=0), secs)
