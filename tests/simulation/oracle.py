"""What must have become of every raw record, worked out a second time, record by record, by whole contents."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.chaos import wire
from tests.simulation.log import Record

Order = tuple[int, int]
View = tuple[Order, bool, str] | None
"""(epoch, version), ended, title; None: taken away."""


@dataclass(slots=True)
class Entity:
    """An entity after the last record that was applied."""

    order: Order
    value: bytes
    shown: bool = False


@dataclass
class Truth:
    """Outcome of each offset, and the last view of each entity on both vacancy topics."""

    outcomes: list[str] = field(default_factory=list)
    internal: dict[str, View] = field(default_factory=dict)
    public: dict[str, View] = field(default_factory=dict)
    entities: dict[str, Entity] = field(default_factory=dict)


def judge(records: Iterable[Record], rubbish: Collection[int], expired: Collection[int]) -> Truth:
    """One raw partition, from its first offset to the worker's position."""
    truth = Truth()
    for record in records:
        if record.offset in expired:
            truth.outcomes.append("EXPIRED_UNREAD")
        elif record.offset in rubbish:
            truth.outcomes.append("REJECTED")
        else:
            truth.outcomes.append(_judge_one(truth, record))
    return truth


def _judge_one(truth: Truth, record: Record) -> str:
    assert record.key is not None
    assert record.value is not None
    entity, said = record.key.decode(), wire.decode("vacancy", record.value)
    order, known = (said["epoch"], said["version"]), truth.entities.get(entity)
    if known is not None and order < known.order:
        return "STALE"
    if known is not None and order == known.order:
        return "DUPLICATE" if record.value == known.value else "CONFLICT"
    now = Entity(order, record.value, known is not None and known.shown)
    return "APPLIED" if _apply(truth, entity, now, said) else "APPLIED_NOT_PUBLIC"


def _apply(truth: Truth, entity: str, now: Entity, said: dict[str, Any]) -> bool:
    """Whether the public sees this version."""
    gone = said["status"] == "ENDED"
    view: View = (now.order, gone, said["title"])
    truth.entities[entity], truth.internal[entity] = now, view
    if said["visibility"] == "INTERNAL" or (gone and not now.shown):
        if now.shown:
            now.shown, truth.public[entity] = False, None
        return False
    now.shown, truth.public[entity] = True, view
    return True


def fold(records: Iterable[Record]) -> dict[str, tuple[Order, bool, bool]]:
    """What a table must hold after these curated records: order, removed, ended."""
    table: dict[str, tuple[Order, bool, bool]] = {}
    for record in records:
        entity = (record.key or b"").decode()
        if record.value is None:
            if entity in table:
                table[entity] = (table[entity][0], True, True)
            continue
        said = wire.decode("vacancy", record.value)
        order = (said["epoch"], said["version"])
        if entity not in table or order > table[entity][0]:
            table[entity] = (order, False, said["status"] == "ENDED")
    return table
