"""What must become of every raw record: worked out a second time, one record after the other, by whole contents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.chaos import wire
from tests.chaos.logs import Logs, Place, Record

Order = tuple[int, int]


@dataclass(slots=True)
class Entity:
    """An entity after its last applied version. `shown`: the public topic holds a view of it."""

    order: Order
    value: bytes
    record: dict[str, Any]
    shown: bool = False
    public: tuple[Order, bool] | None = None
    """Version the board must have, and whether it was taken away by then."""


@dataclass
class Truth:
    """What must be: outcome of every raw offset, and the entities at the end."""

    outcome: dict[Place, str] = field(default_factory=dict)
    public: set[Place] = field(default_factory=set)
    """Raw records that bring about a record on the public topic."""
    entities: dict[tuple[str, str], Entity] = field(default_factory=dict)
    """Event and entity."""


def judge(logs: Logs, rubbish: Mapping[Place, bool]) -> Truth:
    """Go through all raw logs.

    Args:
        logs: the cluster.
        rubbish: for each raw record whether the sender meant it as such.
    """
    truth = Truth()
    for topic in logs.topics("jobhub.raw."):
        jobcenter, event = wire.whose(topic)
        if event in wire.EVENTS:
            _judge_topic(truth, event, logs.of(topic), rubbish)
    return truth


def _judge_topic(truth: Truth, event: str, records: Iterable[Record], rubbish: Mapping[Place, bool]) -> None:
    for raw in records:
        if rubbish.get(raw.place, False):
            truth.outcome[raw.place] = "REJECTED"
            continue
        assert raw.key is not None
        assert raw.value is not None
        record = wire.decode(event, raw.value)
        known = truth.entities.get((event, raw.key.decode()))
        order = (record["epoch"], record["version"])
        if known is not None and order <= known.order:
            same = "DUPLICATE" if raw.value == known.value else "CONFLICT"
            truth.outcome[raw.place] = same if order == known.order else "STALE"
            continue
        now = Entity(order, raw.value, record, known.shown if known else False, known.public if known else None)
        truth.entities[event, raw.key.decode()] = now
        truth.outcome[raw.place] = "APPLIED" if _show(event, now) else "APPLIED_NOT_PUBLIC"
        if event != "vacancy" or now.public is not None and now.public[0] == order:
            truth.public.add(raw.place)


def _show(event: str, now: Entity) -> bool:
    """Change what the public sees; whether the record itself is shown."""
    if event != "vacancy":
        now.shown, now.public = True, (now.order, False)
        return True
    ended = now.record["status"] == "ENDED"
    if now.record["visibility"] == "INTERNAL" or (ended and not now.shown):
        if now.shown and now.record["visibility"] == "INTERNAL" and now.public is not None:
            # Taken away. A removal has no version of its own: the board keeps the one it had.
            now.public, now.shown = (now.public[0], True), False
            return False
        return False
    now.shown, now.public = True, (now.order, False)
    return True
