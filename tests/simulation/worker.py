"""The worker of one partition: real flow, real state records, over the model of the log."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

from aiokafka import TopicPartition

from hub.flow import Flow
from hub.steps.batch import Batch, Outcome, Part, RawRecord
from hub.stream import batches, expired
from hub.stream.state import POSITIONS, TaskState, state_rows
from schemas import topics
from schemas.topics import parse_raw
from tests.simulation.log import NOW_MS, Draft, Fenced, Log
from tests.support.kafka_bytes import row_of

_flow = Flow("vacancy", {})


class Worker:
    """Whoever works on p. It may live on as a zombie when another one has taken over."""

    fences_first = True
    """Whether the former owner is fenced before the state is read; a mutant turns it round."""

    def __init__(self, log: Log, p: int, raw: Sequence[str], meanwhile: Callable[[], None] = lambda: None) -> None:
        """Take over; `meanwhile` is what the former owner does between the two first steps."""
        self.log, self.p, self.raw = log, p, raw
        self.alive = True
        if self.fences_first:
            self._epoch = log.fence(p)
            meanwhile()
            self.state = self._restore()
        else:
            self.state = self._restore()
            meanwhile()
            self._epoch = log.fence(p)
        self.expire()

    def _restore(self) -> TaskState:
        entities = dict(self.log.compacted(topics.STATE, self.p))
        positions = entities.pop(POSITIONS, None)
        return TaskState(entities, json.loads(positions) if positions else {})

    def expire(self) -> None:
        """Account for what retention deleted before it was read."""
        for topic in self.raw:
            beginning, ours = self.log.part(topic, self.p).beginning, self.state.positions.get(topic, 0)
            for reached, outcome in expired.expire(topic, self.p, ours, beginning, NOW_MS):
                self._commit(outcome, {topic: reached})

    def work(self, dice: random.Random, *, careful: bool = False) -> bool:
        """Work on one batch, with whatever goes wrong by the dice; False if there was none."""
        self.expire()
        polled = self._poll(dice, careful)
        positions = {tp: self.state.positions.get(tp.topic, 0) for tp in polled}
        records, _ = batches.fresh(polled, positions)
        if not records:
            return False
        parts = [Part(tp.topic, tp.partition, parse_raw(tp.topic).jobcenter, some) for tp, some in records.items()]
        batch, chance = Batch("vacancy", parts, NOW_MS), 1.0 if careful else dice.random()
        outcome = _flow.run(batch, self.state.entities)
        if chance < 0.15:
            # The answer took too long; the task asks again.
            outcome = _flow.run(batch, self.state.entities)
        reached = {tp.topic: some[-1].offset + 1 for tp, some in records.items()}
        if 0.15 <= chance < 0.25:
            self._die(outcome, reached)
        elif 0.25 <= chance < 0.3:
            self.alive = False  # between decision and transaction
        else:
            self._commit(outcome, reached)
            self.alive = self.alive and chance > 0.35  # after the commit, before it is remembered elsewhere
        return True

    def _poll(self, dice: random.Random, careful: bool) -> dict[TopicPartition, Sequence[RawRecord]]:
        limit = 100 if careful else dice.randint(1, 12)
        polled: dict[TopicPartition, Sequence[RawRecord]] = {}
        for topic in self.raw:
            position = self.state.positions.get(topic, 0)
            records: list[Any] = self.log.read(topic, self.p, position, limit)
            chance = 1.0 if careful else dice.random()
            if chance < 0.1:
                # A stale prefetch: what was read already comes once more.
                records = self.log.read(topic, self.p, max(0, position - 3), limit)
            elif chance < 0.2 and len(records) > 2:
                torn = dice.randrange(len(records) - 1)
                records = [*islice(records, torn), *records[torn + 1 :]]
            if records:
                polled[TopicPartition(topic, self.p)] = records
        return polled

    def _drafts(self, outcome: Outcome, reached: dict[str, int]) -> list[Draft]:
        state = state_rows(outcome.changes, {**self.state.positions, **reached}, NOW_MS)
        rows = {**outcome.rows, topics.STATE: state}
        told = [(topic, row_of(row)) for topic, some in rows.items() for row in some]
        return [Draft(topic, row.key, row.value, row.headers) for topic, row in told]

    def _commit(self, outcome: Outcome, reached: dict[str, int]) -> None:
        try:
            self.log.transact(self.p, self._epoch, self._drafts(outcome, reached))
        except Fenced:
            self.alive = False
            return
        self.state.apply(outcome.changes, reached, NOW_MS)

    def _die(self, outcome: Outcome, reached: dict[str, int]) -> None:
        """In the middle of the transaction: the broker takes it back."""
        self.alive = False
        try:
            self.log.transact(self.p, self._epoch, self._drafts(outcome, reached), commit=False)
        except Fenced:
            return
