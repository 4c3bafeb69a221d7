"""A transaction that was decided but not told to every partition: found at take-over, judged by evidence, ended.

Kafka 4.4 drops the end of a transaction for partitions that have no leader at that moment, takes it for complete, and
says so (TransactionMarkerChannelManager: "likely deleted already"). A broker that stood still, or the last copy of a
partition that is away, is enough. What lies behind such a place nobody sees, the successor included: it would do the
work again, and the next end of the same producer would end the forgotten transaction too, whatever was decided.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from typing import Any, NamedTuple

import structlog
from aiokafka import TopicPartition

from hub.stream.ends import Ends, stable_ends, written_ends
from hub.stream.exits import Alarm
from hub.stream.options import WorkerOptions
from hub.stream.outputs import Outputs
from hub.stream.reader import reader, records
from hub.stream.state import POSITIONS
from schemas import topics
from schemas.codec import codec
from schemas.envelope import read_coordinates

log = structlog.get_logger(__name__)

PATIENCE_SECS = 3.0
"""So long an end that is on its way to the copies of a partition may take."""
_TAIL = 1_000
"""Offsets before the end of a partition in which its last transaction is found: the end itself, and earlier ends."""


Positions = Mapping[str, int]
"""Raw topic -> the offset that is worked on next."""


class Place(NamedTuple):
    """A raw record that an output speaks of."""

    topic: str
    offset: int


async def end_left_open(options: WorkerOptions, p: int, outputs: Outputs) -> None:
    """End what an earlier transaction left open in our partitions, the way it was decided.

    Called when the former owner is fenced and before state is read: nobody writes meanwhile, and whatever is open was
    decided. Only the last transaction can be open, because `Outputs.commit` makes sure of the one before.

    Raises:
        Alarm: what was written contradicts itself, or it cannot be ended.
    """
    if not (found := await _left_open(options, p, outputs)):
        return
    committed = await _decision(options, p, outputs, found)
    names = sorted(tp.topic for tp in found)
    log.warning("a transaction without an end is ended", p=p, topics=names, committed=committed)
    await outputs.end(found, committed)
    if still := await _left_open(options, p, outputs):
        raise Alarm(
            f"partition {p} of {', '.join(sorted(tp.topic for tp in still))}: a transaction has no end and cannot be"
            f" given one. It was {'committed' if committed else 'aborted'}; find it with kafka-transactions.sh"
            " find-hanging, and ask for help before you end it: that tool can only abort"
        )


async def _left_open(options: WorkerOptions, p: int, outputs: Outputs) -> dict[TopicPartition, tuple[int, int]]:
    """Partitions with an open transaction: where it begins, and where the partition ends."""
    partitions = [TopicPartition(topic, p) for topic in options.output_topics]
    give_up = asyncio.get_running_loop().time() + PATIENCE_SECS
    while True:
        stable, written = await outputs.ends(stable_ends, partitions), await outputs.ends(written_ends, partitions)
        found = {tp: (stable[tp], written[tp]) for tp in partitions if stable[tp] < written[tp]}
        if not found or asyncio.get_running_loop().time() > give_up:
            return found
        await asyncio.sleep(0.05)


async def _decision(
    options: WorkerOptions, p: int, outputs: Outputs, found: Mapping[TopicPartition, tuple[int, int]]
) -> bool:
    state = TopicPartition(topics.STATE, p)
    told = [tp for tp in (TopicPartition(topic, p) for topic in options.output_topics) if tp not in found]
    ends: Ends = await outputs.ends(stable_ends, told)
    done = await _positions(options, state, 0, found[state][0] if state in found else ends[state], committed=True)
    if state in found:
        reached = await _positions(options, state, *found[state], committed=False)
        tails = {tp: (max(0, ends[tp] - _TAIL), ends[tp]) for tp in told}
        seen = [place async for place in _places(options, tails, committed=True)]
        return committed_as_told(done, reached, seen)
    hidden = [record async for record in _records(options, found, committed=False)]
    return only_forgets(hidden) or committed_as_known(done, [place for record in hidden for place in places(record)])


def committed_as_told(done: Positions, reached: Positions, seen: Iterable[Place]) -> bool:
    """Whether a transaction whose positions are hidden was committed: something of its work is seen elsewhere.

    If nothing is seen of it anywhere, an abort is right whatever was decided: the work is done once more.

    Args:
        done: the positions everybody sees, with which it began.
        reached: the positions it wrote itself. Empty: it did not come that far, so it cannot have been committed.
        seen: raw records that committed outputs speak of.
    """
    return any(done.get(place.topic, 0) <= place.offset < reached.get(place.topic, 0) for place in seen)


def committed_as_known(done: Positions, hidden: Collection[Place]) -> bool:
    """Whether a transaction whose positions are known was committed: they speak of what it hid.

    Raises:
        Alarm: they speak of a part of it.
    """
    known = {place.offset < done.get(place.topic, 0) for place in hidden}
    if len(known) != 1:
        raise Alarm(
            "a transaction has no end, and what it wrote does not say whether it was committed."
            " Do not end it by hand; keep the topics as they are and ask for help"
        )
    return known.pop()


def only_forgets(hidden: Collection[Any]) -> bool:
    """Whether nothing but tombstones of what ended long ago is hidden, of which no position speaks.

    To commit them is right whatever was decided: their entities have ended, and if the state remembers them still,
    they are forgotten once more.
    """
    return bool(hidden) and all(record.value is None and not [*places(record)] for record in hidden)


# ------------------------------------------------------------------------------------------------------- the evidence


async def _positions(
    options: WorkerOptions, state: TopicPartition, begin: int, end: int, *, committed: bool
) -> dict[str, int]:
    """The last positions in a range of the state topic, which is compacted: the committed ones may lie far back."""
    found: dict[str, int] = {}
    async for record in _records(options, {state: (begin, end)}, committed=committed):
        if record.key == POSITIONS and record.value is not None:
            found = json.loads(record.value)
    return found


async def _places(
    options: WorkerOptions, ranges: Mapping[TopicPartition, tuple[int, int]], *, committed: bool
) -> AsyncIterator[Place]:
    async for record in _records(options, ranges, committed=committed):
        for place in places(record):
            yield place


def places(record: Any) -> Iterable[Place]:
    """The raw records an output speaks of; of a receipt the last one."""
    if record.topic == topics.STATE or not record.topic.startswith("jobhub."):
        return
    if record.topic.startswith("jobhub.receipts."):
        receipt = codec("receipt").decode(record.value)
        yield Place(receipt["topic"], receipt["last_offset"])
    elif record.topic.startswith("jobhub.rejected."):
        rejected = codec("rejected").decode(record.value)
        yield Place(rejected["origin_topic"], rejected["origin_offset"])
    elif (origin := read_coordinates(record.headers)) is not None:
        yield Place(origin.topic, origin.offset)


async def _records(
    options: WorkerOptions, ranges: Mapping[TopicPartition, tuple[int, int]], *, committed: bool
) -> AsyncIterator[Any]:
    """Records of some partitions from an offset up to another (not included)."""
    if not any(begin < end for begin, end in ranges.values()):
        return  # a reader that is stopped before it has asked anything raises CancelledError
    client = reader(options, committed=committed)
    await client.start()
    try:
        async for record in records(client, ranges):
            yield record
    finally:
        await client.stop()
