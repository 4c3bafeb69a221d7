"""Finds measures. There are some hundred of them, so the words are compared here, folded as for jobs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.sql import SQL

from hub.search.conditions import KM_PER_DEGREE
from hub.search.fold import fold
from hub.search.places import Place, coordinates
from hub.search.vocabulary import stands_in
from hub.search.words import Term, terms

Row = dict[str, Any]

OPEN = SQL("NOT ended AND NOT removed AND (end_on IS NULL OR end_on >= %(today)s)")
"""What is on the board."""

_FOUND = SQL(
    "SELECT * FROM board.measure WHERE {}"
    " AND (%(jobcenter)s::text[] = '{{}}' OR jobcenter = ANY(%(jobcenter)s)) ORDER BY start_on, entity"
)


@dataclass(frozen=True, slots=True)
class MeasureQuery:
    """What somebody looks for."""

    was: str = ""
    place: Place | None = None
    jobcenter: tuple[str, ...] = ()
    page: int = 1
    size: int = 25


async def find_measures(connection: AsyncConnection[Any], query: MeasureQuery, today: date) -> tuple[int, list[Row]]:
    """How many measures there are, and the asked page: nearest first if a place was given, otherwise by start."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_FOUND.format(OPEN), {"today": today, "jobcenter": list(query.jobcenter)})
        rows = await cursor.fetchall()
    searched = terms(query.was)
    hits = [row for row in rows if all(_has(row, term) for term in searched)]
    if query.place:
        for row in hits:
            row["distance_km"] = _distance_km(row, query.place)
        hits.sort(key=lambda row: math.inf if row["distance_km"] is None else row["distance_km"])
    first = (query.page - 1) * query.size
    return len(hits), hits[first : first + query.size]


def _has(row: Row, term: Term) -> bool:
    words = fold(" ".join(str(row[name] or "") for name in ("title", "provider", "location_place"))).split()
    return any(
        all(any(stands_in(piece, word) for word in words) for piece in spelling) for spelling in term.meaning.spellings
    )


def _distance_km(row: Row, place: Place) -> float | None:
    point = (row["location_latitude"], row["location_longitude"])
    if None in point:
        found = coordinates(row["location_plz"])
        if found is None:
            return None
        point = found
    east = KM_PER_DEGREE * math.cos(math.radians(place.latitude))
    return math.hypot((point[0] - place.latitude) * KM_PER_DEGREE, (point[1] - place.longitude) * east)
