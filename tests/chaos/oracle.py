"""What must become of every raw record: worked out a second time, one record after the other, by whole contents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.chaos import wire
from tests.chaos.logs import Place, Record

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
    """What must be: outcome of every raw offset, what was applied, and the entities at the end."""

    outcome: dict[Place, str] = field(default_factory=dict)
    public: set[Place] = field(default_factory=set)
    """Raw records that bring about a record on the public topic."""
    applied: dict[tuple[str, str, Order], str | None] = field(default_factory=dict)
    """Event, entity and version -> title."""
    entities: dict[tuple[str, str], Entity] = field(default_factory=dict)
    """Event and entity -> as it is at the end."""


def judge(raws: Iterable[Record], rubbish: Mapping[Place, bool]) -> Truth:
    """Go through all raw records.

    Args:
        raws: those that were ever there for the hub to read, each partition in the order of its offsets.
        rubbish: for each of them whether the sender meant it as such.
    """
    truth = Truth()
    for raw in raws:
        _judge_one(truth, wire.whose(raw.topic)[1], raw, rubbish[raw.place])
    return truth


def _judge_one(truth: Truth, event: str, raw: Record, rubbish: bool) -> None:
    if rubbish:
        truth.outcome[raw.place] = "REJECTED"
        return
    assert raw.key is not None
    assert raw.value is not None
    entity, record = raw.key.decode(), wire.decode(event, raw.value)
    known = truth.entities.get((event, entity))
    order = (record["epoch"], record["version"])
    if known is not None and order <= known.order:
        same = "DUPLICATE" if raw.value == known.value else "CONFLICT"
        truth.outcome[raw.place] = same if order == known.order else "STALE"
        return
    now = Entity(order, raw.value, record, known is not None and known.shown, known.public if known else None)
    truth.entities[event, entity] = now
    truth.applied[event, entity, order] = record.get("title")
    seen, written = _show(event, now)
    truth.outcome[raw.place] = "APPLIED" if seen else "APPLIED_NOT_PUBLIC"
    if written:
        truth.public.add(raw.place)


def _show(event: str, now: Entity) -> tuple[bool, bool]:
    """Change what the public sees. Whether it sees this version, and whether a public record is written at all."""
    record = now.record
    if event == "vacancy" and (record["visibility"] == "INTERNAL" or (record["status"] == "ENDED" and not now.shown)):
        if now.shown and now.public is not None:
            # Taken away. A removal has no version of its own: the board keeps the one it had.
            now.public, now.shown = (now.public[0], True), False
            return False, True
        return False, False
    now.shown, now.public = True, (now.order, False)
    return True, True
