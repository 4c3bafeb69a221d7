"""What operators are shown: cards, suggestions, and one pair judged anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from hub.match import board
from hub.match.cards import pair_of
from hub.match.ladder import judge
from hub.match.vetoes import NEVER

Row = dict[str, Any]

_CARDS = """
SELECT card, lead_entity AS lead, array_agg(entity ORDER BY precedence) AS members,
    array_agg(rule ORDER BY precedence) AS rules, min(score) AS score
FROM board.card_member GROUP BY card, lead_entity ORDER BY lead_entity LIMIT %s
"""
_SUGGESTIONS = "SELECT a, b, rule, score, why FROM board.match_suggestion ORDER BY score DESC, a, b LIMIT %s OFFSET %s"
_SIDES = """
SELECT job.entity, job.jobcenter, job.visibility, job.title, job.kldb2010, job.employer_name, job.plz, job.place,
    job.working_time, job.weekly_hours, job.contract_term, job.pay_min, job.pay_max, job.pay_currency, job.pay_period,
    job.openings, job.start_on, job.published_from, job.published_until, doc.street, doc.betriebsnummer, doc.description
FROM board.job AS job LEFT JOIN board.job_doc AS doc USING (entity) WHERE job.entity = ANY(%s)
"""


def cards(connection: Connection[Any], limit: int) -> list[Row]:
    """Cards of two jobs or more, by the job that leads."""
    return _rows(connection, _CARDS, (limit,))


def suggestions(connection: Connection[Any], limit: int, offset: int = 0) -> list[Row]:
    """Uncertain pairs, the likeliest first."""
    return _rows(connection, _SUGGESTIONS, (limit, offset))


def count(connection: Connection[Any]) -> tuple[int, int]:
    """How many cards and how many suggestions there are."""
    row = connection.execute(
        "SELECT (SELECT count(DISTINCT card) FROM board.card_member), (SELECT count(*) FROM board.match_suggestion)"
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def sides(connection: Connection[Any], entities: Sequence[str]) -> dict[str, Row]:
    """What is shown of jobs side by side."""
    return {row["entity"]: row for row in _rows(connection, _SIDES, (list(entities),))}


def explained(connection: Connection[Any], one: str, other: str, today: date) -> Row | None:
    """A pair judged anew, what was decided on it, and whether it shares a card; None if one of the two is not open."""
    a, b = pair_of(one, other)
    jobs = board.jobs(connection, {a, b}, today)
    if {a, b} - jobs.keys():
        return None
    found = judge(jobs[a], jobs[b])
    decided = connection.execute(
        "SELECT verdict, reason, decided_at FROM board.match_decision WHERE (a, b) = (%s, %s)", (a, b)
    ).fetchone()
    shared = connection.execute(
        "SELECT one.card FROM board.card_member AS one JOIN board.card_member AS other USING (card)"
        " WHERE one.entity = %s AND other.entity = %s",
        (a, b),
    ).fetchone()
    return {
        "a": a,
        "b": b,
        "rule": found.rule.name,
        "score": found.score,
        "fold": found.fold,
        "suggest": found.suggest,
        **found.why(),
        "decision": {"verdict": decided[0], "reason": decided[1], "decided_at": decided[2]} if decided else None,
        "card": shared[0] if shared else None,
    }


def never_together(connection: Connection[Any], one: str, other: str, today: date) -> list[str]:
    """What keeps two open jobs apart even if an operator joins them; empty if nothing does, or one is not open."""
    found = explained(connection, one, other, today)
    return [veto for veto in found["vetoes"] if veto in NEVER] if found else []


def _rows(connection: Connection[Any], statement: str, values: tuple[Any, ...]) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, values).fetchall()
