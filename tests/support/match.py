"""One job as two Jobcenters report it, and the matcher run on a test's database."""

from __future__ import annotations

import datetime
from typing import Any

import psycopg

from hub.match.work import Pass, run_once
from tests.support.events import vacancy

TODAY = datetime.date(2026, 11, 24)
KREISE = {"borken": "05554", "coesfeld": "05558", "steinfurt": "05566", "warendorf": "05570", "muenster": "05515"}

BORKEN = vacancy(source_id="B-1", external_references=[])
"""The workplace lies in the Kreis of Borken, so this one leads."""
COESFELD = vacancy(
    jobcenter="coesfeld",
    source_id="C-1",
    title="Warenflussfachkraft (w/m/d) in Vollzeit",
    employer={"name": "Fa. Terhechte Logistik", "betriebsnummer": None},
    published_from=datetime.date(2026, 11, 10),
    external_references=[],
)
ALONE = vacancy(jobcenter="muenster", source_id="M-1", title="Erzieher (m/w/d)", kldb2010="83112",
                employer={"name": "Kita Abendstern", "betriebsnummer": None}, external_references=[])  # fmt: skip


def match(database_url: str, today: datetime.date = TODAY) -> Pass:
    """Passes until the cards are those of the jobs."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        while not (done := run_once(connection, today, KREISE)).level:
            pass
    return done


def cards(database_url: str) -> list[tuple[Any, ...]]:
    """Every row of every card, and every suggestion."""
    with psycopg.connect(database_url) as connection:
        members = connection.execute(
            "SELECT entity, card, precedence, lead_entity, rule, score, why FROM board.card_member ORDER BY entity"
        ).fetchall()
        suggested = connection.execute("SELECT a, b, rule, score, why FROM board.match_suggestion ORDER BY a, b")
        return [*members, *suggested.fetchall()]


def groups(database_url: str) -> list[list[str]]:
    """Members of each card, the lead first."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT array_agg(entity ORDER BY precedence) FROM board.card_member GROUP BY card ORDER BY min(entity)"
        ).fetchall()
    return [row[0] for row in rows]
