"""Events of the outbox are kept as long as they are somebody's last word, and read back by their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from sqlite3 import Connection, DatabaseError

from connectors.events import Contents
from connectors.parcels.numbers import by_parcel


class NotItsRecord(DatabaseError):
    """The state file names a record as an entity's last that is not one of that entity: it is damaged."""


def bodies(sql: Connection, wanted: Mapping[int, str]) -> dict[int, bytes]:
    """Avro bodies of events by their numbers, of which the entities are given.

    Raises:
        NotItsRecord: one of them is another's, or erased.
    """
    found: dict[int, bytes] = {}
    for first, numbers in by_parcel(sql, wanted):
        row = sql.execute(
            "SELECT count, records FROM parcel JOIN content USING (first) WHERE first = ? AND head IS NOT NULL",
            (first,),
        ).fetchone()
        contents = Contents.read(row[1], row[0]) if row else Contents()
        for number in numbers:
            at = number - first
            if at >= len(contents.keys) or contents.keys[at] != wanted[number] or not contents.bodies[at]:
                raise NotItsRecord(f"record {number} of the state file is not the last event of {wanted[number]}")
            found[number] = contents.bodies[at]
    return found


def forget(sql: Connection, before: str) -> None:
    """Drop the traces of records put before a time, if nothing of their parcel waits, and parcels without bytes.

    The last one stays: it counts on.
    """
    old = "waiting = 0 AND at < ? AND +first < (SELECT max(first) FROM parcel)"
    sql.execute(
        f"DELETE FROM parcel WHERE {old} AND NOT EXISTS (SELECT 1 FROM content WHERE content.first = parcel.first)",  # noqa: S608
        (before,),
    )
    sql.execute(f"UPDATE parcel SET traces = NULL, places = NULL WHERE {old} AND traces IS NOT NULL", (before,))  # noqa: S608
