"""How far a sink is, in the database it writes to. The one row per partition is also the fence against zombies.

Whoever is given a partition raises its owner_epoch; from then on no former owner can move the position, whatever
the Kafka group, a clock or the former owner itself believes. Kafka's committed offsets decide nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from psycopg import AsyncConnection, sql

from hub.store.tables import REPORTING

_TABLE = sql.Identifier(REPORTING, "sink_progress")
_NAMED = sql.SQL("unnest(%(topics)s::text[], %(partitions)s::int[], %(beginnings)s::bigint[])")
_ENTER = sql.SQL(
    "INSERT INTO {} (sink, topic, partition, owner_epoch, first_offset, next_offset, updated_at)"
    " SELECT %(sink)s, topic, part, 0, beginning, beginning, now() FROM {} AS named (topic, part, beginning)"
    " ON CONFLICT DO NOTHING"
).format(_TABLE, _NAMED)
# In one order, so that two who claim at the same time do not wait for each other.
_LOCK = sql.SQL(
    "SELECT count(*) FROM (SELECT FROM {0} AS ours JOIN {1} AS named (topic, part, beginning)"
    " ON ours.topic = named.topic AND partition = part WHERE sink = %(sink)s"
    " ORDER BY ours.topic, partition FOR UPDATE OF ours) AS locked"
).format(_TABLE, _NAMED)
_CLAIM = sql.SQL(
    "UPDATE {0} AS ours SET owner_epoch = owner_epoch + 1 FROM {1} AS named (topic, part, beginning)"
    " WHERE sink = %(sink)s AND ours.topic = named.topic AND partition = part"
    " RETURNING ours.topic, partition, owner_epoch, next_offset"
).format(_TABLE, _NAMED)
_ADVANCE = sql.SQL(
    "UPDATE {} SET next_offset = %s, updated_at = now()"
    " WHERE sink = %s AND topic = %s AND partition = %s AND owner_epoch = %s AND next_offset = %s"
).format(_TABLE)
_READ = sql.SQL("SELECT owner_epoch, next_offset FROM {} WHERE sink = %s AND topic = %s AND partition = %s").format(
    _TABLE
)

_READ_ALL = sql.SQL("SELECT topic, partition, owner_epoch, next_offset FROM {} WHERE sink = %s").format(_TABLE)


class Fenced(Exception):
    """The partition belongs to somebody else by now, or its position is another: give it up, write nothing."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A partition that is ours, and where we are in it. `range_from`: where its open row in sink_range begins."""

    sink: str
    topic: str
    partition: int
    owner_epoch: int
    next_offset: int
    range_from: int

    def moved(self, to: int, *, new_range: bool = False) -> Claim:
        """The same after a batch."""
        return replace(self, next_offset=to, range_from=to if new_range else self.range_from)


async def claim(
    connection: AsyncConnection, sink: str, beginnings: Mapping[tuple[str, int], int]
) -> dict[tuple[str, int], Claim]:
    """Take partitions over, all or none. The first time ever each starts at its log's beginning.

    Args:
        connection: outside of a transaction.
        sink: name.
        beginnings: topic and partition to the first offset of its log.
    """
    named = sorted(beginnings.items())
    values = {
        "sink": sink,
        "topics": [topic for (topic, _), _ in named],
        "partitions": [partition for (_, partition), _ in named],
        "beginnings": [beginning for _, beginning in named],
    }
    async with connection.transaction():
        await connection.execute(_ENTER, values)
        await connection.execute(_LOCK, values)
        rows = await (await connection.execute(_CLAIM, values)).fetchall()
    return {(topic, p): Claim(sink, topic, p, epoch, at, at) for topic, p, epoch, at in rows}


async def advance(connection: AsyncConnection, ours: Claim, to: int) -> None:
    """Move the position, first of all in a batch's transaction: it locks the row, so that owners queue up here.

    Raises:
        Fenced: the partition is not ours any more.
    """
    place = (ours.sink, ours.topic, ours.partition)
    moved = await connection.execute(_ADVANCE, (to, *place, ours.owner_epoch, ours.next_offset))
    if moved.rowcount != 1:
        raise Fenced(f"{ours.sink}: {ours.topic}-{ours.partition} at {ours.next_offset} has another owner or position")


async def position(connection: AsyncConnection, ours: Claim) -> int:
    """Where the partition stands by the database; asked when the fate of a commit is unknown.

    Raises:
        Fenced: the partition is not ours any more.
    """
    row = await (await connection.execute(_READ, (ours.sink, ours.topic, ours.partition))).fetchone()
    if row is None or row[0] != ours.owner_epoch:
        raise Fenced(f"{ours.sink}: {ours.topic}-{ours.partition} was taken over")
    return int(row[1])


async def positions(connection: AsyncConnection, sink: str) -> dict[tuple[str, int], tuple[int, int]]:
    """Owner and position of each of a sink's partitions, by the database."""
    rows = await (await connection.execute(_READ_ALL, (sink,))).fetchall()
    return {(topic, partition): (epoch, next_offset) for topic, partition, epoch, next_offset in rows}
