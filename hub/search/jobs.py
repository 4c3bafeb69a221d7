"""Finds jobs: one statement gives total, facets and one page; a second, tolerant one only if nothing was found."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, LiteralString

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from hub.search import cards
from hub.search.conditions import Conditions, build
from hub.search.counts import Counted, Facets, counted
from hub.search.moment import MOMENT
from hub.search.query import JobQuery
from hub.search.words import corrected, several, terms

Row = dict[str, Any]

SESSION: LiteralString = (
    "SET jit = off; SET plan_cache_mode = force_custom_plan; SET max_parallel_workers_per_gather = 0;"
    " SET work_mem = '32MB'; SET random_page_cost = 1.1; SET statement_timeout = '5s';"
    " SET pg_trgm.word_similarity_threshold = 0.55;"
    " SET default_transaction_read_only = on; SET TIME ZONE 'UTC'"
)
"""Settings of every connection that searches: plans for the values at hand, nothing runs long, nothing is written.

A board fits into memory, so a page far away costs little more than the next one; believing otherwise, PostgreSQL would
read all jobs for a word with many synonyms, whose hits it takes for more than they are.
"""

# Exactly what a list shows of a job (hub/web/entries.py). Columns that are searched are large, and stay where they are.
_LISTED = ", ".join(
    (
        *(
            f"job.{name}"
            for line in (
                "entity jobcenter source_id ended changed_at visibility title kldb2010 offer_type country plz place",
                "ags working_time weekly_hours contract_term term_until employment_kind temporary_agency_work",
                "pay_min pay_max pay_currency pay_period openings start_on published_from published_until",
                "employer_name",
            )
            for name in line.split()
        ),
        "sqrt(page.distance_squared) AS distance_km",
        cards.ALSO_REPORTED,
    )
)

_FOUND = """
WITH hits AS MATERIALIZED (
    SELECT entity, published_from, traits, jobcenter, {rank} AS rank, {distance} AS distance_squared{flags}
    FROM board.job WHERE {base}
), members AS MATERIALIZED ({members}), page AS (
    SELECT entity, distance_squared, row_number() OVER () AS place_in_page FROM (
        SELECT entity, distance_squared FROM hits WHERE {chosen} AND {first}
        ORDER BY {order} LIMIT %(size)s OFFSET %(offset)s) AS ordered
), alike AS (
    SELECT traits, jobcenter, count(*) AS number FROM hits GROUP BY traits, jobcenter
)
SELECT {moment} AS moment, {counted}, {listed}
FROM (SELECT array_agg(traits) AS n_traits, array_agg(jobcenter) AS n_jobcenters, array_agg(number) AS n_number
      FROM alike) AS of_jobs
CROSS JOIN (SELECT array_agg(hashtextextended(card, 0)) AS n_cards, array_agg(traits) AS n_their_traits,
            array_agg(jobcenter) AS n_their_jobcenters FROM members) AS of_members
