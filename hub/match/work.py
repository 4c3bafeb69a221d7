"""One pass of the matcher: judge what changed, fold what is open, write the difference. One transaction, repeatable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import Connection, IsolationLevel
from psycopg.types.json import Jsonb

from hub.beside.position import Position, position
from hub.match import board
from hub.match.block import keys
from hub.match.cards import Card, Decided, Edge, Pair, fold_cards, pair_of
from hub.match.job import Job
from hub.match.ladder import EDITION, Rule, judge

JOBS_AT_A_TIME = 500
DECISION = "DECISION"

Written = dict[tuple[str, ...], tuple[Any, ...]]
"""Rows by key, without the key."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass found. `level`: everything that was committed when it began is in the cards."""

    judged: int
    cards: int
    suggestions: int
    level: bool
    position: Position


def run_once(connection: Connection[Any], today: date, kreise: Mapping[str, str]) -> Pass:
    """One pass. The cards depend on the open jobs and the decisions alone; so it may be repeated, or die anywhere.

    Args:
        connection: in autocommit mode; nobody else may write the matcher's tables meanwhile.
        today: the day the board lives on.
        kreise: Kreis of each Jobcenter.
    """
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    with connection.transaction():
        at = position(connection)
        fresh = board.changed(connection, today, JOBS_AT_A_TIME)
        gone = board.gone(connection, today, 10 * JOBS_AT_A_TIME)
        _forget(connection, [*fresh, *gone], gone)
        judged = _judge(connection, fresh, today)
        cards, suggestions = _fold(connection, today, kreise)
    level = len(fresh) < JOBS_AT_A_TIME and len(gone) < 10 * JOBS_AT_A_TIME
    return Pass(judged, cards, suggestions, level, at)


def _forget(connection: Connection[Any], pairs_of: list[str], gone: list[str]) -> None:
    connection.execute("DELETE FROM board.match_pair WHERE a = ANY(%s) OR b = ANY(%s)", (pairs_of, pairs_of))
    connection.execute("DELETE FROM board.match_seen WHERE entity = ANY(%s)", (gone,))


_SEEN = """
INSERT INTO board.match_seen (entity, jobcenter, epoch, version, fingerprint, edition, keys)
VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (entity) DO UPDATE SET (epoch, version, fingerprint, edition, keys)
    = (EXCLUDED.epoch, EXCLUDED.version, EXCLUDED.fingerprint, EXCLUDED.edition, EXCLUDED.keys)
"""
_PARTNERS = """
SELECT c.entity, s.entity FROM board.match_seen AS c
JOIN board.match_seen AS s ON s.keys && c.keys AND s.jobcenter <> c.jobcenter WHERE c.entity = ANY(%s)
"""


def _judge(connection: Connection[Any], fresh: Mapping[str, tuple[int, int, bytes]], today: date) -> int:
    """Compare what changed with whatever shares a block with it; keep what is worth a fold or a look."""
    if not fresh:
        return 0
    jobs = board.jobs(connection, fresh, today)
    with connection.cursor() as cursor:
        cursor.executemany(
            _SEEN,
            [
                (entity, jobs[entity].jobcenter, *order, EDITION, sorted(keys(jobs[entity])))
                for entity, order in fresh.items()
            ],
        )
        found = connection.execute(_PARTNERS, (list(fresh),)).fetchall()
        pairs = {pair_of(one, other) for one, other in found}
        jobs |= board.jobs(connection, {entity for pair in pairs for entity in pair} - jobs.keys(), today)
        rows = list(_worth_keeping(pairs, jobs))
        cursor.executemany(
            "INSERT INTO board.match_pair (a, b, rule, score, fold, why) VALUES (%s, %s, %s, %s, %s, %s)", rows
        )
    return len(pairs)


