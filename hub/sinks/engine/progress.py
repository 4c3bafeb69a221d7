"""How far a sink is, in the database it writes to. The one row per partition is also the fence against zombies.

Whoever is given a partition raises its owner_epoch; from then on no former owner can move the position, whatever
the Kafka group, a clock or the former owner itself believes. Kafka's committed offsets decide nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from psycopg import AsyncConnection, sql

from hub.store.tables import REPORTING

_TABLE = sql.Identifier(REPORTING, "sink_progress")
_ENTER = sql.SQL(
    "INSERT INTO {} (sink, topic, partition, owner_epoch, first_offset, next_offset, updated_at)"
    " VALUES (%s, %s, %s, 0, %s, %s, now()) ON CONFLICT DO NOTHING"
).format(_TABLE)
_CLAIM = sql.SQL(
    "UPDATE {} SET owner_epoch = owner_epoch + 1 WHERE sink = %s AND topic = %s AND partition = %s"
    " RETURNING owner_epoch, next_offset"
).format(_TABLE)
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


async def claim(connection: AsyncConnection, sink: str, topic: str, partition: int, beginning: int) -> Claim:
    """Take a partition over. The first time ever it starts at the log's beginning."""
    async with connection.transaction():
        await connection.execute(_ENTER, (sink, topic, partition, beginning, beginning))
        row = await (await connection.execute(_CLAIM, (sink, topic, partition))).fetchone()
    if row is None:
        raise Fenced(f"{sink}: the position of {topic}-{partition} vanished while it was claimed")
    epoch, next_offset = row
    return Claim(sink, topic, partition, epoch, next_offset, next_offset)


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
