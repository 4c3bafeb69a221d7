"""How many jobs of a search each town of the region has: what a list of that town alone would show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any, LiteralString

from psycopg import AsyncConnection

from hub.search.conditions import Conditions, build
from hub.search.places import Place, find_place
from hub.search.query import JobQuery
from hub.search.words import corrected, several, terms
from schemas.codelists import municipalities

# A card counts once in a town, whichever of its members are hits there. Two towns may share a postcode; both have its
# jobs, as a search for either of them would.
_BY_TOWN: LiteralString = """
WITH hits AS MATERIALIZED (SELECT entity, plz FROM board.job WHERE {}), placed AS (
    SELECT town, entity FROM hits LEFT JOIN unnest(%(town_plz)s::text[], %(town_of_plz)s::text[]) AS part (plz, town)
    USING (plz)
)
SELECT town, count(*) - count(card) + count(DISTINCT card)
FROM placed LEFT JOIN board.card_member USING (entity) GROUP BY town
"""


@dataclass(frozen=True, slots=True)
class ByTown:
    """Hits by the name of a town; `elsewhere`: outside the region, or without a place."""

    hits: dict[str, int]
    elsewhere: int = 0


@cache
def towns() -> tuple[Place, ...]:
    """The towns of the region, each with its middle."""
    found = (find_place(name) for name in sorted(municipalities().values()))
    return tuple(place for place in found if place)


async def by_town(connection: AsyncConnection[Any], query: JobQuery, today: date) -> ByTown:
    """Hits of a search by town, whatever place it names.

    As in `hub.search.jobs.find`: if there is nothing, words are mended, then some of them or words spelt alike will do.
    """
    parts = [(plz, town.name) for town in towns() for plz in town.plz]
    for conditions in _attempts(replace(query, place=None), today):
        values = {
            **conditions.values,
            "town_plz": [plz for plz, _ in parts],
            "town_of_plz": [name for _, name in parts],
        }
        # As bytes, since its conditions are put together here; no text of a visitor is among them.
        statement = _BY_TOWN.format(conditions.all).encode()
        rows = await (await connection.execute(statement, values)).fetchall()
        if rows:
            hits = {town: int(number) for town, number in rows}
            return ByTown({town: number for town, number in hits.items() if town}, hits.get(None, 0))
    return ByTown({})


def _attempts(query: JobQuery, today: date) -> Iterator[Conditions]:
    yield build(query, today)
    if query.was:
        if meant := corrected(query.was):
            yield build(replace(query, was=meant), today)
        if several(terms(query.was)):
            yield build(replace(query, was=meant or query.was), today, some=True)
        yield build(query, today, tolerant=True)
