"""Which parcels records lie in, by their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from sqlite3 import Connection


def by_parcel(sql: Connection, numbers: Iterable[int]) -> Iterator[tuple[int, list[int]]]:
    """These numbers in their order, by the first number of the parcel they belong to."""
    some: list[int] = []
    first = end = None
    for number in sorted(numbers):
        if end is None or number >= end:
            if first is not None:
                yield first, some
            some = []
            first, end = sql.execute(
                "SELECT first, max(first + count, ?1 + 1) FROM parcel WHERE first <= ?1 ORDER BY first DESC LIMIT 1",
                (number,),
            ).fetchone()
        some.append(number)
    if first is not None:
        yield first, some
