"""What a task knows: the state topic read to its end, once it can have no other writer."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import TopicPartition

from hub.steps.batch import Row
from hub.steps.deduplicate import is_end
from hub.stream.exits import Alarm
from hub.stream.options import WorkerOptions
from hub.stream.reader import reader, records
from schemas import topics
from schemas.codec import codec
from schemas.record_batch import Copied
from schemas.wire import NO_HEADERS, sized

POSITIONS = b"pos"
"""Key of the position vector. No entity is called so: their keys contain a slash."""

_TAIL = 1_000
"""Offsets at the end of a partition of receipts in which its last transaction with records is found."""


@dataclass(slots=True)
class TaskState:
    """Entities (state key -> state value) and, for each raw topic, the next offset. Changed after a commit only."""

    entities: dict[bytes, bytes] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    ends: dict[bytes, int] = field(default_factory=dict)
    """When we were told of the end of each entity that ended, in milliseconds; the first of them first.

    As the state topic has it: the time stamp of its record. What was opened again meanwhile may stand here too.
    """

    def apply(self, changes: Mapping[bytes, bytes], positions: Mapping[str, int], now_ms: int) -> None:
        """What was committed at a time becomes true."""
        self.entities.update(changes)
        self.positions.update(positions)
        for key in [key for key, value in changes.items() if is_end(value)]:
            self._ended(key, now_ms)

    def take(self, key: bytes, value: bytes | None, timestamp_ms: int) -> None:
        """A record of an entity in the state topic, the older ones first; a tombstone takes it away."""
        if value is None:
            self.forget([key])
            return
        self.entities[key] = value
        if is_end(value):
            self._ended(key, timestamp_ms)

    def due(self, before_ms: int, limit: int) -> list[bytes]:
        """Entities that ended before a time and are ended still, as many as asked for."""
        found: list[bytes] = []
        opened: list[bytes] = []
        for key, ended_ms in self.ends.items():
            if ended_ms >= before_ms or len(found) == limit:
                break
            (found if is_end(self.entities[key]) else opened).append(key)
        for key in opened:
            del self.ends[key]
        return found

    def forget(self, keys: Collection[bytes]) -> None:
        """What is known of these entities."""
        for key in keys:
            self.entities.pop(key, None)
            self.ends.pop(key, None)

    def _ended(self, key: bytes, at_ms: int) -> None:
        self.ends.pop(key, None)  # so that it stands last
        self.ends[key] = at_ms


def state_rows(changes: Mapping[bytes, bytes], positions: Mapping[str, int], now_ms: int) -> list[Row | Copied]:
    """Changes and all positions as records of the state topic."""
    rows: list[Row | Copied] = [(now_ms, sized(key) + sized(value) + NO_HEADERS) for key, value in changes.items()]
    return [*rows, Row(POSITIONS, json.dumps(positions, sort_keys=True).encode(), now_ms, [])]


async def restore(options: WorkerOptions, p: int) -> TaskState:
    """State of partition p from what was committed.

    Never from the positions of the consumer group: asked at the wrong moment a broker says "none" without an error,
    and everything would be done twice.

    Raises:
        Alarm: receipts prove that work was done which the state topic does not know of.
    """
    client = reader(options)
    await client.start()
    try:
        state = TaskState()
        if positions := await _read(client, TopicPartition(topics.STATE, p), state):
            state.positions = json.loads(positions)
        await _sure_that_no_more_was_done(client, options.jobcenters, p, state.positions)
        return state
    finally:
        await client.stop()


async def _read(client: Any, tp: TopicPartition, into: TaskState) -> bytes | None:
    """Committed records of one partition up to the end it has now; the last position vector, which comes often."""
    positions = None
    end = await client.end_offsets([tp])
    async for record in records(client, {tp: (0, end[tp])}):
        if record.key == POSITIONS:
            positions = record.value
        else:
            into.take(record.key, record.value, record.timestamp)
    return positions


async def _sure_that_no_more_was_done(
    client: Any, jobcenters: Sequence[str], p: int, positions: Mapping[str, int]
) -> None:
    """Every receipt speaks of records that are done. Else they would be done again."""
    # Committed receipts, not the end of the topic: an aborted first transaction moves the end too.
    partitions = [TopicPartition(topics.receipts(jobcenter), p) for jobcenter in jobcenters]
    ends = await client.end_offsets(partitions)
    async for record in records(client, {tp: (end - _TAIL if positions else 0, end) for tp, end in ends.items()}):
        receipt = codec("receipt").decode(record.value)
        if receipt["last_offset"] >= (done := positions.get(receipt["topic"], 0)):
            raise Alarm(
                f"partition {p}: {record.topic} holds receipts up to offset {receipt['last_offset']} of"
                f" {receipt['topic']}, but {topics.STATE} has the position {done}."
                " The state topic, or the last transaction in it, was lost; restore it before starting workers"
            )
