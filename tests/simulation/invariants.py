"""The promises I1 to I8, asked of a world; each answers with what is wrong, and shares no rule with what it judges."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hub.sinks.engine.target import Item
from schemas import topics
from tests.chaos import wire
from tests.simulation.log import PARTITIONS, Record
from tests.simulation.oracle import Truth, View, fold, judge
from tests.simulation.world import World
from tests.support.outbox import entries

Part = tuple[str, int]
_TABLES = {
    "reporting.vacancy": ("reporting", topics.INTERNAL_VACANCY),
    "board.job": ("board", topics.curated("vacancy")),
}


@dataclass
class Seen:
    """A world, and what must be in it by the oracle."""

    world: World
    truths: dict[Part, Truth]

    @classmethod
    def of(cls, world: World) -> Seen:
        """Judge all raw partitions up to the worker's positions."""
        truths = {}
        for topic in world.raw:
            for p in range(PARTITIONS):
                done = world.log.part(topic, p).history[: world.position(topic, p)]
                rubbish, expired = (
                    {offset for t, q, offset in places if (t, q) == (topic, p)}
                    for places in (world.rubbish, world.expired)
                )
                truths[topic, p] = judge(done, rubbish, expired)
        return cls(world, truths)


def acknowledged_is_in_the_log(seen: Seen) -> Iterator[str]:
    """I1: what the broker acknowledged is there, at the place it named."""
    for office in seen.world.offices:
        for one in entries(office.state.sql):
            if one.partition is None or one.offset is None:
                continue
            history = seen.world.log.part(one.topic, one.partition).history
            if one.offset >= len(history) or history[one.offset].key != office.keys[one.number]:
                yield f"{one.topic}-{one.partition}@{one.offset} is not there"


def every_offset_has_one_outcome(seen: Seen) -> Iterator[str]:
    """I2: raw offsets by their receipts, curated offsets by the sinks' own accounts."""
    told: dict[Part, list[str]] = {part: [] for part in seen.truths}
    for receipt in _receipts(seen.world):
        count = receipt["last_offset"] - receipt["first_offset"] + 1
        exceptions = {entry["offset"]: entry["outcome"] for entry in receipt["exceptions"]}
        applied = sum(outcome == "APPLIED_NOT_PUBLIC" for outcome in exceptions.values()) + count - len(exceptions)
        if receipt["new"] + receipt["changed"] + receipt["ended"] != applied:
            yield f"{receipt['topic']}: counts and exceptions of a receipt differ"
        told[receipt["topic"], receipt["partition"]] += [
            exceptions.get(receipt["first_offset"] + place, "APPLIED") for place in range(count)
        ]
    for part, truth in seen.truths.items():
        if told[part] != truth.outcomes:
            yield f"{part}: {told[part]} instead of {truth.outcomes}"
    database, log = seen.world.database, seen.world.log
    for place, position in database.positions.items():
        _, topic, p = place
        wanted = [r.offset for r in log.part(topic, p).history if position.first <= r.offset < position.next]
        if sorted(offset for offset, _ in database.accounts.get(place, [])) != wanted:
            yield f"{place}: accounts {database.accounts.get(place)} for {wanted}"


def nothing_is_applied_twice(seen: Seen) -> Iterator[str]:
    """I3: no table takes the same version of a row twice."""
    changes = seen.world.database.transitions
    if len(changes) != len(set(changes)):
        yield "a version was written twice"


def tables_hold_the_highest_version(seen: Seen) -> Iterator[str]:
    """I4: the log holds what the raw records lead to, and the tables what the log leads to."""
    log, database = seen.world.log, seen.world.database
    for p in range(PARTITIONS):
        for topic, wanted in (
            (topics.INTERNAL_VACANCY, _merged(seen, p, lambda truth: truth.internal)),
            (topics.curated("vacancy"), _merged(seen, p, lambda truth: truth.public)),
        ):
            found = {(r.key or b"").decode(): _view(r) for r in log.part(topic, p).history}
            if found != wanted:
                yield f"{topic}-{p}: {found} instead of {wanted}"
    for table, (sink, topic) in _TABLES.items():
        records: list[Record] = []
        for p in range(PARTITIONS):
            position = database.positions.get((sink, topic, p))
            records += [r for r in log.part(topic, p).history if position is not None and r.offset < position.next]
        rows = database.rows.get(table, {}).values()
        shown = {str(row.key[0]): ((row.order or ())[:2], (row.order or ())[2], row.row["ended"]) for row in rows}
        wanted_rows = fold(records)
        # A sink that reads all anew over its rows is behind them for a while.
        behind = any(entity not in wanted_rows or wanted_rows[entity] < row for entity, row in shown.items())
        if shown != wanted_rows and not (behind and wanted_rows.items() <= (shown | wanted_rows).items()):
            yield f"{table}: {shown} instead of {wanted_rows}"


