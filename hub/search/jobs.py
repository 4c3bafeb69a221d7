"""Finds jobs: one statement gives total, facets and one page; a second, tolerant one only if nothing was found.

Counts of `members` are below zero and are added to those of `hits`, so that cards are counted (hub/search/cards.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, LiteralString

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composable, Composed, Identifier

from hub.search import cards
from hub.search.conditions import CAREER, FACETS, Conditions, build
from hub.search.query import CONTRACT_TERM, OFFER_TYPE, WORKING_TIME, JobQuery
from hub.search.words import corrected

Row = dict[str, Any]
Facets = dict[str, dict[str, int]]

SESSION: LiteralString = (
    "SET jit = off; SET plan_cache_mode = force_custom_plan; SET max_parallel_workers_per_gather = 0;"
    " SET work_mem = '32MB'; SET statement_timeout = '5s'; SET pg_trgm.word_similarity_threshold = 0.55;"
    " SET default_transaction_read_only = on; SET TIME ZONE 'UTC'"
)
"""Settings of every connection that searches: plans for the values at hand, nothing runs long, nothing is written."""

_COUNTED = {
    "working_time": "working_time",
    "contract_term": "contract_term",
    "offer_type": "offer_type",
    "jobcenter": "jobcenter",
    "agency": "temporary_agency_work",
    "field": "field",
    "career": "career",
}
"""Facet -> column of a hit that it counts by."""

_FOUND = """
WITH hits AS MATERIALIZED (
    SELECT entity, published_from, working_time, contract_term, offer_type, jobcenter, temporary_agency_work,
           left(kldb2010, 2) AS field, {career} AS career,
           {rank} AS rank, {distance} AS distance_squared{chosen}
    FROM board.job WHERE {where}
), members AS MATERIALIZED ({members}), page AS (
    SELECT entity, distance_squared, row_number() OVER () AS place_in_page FROM (
        SELECT * FROM hits WHERE {all} AND {first} ORDER BY {order} LIMIT %(size)s OFFSET %(offset)s) AS ordered
), alike AS (
    SELECT {columns}{flags}, count(*) AS n FROM hits GROUP BY {columns}{flags}
), counted AS (
    SELECT grouping({columns}) AS kind, {columns}, {counts} FROM alike GROUP BY GROUPING SETS ({sets}, ())
    UNION ALL
    SELECT grouping({columns}) AS kind, {columns}, {surplus} FROM members GROUP BY GROUPING SETS ({sets}, ())
)
SELECT CASE WHEN page.place_in_page > 1 THEN NULL ELSE counts.facets END AS facets, job.*,
       sqrt(page.distance_squared) AS distance_km, {also_reported}
