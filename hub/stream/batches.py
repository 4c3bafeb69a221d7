"""From polls to batches: drop what is old, notice what is missing, and ask the flow."""

from __future__ import annotations

import time
from collections import ChainMap
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, cast

from aiokafka import TopicPartition

from hub.steps.batch import Batch, Known, Outcome, Part, RawRecord
from hub.stream.in_flight import InFlight
from schemas.topics import EVENTS, Event, parse_raw

Polled = Mapping[TopicPartition, Sequence[RawRecord]]
Ask = Callable[[Batch, Known, AbstractContextManager[None]], Awaitable[Outcome]]
"""Puts a batch to the agent of its event and waits for the answer. The agent works inside the context."""


class Fresh(NamedTuple):
    """Records from our own position on, without a gap; and where to go back to."""

    records: dict[TopicPartition, Sequence[RawRecord]]
    holes: dict[TopicPartition, int]


def fresh(polled: Polled, positions: Mapping[TopicPartition, int]) -> Fresh:
    """What of a poll is to be worked on.

    Raw topics are dense. Offsets below our position are a stale prefetch and are dropped; a gap is one too, or it is
    a loss: the whole partition is left out, and its position named.
    """
    records: dict[TopicPartition, Sequence[RawRecord]] = {}
    holes: dict[TopicPartition, int] = {}
    for tp, polled_records in polled.items():
        want = positions[tp]
        ours = polled_records
        if ours and ours[0].offset < want:
            ours = [record for record in polled_records if record.offset >= want]
        if not ours:
            continue
        if ours[0].offset == want and ours[-1].offset == want + len(ours) - 1:
            records[tp] = ours
        else:
            holes[tp] = want
    return Fresh(records, holes)


async def decide(ask: Ask, records: Polled, known: dict[bytes, bytes], in_flight: InFlight) -> Outcome:
    """Split a poll by event, ask for each, merge the outcomes. After a crash: one record at a time."""
    outcome = Outcome()
    suspected = in_flight.left_behind
    careful = suspected is not None and any(suspected.covers(tp.topic, some[0].offset) for tp, some in records.items())
    for batch in _questions(records, suspected.poison if suspected else None, careful):
        ranges = {part.topic: (part.records[0].offset, part.records[-1].offset) for part in batch.parts}
        # One by one, an earlier record of the poll is no longer in the same batch but counts as known all the same.
        overlay = ChainMap(outcome.changes, known) if careful else known
        outcome.add(await ask(batch, overlay, in_flight.looking_at(ranges)))
    return outcome


def _questions(records: Polled, poison: tuple[str, int] | None, careful: bool) -> Iterator[Batch]:
    now_ms = int(time.time() * 1000)
    parts: dict[Event, list[Part]] = {event: [] for event in EVENTS}
    for tp, some in records.items():
        raw = parse_raw(tp.topic)
        bad = (poison[1],) if poison is not None and poison[0] == tp.topic else ()
        for run in [[record] for record in some] if careful else [some]:
            parts[cast("Event", raw.event)].append(Part(tp.topic, tp.partition, raw.jobcenter, run, bad))
    for event, found in parts.items():
        for together in [[part] for part in found] if careful else [found] if found else []:
            yield Batch(event, together, now_ms)