LEFT JOIN page ON true LEFT JOIN board.job AS job USING (entity)
ORDER BY page.place_in_page
"""

_PAGE = """
SELECT {moment} AS moment, {listed} FROM (
    SELECT entity, distance_squared, row_number() OVER () AS place_in_page FROM (
        SELECT entity, {rank} AS rank, {distance} AS distance_squared FROM board.job WHERE {all} AND {first}
        ORDER BY {order} LIMIT %(size)s OFFSET %(offset)s) AS ordered
) AS page JOIN board.job AS job USING (entity) ORDER BY page.place_in_page
"""

_ORDER = {
    "relevanz": "rank, published_from DESC, entity",
    "datum": "published_from DESC, rank, entity",
    "entfernung": "distance_squared NULLS LAST, published_from DESC, entity",
}
_COUNTED = ("traits", "jobcenters", "number", "cards", "their_traits", "their_jobcenters")
# Once is enough, not again in every row.
_COUNTS = ", ".join(
    f"CASE WHEN page.place_in_page > 1 THEN NULL ELSE n_{name} END AS counted_{name}" for name in _COUNTED
)


@dataclass(frozen=True, slots=True)
class Found:
    """Result of a search.

    `fuzzy`: nothing was written exactly so, these are spelt alike; `meant`: found by these words instead; `partly`: no
    job has all words, these have some. `counted`: what total and facets were made of, if all words were found.
    `moment`: as long as it is this one the answer stays right; None: some of it is of another one, or it has none.
    """

    total: int
    jobs: list[Row]
    facets: Facets = field(default_factory=dict)
    fuzzy: bool = False
    meant: str | None = None
    partly: bool = False
    counted: Counted | None = None
    moment: str | None = None


async def find(connection: AsyncConnection[Any], query: JobQuery, today: date, known: Counted | None = None) -> Found:
    """Total, facets and the asked page of a search. `known`: what was counted for `query.base` already.

    If there is nothing, words that nobody knows are mended by our vocabulary; then one word of several is enough; then
    words spelt alike are taken. The moment of all that is that of the first look.
    """
    found = await _run(connection, query, build(query, today), known)
    if found.total or not query.was:
        return found
    if meant := corrected(query.was):
        mended = await _run(connection, query, build(replace(query, was=meant), today))
        if mended.total:
            return replace(mended, fuzzy=True, meant=meant, counted=None, moment=found.moment)
    if several(terms(query.was)):
        partly = await _run(connection, query, build(replace(query, was=meant or query.was), today, some=True))
        if partly.total:
            return replace(partly, partly=True, counted=None, moment=found.moment)
    tolerant = await _run(connection, query, build(query, today, tolerant=True))
    return replace(tolerant, fuzzy=True, counted=None, moment=found.moment) if tolerant.total else found


async def count(connection: AsyncConnection[Any], query: JobQuery, today: date) -> int:
    """How many jobs a search has."""
    conditions = build(query, today)
    row = await (await connection.execute(_bytes(cards.COUNT.format(conditions.all)), conditions.values)).fetchone()
    return int(row[0]) if row else 0


async def _run(
    connection: AsyncConnection[Any], query: JobQuery, conditions: Conditions, known: Counted | None = None
) -> Found:
    values = {**conditions.values, "size": query.size, "offset": (query.page - 1) * query.size}
    statement = _found(query, conditions) if known is None else _page(query, conditions)
    async with connection.cursor(row_factory=dict_row, binary=True) as cursor:
        await cursor.execute(statement, values)
        rows = await cursor.fetchall()
    moment = rows[0]["moment"] if rows else None
    everything = known or counted({name: rows[0][f"counted_{name}"] for name in _COUNTED}, moment)
    jobs = [row for row in rows if row["entity"] is not None]
    of_one = moment if everything.moment == moment else None
    return Found(everything.total(query), jobs, everything.facets(query), counted=everything, moment=of_one)


def _found(query: JobQuery, conditions: Conditions) -> bytes:
    flags = {f"ok_{name}": condition for name, condition in conditions.facets.items()}
    return _bytes(
        _FOUND.format(
            rank=conditions.rank,
            distance=conditions.distance_squared,
            flags="".join(f", {condition} AS {flag}" for flag, condition in flags.items()),
            base=conditions.base,
            members=cards.MEMBERS,
            chosen=" AND ".join(("true", *flags)),
            first=cards.first_of_its_card(flags),
            order=_ORDER[query.order],
            moment=MOMENT,
            counted=_COUNTS,
            listed=_LISTED,
        )
    )


def _page(query: JobQuery, conditions: Conditions) -> bytes:
    return _bytes(
        _PAGE.format(
            moment=MOMENT,
            rank=conditions.rank,
            distance=conditions.distance_squared,
            all=conditions.all,
            first=cards.NONE_BEFORE.format(conditions.all),
            order=_ORDER[query.order],
            listed=_LISTED,
        )
    )


def _bytes(statement: str) -> bytes:
    """What psycopg takes as a statement that was put together; all of it is written in our code."""
    return statement.encode()