FROM (SELECT jsonb_agg(to_jsonb(counted)) AS facets FROM counted) AS counts
LEFT JOIN page ON true LEFT JOIN board.job AS job USING (entity)
ORDER BY page.place_in_page
"""

_ORDER: dict[str, LiteralString] = {
    "relevanz": "rank, published_from DESC, entity",
    "datum": "published_from DESC, rank, entity",
    "entfernung": "distance_squared NULLS LAST, published_from DESC, entity",
}


@dataclass(frozen=True, slots=True)
class Found:
    """Result of a search.

    `fuzzy`: nothing was written exactly so, these are spelt alike; `meant`: found by these words instead. `looked_at`:
    jobs that were counted for the facets, at least as many as the hits.
    """

    total: int
    jobs: list[Row]
    facets: Facets = field(default_factory=dict)
    fuzzy: bool = False
    meant: str | None = None
    looked_at: int = 0


async def find(connection: AsyncConnection[Any], query: JobQuery, today: date) -> Found:
    """Total, facets and the asked page of a search.

    If there is nothing, words that nobody knows are mended by our vocabulary; then words spelt alike are taken.
    """
    found = await _run(connection, query, build(query, today))
    if found.total or not query.was:
        return found
    if meant := corrected(query.was):
        mended = await _run(connection, query, build(replace(query, was=meant), today))
        if mended.total:
            return replace(mended, fuzzy=True, meant=meant)
    tolerant = await _run(connection, query, build(query, today, tolerant=True))
    return replace(tolerant, fuzzy=True) if tolerant.total else found


async def count(connection: AsyncConnection[Any], query: JobQuery, today: date) -> int:
    """How many jobs a search has."""
    conditions = build(query, today)
    statement = SQL(cards.COUNT).format(conditions.all)
    row = await (await connection.execute(statement, conditions.values)).fetchone()
    return int(row[0]) if row else 0


async def _run(connection: AsyncConnection[Any], query: JobQuery, conditions: Conditions) -> Found:
    async with connection.cursor(row_factory=dict_row, binary=True) as cursor:
        await cursor.execute(
            _statement(query, conditions),
            {**conditions.values, "size": query.size, "offset": (query.page - 1) * query.size},
        )
        rows = await cursor.fetchall()
    counted: list[Row] = rows[0]["facets"] or []
    jobs = [row for row in rows if row["entity"] is not None]
    total, looked_at = (sum(row[name] for row in counted if row["kind"] == _ALL) for name in ("n_all", "n_base"))
    return Found(total, jobs, _facets(counted), looked_at=looked_at)


def _statement(query: JobQuery, conditions: Conditions) -> Composed:
    chosen = conditions.facets
    flags = [SQL(", {} AS {}").format(condition, _flag(name)) for name, condition in chosen.items()]
    passing = {name: _passing(chosen.keys() - {name}) for name in (*FACETS, "all")} | {"base": SQL("true")}
    counts = [SQL("{} AS {}").format(_count(of), Identifier(f"n_{name}")) for name, of in passing.items()]
    return SQL(_FOUND).format(
        rank=conditions.rank,
        distance=conditions.distance_squared,
        chosen=SQL("").join(flags),
        where=conditions.base,
        all=SQL(" AND ").join([SQL("true"), *map(_flag, chosen)]),
        order=SQL(_ORDER[query.order]),
        counts=SQL(", ").join(counts),
        members=SQL(cards.MEMBERS),
        first=cards.first_of_its_card(map(_flag, chosen)),
        surplus=SQL(", ").join(map(cards.surplus, passing.values())),
        also_reported=SQL(cards.ALSO_REPORTED),
        career=SQL(CAREER),
        flags=SQL("").join(SQL(", {}").format(_flag(name)) for name in chosen),
        columns=SQL(", ").join(map(Identifier, _COUNTED.values())),
        sets=SQL(", ").join(SQL("({})").format(Identifier(column)) for column in _COUNTED.values()),
    )


def _flag(facet: str) -> Identifier:
    return Identifier(f"ok_{facet}")


def _passing(facets: Iterable[str]) -> Composable:
    """What the facets named let through: a facet counts what choosing it would give."""
    return SQL(" AND ").join([SQL("true"), *(_flag(name) for name in sorted(facets))])


def _count(passing: Composable) -> Composable:
    return SQL("coalesce(sum(n) FILTER (WHERE {}), 0)::bigint").format(passing)


# grouping() has a bit for each column that was not grouped by, the first column the highest.
_ALL = 2 ** len(_COUNTED) - 1
_KINDS = {_ALL - 2**place: facet for place, facet in enumerate(reversed(_COUNTED))}


def _facets(counted: list[Row]) -> Facets:
    """Counts by code of BA Jobsuche. A job with two working times counts for both."""
    found: Facets = {
        "arbeitszeit": dict.fromkeys(WORKING_TIME, 0),
        "befristung": dict.fromkeys(CONTRACT_TERM, 0),
        "angebotsart": dict.fromkeys(OFFER_TYPE, 0),
        "jobcenter": {},
        "zeitarbeit": {"true": 0, "false": 0},
        "berufsfeld": {},
        "quereinstieg": {"true": 0},
    }
    for row in counted:
        kind = _KINDS.get(row["kind"])
        if kind == "working_time":
            for code, value in WORKING_TIME.items():
                found["arbeitszeit"][code] += row["n_working_time"] if value in (row["working_time"] or ()) else 0
        elif kind == "contract_term":
            for code, values in CONTRACT_TERM.items():
                found["befristung"][code] += row["n_contract_term"] if row["contract_term"] in values else 0
        elif kind == "offer_type":
            for code, value in OFFER_TYPE.items():
                found["angebotsart"][code] += row["n_offer_type"] if row["offer_type"] == value else 0
        elif kind == "jobcenter":
            _add(found["jobcenter"], row["jobcenter"], row["n_jobcenter"])
        elif kind == "agency":
            found["zeitarbeit"]["true" if row["temporary_agency_work"] else "false"] += row["n_agency"]
        elif kind == "field":
            _add(found["berufsfeld"], row["field"], row["n_field"])
        elif kind == "career" and row["career"]:
            found["quereinstieg"]["true"] += row["n_career"]
    for name in ("jobcenter", "berufsfeld"):
        found[name] = dict(sorted(found[name].items()))
    return found


def _add(counts: dict[str, int], code: str, count: int) -> None:
    counts[code] = counts.get(code, 0) + count
