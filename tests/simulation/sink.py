"""A sink process: the real targets, `read` and `decide`, over the model of the database.

What hub/sinks/engine/store.py does in SQL is told here once more in a few lines: compare and set the position, read
the states, decide, write guarded, keep account, commit, and ask the database when a commit's fate is unknown.
"""

from __future__ import annotations

import random
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from hub.sinks.engine import decide as engine
from hub.sinks.engine.read import Reading, read
from hub.sinks.engine.registry import sinks
from hub.sinks.engine.target import Item, State, Target
from tests.simulation.database import Change, Database, Place, Position
from tests.simulation.log import Log, Record

Result = TypeVar("Result")
_NOWHERE = Position(-1, 0, 0)
"""Of a partition that a restored database has never heard of."""


class Fenced(Exception):
    """The partition belongs to somebody else by now."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one partition, and what they say."""

    place: Place
    target: Target
    records: list[Record]
    reading: Reading

    @property
    def to(self) -> int:
        """Where the next batch begins."""
        return self.records[-1].offset + 1


class Sink:
    """One process of one sink. It may live on as a zombie, with the positions it once claimed."""

    compares = True
    """Whether owner and position are compared before anything is written."""
    offset_first = False
    """Whether the position is committed in a transaction of its own, before the rows."""
    asks_after_unknown = True
    """Whether the database is asked for the position when the fate of a commit is unknown."""

    def __init__(self, name: str, log: Log, database: Database) -> None:
        self.name, self.log, self.database = name, log, database
        self.claims: dict[Place, Position] = {}
        self.alive = True

    def work(self, topic: str, partition: int, dice: random.Random, *, careful: bool = False) -> bool:
        """Take one batch of a partition, with whatever goes wrong by the dice; False if there was none."""
        place = (self.name, topic, partition)
        ours = self.claims.get(place)
        if ours is None:
            ours = self.claims[place] = self.database.claim(place)
        records: list[Any] = self.log.read(topic, partition, ours.next, 200 if careful else dice.randint(1, 10))
        if not records:
            return False
        # Rows are looked at here; those of the quick way are bytes.
        target = replace(sinks()[self.name].target(topic), pack=None)
        batch = Batch(place, target, records, _run(read(target, records)))
        try:
            self._store(ours, batch, 1.0 if careful else dice.random())
        except Fenced:
            del self.claims[place]
            return False
        return True

    def _store(self, ours: Position, batch: Batch, fate: float) -> None:
        place, to = batch.place, batch.to
        change = self._attempt(ours, batch)
        if fate < 0.1:
            self.alive = False  # before the commit
            return
        if fate < 0.3:
            # No answer to the commit: it happened in half of the cases.
            if fate < 0.2:
                self.database.commit(place, change)
            if self.asks_after_unknown:
                if self._position(place, ours) != to:
                    self.database.commit(place, self._attempt(ours, batch))
            else:
                self.database.commit(place, self._attempt(ours, batch, again=True))
        else:
            self.database.commit(place, change)
        self.claims[place] = Position(ours.owner_epoch, ours.first, to)
        self.alive = fate > 0.35

    def _attempt(self, ours: Position, batch: Batch, *, again: bool = False) -> Change:
        """The transaction of a batch, all but its commit."""
        place, reading = batch.place, batch.reading
        there = self.database.positions.get(place, _NOWHERE)
        if self.compares and not again and (there.owner_epoch, there.next) != (ours.owner_epoch, ours.next):
            raise Fenced
        change = Change(position=(place, Position(there.owner_epoch, there.first, batch.to)))
        if self.offset_first:
            self.database.commit(place, Change(position=change.position))
        table = batch.target.table.fullname
        states = self.database.states.get(table, {})
        known = {item.key: states[item.key] for item in reading.items if item.key in states}
        verdict = engine.decide(reading.items, known)
        for winner in verdict.winners.values():
            if not may_write(winner, states.get(winner.key)):
                raise Fenced
            change.rows.append((table, winner))
        noted = {entry.offset: entry.outcome.value for entry in (*reading.refused, *verdict.noted)}
        change.account = [(record.offset, noted.get(record.offset, "applied")) for record in batch.records]
        return change

    def _position(self, place: Place, ours: Position) -> int:
        there = self.database.positions.get(place, _NOWHERE)
        if there.owner_epoch != ours.owner_epoch:
            raise Fenced
        return there.next


def may_write(winner: Item, present: State | None) -> bool:
    """The guard of the upsert: only a newer row replaces one, and a fact that is there stays."""
    if present is None:
        return True
    return bool(winner.order) and present.order < (winner.order or ())


def _run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine that only lets others run; there are none."""
    while True:
        try:
            coroutine.send(None)
        except StopIteration as done:
            result: Result = done.value
            return result