def every_row_was_sent(seen: Seen) -> Iterator[str]:
    """I5: no phantom: a row says what the raw record says that it names as its origin, and that was applied."""
    for item in _rows(seen.world):
        topic, p, offset = (item.row[f"raw_{name}"] for name in ("topic", "partition", "offset"))
        if not seen.truths[topic, p].outcomes[offset].startswith("APPLIED"):
            yield f"{item.key}: its origin {topic}-{p}@{offset} was not applied"
            continue
        raw = seen.world.log.part(topic, p).history[offset]
        said = wire.decode("vacancy", raw.value or b"")
        same = (item.order or ())[2] or (said["title"], (said["epoch"], said["version"])) == (
            item.row["title"],
            (item.order or ())[:2],
        )
        if raw.key != str(item.key[0]).encode() or not same:
            yield f"{item.key}: its origin {topic}-{p}@{offset} says otherwise"


def nothing_goes_backwards(seen: Seen) -> Iterator[str]:
    """I6: versions of a row rise."""
    last: dict[object, tuple[object, ...]] = {}
    for table, key, order in seen.world.database.transitions:
        if order < last.get((table, key), ()):
            yield f"{table} {key}: {order} after {last[table, key]}"
        last[table, key] = order


def nothing_is_skipped(seen: Seen) -> Iterator[str]:
    """I7: receipts and accounts follow each other without a gap, in the order they were committed."""
    reached: dict[Part, int] = {}
    for receipt in _receipts(seen.world):
        part = receipt["topic"], receipt["partition"]
        if receipt["first_offset"] != reached.get(part, 0):
            yield f"{part}: {receipt['first_offset']} after {reached.get(part, 0)}"
        reached[part] = receipt["last_offset"] + 1
    for place, account in seen.world.database.accounts.items():
        offsets = [offset for offset, _ in account]
        if offsets != sorted(set(offsets)):
            yield f"{place}: {offsets}"


def everybody_owns_their_rows(seen: Seen) -> Iterator[str]:
    """I8: a row belongs to the Jobcenter whose topic it came from, and so does a receipt."""
    for item in _rows(seen.world):
        if not str(item.key[0]).startswith(f"{wire.whose(item.row['raw_topic'])[0]}:"):
            yield f"{item.key} came from {item.row['raw_topic']}"
    for topic, p in seen.world.log.topics("jobhub.receipts."):
        for record in seen.world.log.part(topic, p).history:
            receipt = wire.decode("receipt", record.value or b"")
            if wire.receipts(wire.whose(receipt["topic"])[0]) != topic:
                yield f"{topic} tells of {receipt['topic']}"


INVARIANTS: Mapping[str, Callable[[Seen], Iterator[str]]] = {
    "I1": acknowledged_is_in_the_log,
    "I2": every_offset_has_one_outcome,
    "I3": nothing_is_applied_twice,
    "I4": tables_hold_the_highest_version,
    "I5": every_row_was_sent,
    "I6": nothing_goes_backwards,
    "I7": nothing_is_skipped,
    "I8": everybody_owns_their_rows,
}


def broken(world: World) -> list[str]:
    """Every promise that does not hold, with its number."""
    seen = Seen.of(world)
    return [f"{name}: {what}" for name, check in INVARIANTS.items() for what in check(seen)]


def broken_when_calm(world: World) -> list[str]:
    """The same after `calm`, and further: nothing waits, and the tables show what the Jobcenters said last."""
    found = broken(world)
    for office in world.offices:
        if waiting := office.state.count_unpublished():
            found.append(f"I1: {office.id} has {waiting} records that were never sent")
        lost = {
            world.log.part(topic, p).history[offset].key
            for topic, p, offset in world.expired
            if topic == topics.raw(office.id, "vacancy")
        }
        rows = world.database.rows.get("reporting.vacancy", {})
        for nr, told in office.told.items():
            key = f"{office.id}:{nr}"
            row = rows.get((key,))
            shown = (row.row["title"], row.row["visibility"], row.row["ended"]) if row is not None else None
            if key.encode() not in lost and shown != (told.title, told.sight, told.ended):
                found.append(f"I4: {key} is {shown}, its source said {told}")
    for place, position in world.database.positions.items():
        last = max((record.offset for record in world.log.part(place[1], place[2]).history), default=-1)
        if position.next <= last:
            found.append(f"I7: {place} never came to {last}")
    for topic in world.raw:
        for p in range(PARTITIONS):
            if world.position(topic, p) != world.log.part(topic, p).end:
                found.append(f"I7: {topic}-{p} was not worked on to its end")
    return found


def _receipts(world: World) -> Iterator[dict[str, Any]]:
    for topic, p in world.log.topics("jobhub.receipts."):
        for record in world.log.part(topic, p).history:
            yield wire.decode("receipt", record.value or b"")


def _rows(world: World) -> Iterator[Item]:
    for table in _TABLES:
        yield from world.database.rows.get(table, {}).values()


def _merged(seen: Seen, p: int, views: Callable[[Truth], dict[str, View]]) -> dict[str, View]:
    return {entity: view for (_, q), truth in seen.truths.items() if q == p for entity, view in views(truth).items()}


def _view(record: Record) -> View:
    if record.value is None:
        return None
    said = wire.decode("vacancy", record.value)
    return (said["epoch"], said["version"]), said["status"] == "ENDED", said["title"]
