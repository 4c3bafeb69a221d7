"""What a task knows: the state topic read to its end, once it can have no other writer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import TopicPartition

from hub.steps.batch import Copied, Row
from hub.steps.wire import NO_HEADERS, sized
from hub.stream.exits import Alarm
from hub.stream.options import WorkerOptions
from hub.stream.reader import reader
from schemas import topics

POSITIONS = b"pos"
"""Key of the position vector. No entity is called so: their keys contain a slash."""


@dataclass(slots=True)
class TaskState:
    """Entities (state key -> state value) and, for each raw topic, the next offset. Changed after a commit only."""

    entities: dict[bytes, bytes] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)

    def apply(self, changes: Mapping[bytes, bytes], positions: Mapping[str, int]) -> None:
        """What was committed becomes true."""
        self.entities.update(changes)
        self.positions.update(positions)


def state_rows(changes: Mapping[bytes, bytes], positions: Mapping[str, int], now_ms: int) -> list[Row | Copied]:
    """Changes and all positions as records of the state topic."""
    rows: list[Row | Copied] = [(now_ms, sized(key) + sized(value) + NO_HEADERS) for key, value in changes.items()]
    return [*rows, Row(POSITIONS, json.dumps(positions, sort_keys=True).encode(), now_ms, [])]


async def restore(options: WorkerOptions, p: int) -> TaskState:
    """State of partition p from what was committed.

    Never from the positions of the consumer group: asked at the wrong moment a broker says "none" without an error,
    and everything would be done twice.

    Raises:
        Alarm: receipts prove that work was done, and the state topic knows nothing of it.
    """
    client = reader(options)
    await client.start()
    try:
        state = TaskState()
        await _read(client, TopicPartition(topics.STATE, p), state.entities)
        positions = state.entities.pop(POSITIONS, None)
        if positions is None:
            await _sure_that_nothing_was_done(client, options.jobcenters, p)
        else:
            state.positions = json.loads(positions)
        return state
    finally:
        await client.stop()


async def _read(client: Any, tp: TopicPartition, into: dict[bytes, bytes], limit: int | None = None) -> None:
    """Committed records of one partition up to the end it has now; a tombstone takes its key away."""
    client.assign([tp])
    end = (await client.end_offsets([tp]))[tp]
    client.seek(tp, (await client.beginning_offsets([tp]))[tp])
    while await client.position(tp) < end and (limit is None or len(into) < limit):
        for records in (await client.getmany(tp, timeout_ms=200, max_records=10_000)).values():
            for record in records:
                if record.value is None:
                    into.pop(record.key, None)
                else:
                    into[record.key] = record.value


async def _sure_that_nothing_was_done(client: Any, jobcenters: Sequence[str], p: int) -> None:
    # Committed receipts, not the end of the topic: an aborted first transaction moves the end too.
    for jobcenter in jobcenters:
        found: dict[bytes, bytes] = {}
        await _read(client, TopicPartition(topics.receipts(jobcenter), p), found, limit=1)
        if found:
            raise Alarm(
                f"partition {p}: {topics.receipts(jobcenter)} holds receipts, but {topics.STATE} has no positions."
                " The state topic was lost or emptied; restore it before starting workers"
            )
