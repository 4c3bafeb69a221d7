"""What the matcher reads of the board: open jobs, those that changed, and decisions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.sql import SQL

from hub.match.cards import Decided, Pair, pair_of
from hub.match.job import Job, job_of
from hub.match.ladder import EDITION
from hub.search.conditions import OPEN

# Exactly what job_of reads.
_JOB = SQL(
    "j.entity, j.jobcenter, j.visibility, j.title, j.kldb2010, j.offer_type, j.employer_name, j.plz, j.place, j.ags,"
    " j.working_time, j.weekly_hours, j.contract_term, j.term_until, j.pay_min, j.pay_max, j.pay_currency,"
    " j.pay_period, j.openings, j.start_on, j.published_from, j.published_until"
)
_DOC = SQL("d.description, d.street, d.betriebsnummer, d.contact, d.external_references")
_OPEN_JOBS = SQL("(SELECT * FROM board.job WHERE {}) AS j").format(SQL(OPEN))

_LOAD = SQL("SELECT {}, {} FROM {} LEFT JOIN board.job_doc AS d USING (entity) WHERE entity = ANY(%(of)s)").format(
    _JOB, _DOC, _OPEN_JOBS
)
_CORE = SQL("SELECT {} FROM {} WHERE entity = ANY(%(of)s)").format(_JOB, _OPEN_JOBS)
# Compared row by row, never by a highest number: a row that was committed late differs all the same.
_CHANGED = SQL(
    "SELECT j.entity, j.epoch, j.version, j.fingerprint FROM {} LEFT JOIN board.match_seen AS s USING (entity)"
    " WHERE s.entity IS NULL OR (s.epoch, s.version, s.fingerprint, s.edition)"
    " IS DISTINCT FROM (j.epoch, j.version, j.fingerprint, %(edition)s) LIMIT %(most)s"
)
_GONE = SQL(
    "SELECT s.entity FROM board.match_seen AS s LEFT JOIN {} USING (entity) WHERE j.entity IS NULL LIMIT %(most)s"
)


def jobs(connection: Connection[Any], entities: Collection[str], today: date, *, texts: bool = True) -> dict[str, Job]:
    """Those of the entities that are open. Without `texts` only what vetoes and precedence need."""
    statement = _LOAD if texts else _CORE
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statement, {"of": list(entities), "today": today}).fetchall()
    return {row["entity"]: job_of(row) for row in rows}


def changed(connection: Connection[Any], today: date, most: int) -> dict[str, tuple[int, int, bytes]]:
    """Open jobs that are new or not as they were seen: order and fingerprint by entity."""
    values = {"today": today, "edition": EDITION, "most": most}
    rows = connection.execute(_CHANGED.format(_OPEN_JOBS), values).fetchall()
    return {entity: (epoch, version, mark) for entity, epoch, version, mark in rows}


def gone(connection: Connection[Any], today: date, most: int) -> list[str]:
    """Jobs that were seen open and are not any more: ended, removed, expired, or hidden."""
    rows = connection.execute(_GONE.format(_OPEN_JOBS), {"today": today, "most": most}).fetchall()
    return [entity for (entity,) in rows]


def decisions(connection: Connection[Any]) -> Mapping[Pair, Decided]:
    """What operators decided, by pair."""
    rows = connection.execute("SELECT a, b, verdict FROM board.match_decision WHERE verdict IN ('JOIN', 'SPLIT')")
    return {pair_of(a, b): Decided(verdict) for a, b, verdict in rows.fetchall()}