def _worth_keeping(pairs: Iterable[Pair], jobs: Mapping[str, Job]) -> Iterable[tuple[Any, ...]]:
    for a, b in sorted(pairs):
        if a in jobs and b in jobs:
            found = judge(jobs[a], jobs[b])
            if found.fold or found.suggest:
                yield a, b, found.rule.name, found.score, found.fold, Jsonb(found.why())


def _fold(connection: Connection[Any], today: date, kreise: Mapping[str, str]) -> tuple[int, int]:
    """Cards and suggestions from all pairs that are kept; returns how many there are."""
    kept = {
        (a, b): (Rule[rule], score, fold, why)
        for a, b, rule, score, fold, why in connection.execute(
            "SELECT a, b, rule, score, fold, why FROM board.match_pair"
        ).fetchall()
    }
    decisions = board.decisions(connection)
    edges = [Edge(*pair, rule, score) for pair, (rule, score, fold, _) in kept.items() if fold]
    named = {entity for pair in (*(edge.pair for edge in edges), *decisions) for entity in pair}
    jobs = board.jobs(connection, named, today, texts=False)
    folded = fold_cards(jobs, edges, decisions, kreise)
    why = {pair: (rule.name, score, reasons) for pair, (rule, score, fold, reasons) in kept.items() if fold}
    members: Written = {}
    for card in folded.cards:
        members |= _members(card, why, decisions)
    doubtful = {edge.pair for edge in folded.doubtful}
    suggested: Written = {
        pair: (rule.name, score, {**reasons, "doubtful": pair in doubtful})
        for pair, (rule, score, fold, reasons) in kept.items()
        if pair not in decisions and (pair in doubtful or not fold) and not _together(members, pair)
    }
    _write(
        connection, "card_member", ("entity",), ("card", "precedence", "lead_entity", "rule", "score", "why"), members
    )
    _write(connection, "match_suggestion", ("a", "b"), ("rule", "score", "why"), suggested)
    return len(folded.cards), len(suggested)


def _members(card: Card, why: Mapping[Pair, tuple[str, float, Any]], decisions: Mapping[Pair, Decided]) -> Written:
    """Rows of a card. Each member says by which pair, the surest, it belongs here."""
    rows: Written = {}
    for precedence, entity in enumerate(card.members):
        pairs = [(pair_of(entity, other), other) for other in card.members if other != entity]
        decided = [other for pair, other in pairs if decisions.get(pair) is Decided.JOIN]
        if decided:
            reasons: tuple[str, float, Any] = (DECISION, 1.0, {"with": min(decided)})
        else:
            found = [(why[pair], other) for pair, other in pairs if pair in why and pair not in decisions]
            (rule, score, parts), other = max(found, key=lambda one: (Rule[one[0][0]], one[0][1], one[1]))
            reasons = (rule, score, {**parts, "with": other})
        rows[entity,] = (card.id, precedence, card.lead, *reasons)
    return rows


def _together(members: Written, pair: Pair) -> bool:
    cards = [members[entity,][0] if (entity,) in members else None for entity in pair]
    return cards[0] is not None and cards[0] == cards[1]


def _write(
    connection: Connection[Any], table: str, key: tuple[str, ...], values: tuple[str, ...], wanted: Written
) -> None:
    """Bring a table to the rows wanted; rows that are right already are not touched."""
    names = ", ".join((*key, *values))
    there: Written = {
        row[: len(key)]: row[len(key) :]
        for row in connection.execute(f"SELECT {names} FROM board.{table}").fetchall()  # noqa: S608
    }
    wrong = [row for row in there if wanted.get(row) != there[row]]
    missing = [row for row in wanted if there.get(row) != wanted[row]]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"DELETE FROM board.{table} WHERE ({', '.join(key)}) = ({', '.join(['%s'] * len(key))})",  # noqa: S608
            wrong,
        )
        cursor.executemany(
            f"INSERT INTO board.{table} ({names}) VALUES ({', '.join(['%s'] * len((*key, *values)))})",  # noqa: S608
            [(*row, *(Jsonb(one) if isinstance(one, dict) else one for one in wanted[row])) for row in missing],
        )
