"""Erases events that are no entity's last word any more: what nobody needs must not lie about.

They are noted by their numbers when another event takes their place; only parcels that hold one of them are touched.
"""

from __future__ import annotations

from collections.abc import Iterable
from sqlite3 import Connection

from connectors.events import Contents
from connectors.parcels.numbers import by_parcel
from connectors.parcels.places import WAITS, Places


def note(sql: Connection, numbers: Iterable[int]) -> None:
    """These are to be erased as soon as they do not wait any more."""
    sql.executemany("INSERT OR IGNORE INTO spent VALUES (?)", zip(numbers))


def keep(sql: Connection, number: int) -> None:
    """This one is its entity's last word again."""
    sql.execute("DELETE FROM spent WHERE number = ?", (number,))


def erase(sql: Connection) -> None:
    """Take away the bytes of all that are spent and do not wait. Their places, and what is told of them, stay."""
    numbers = [number for (number,) in sql.execute("SELECT number FROM spent")]
    for first, some in by_parcel(sql, numbers):
        count, stored, waiting, records = sql.execute(
            "SELECT count, places, waiting, records FROM parcel LEFT JOIN content USING (first) WHERE first = ?",
            (first,),
        ).fetchone()
        partitions = Places.read(stored, count).partitions
        done = [number for number in some if not waiting or partitions[number - first] != WAITS]
        if done and records is not None:
            contents = Contents.read(records, count)
            contents.erase(number - first for number in done)
            if contents.is_empty():
                sql.execute("DELETE FROM content WHERE first = ?", (first,))
            else:
                sql.execute("UPDATE content SET records = ? WHERE first = ?", (contents.stored(), first))
        sql.executemany("DELETE FROM spent WHERE number = ?", zip(done))
