"""A search as SQL conditions. Values travel as parameters only; no text of a visitor becomes SQL."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, LiteralString

from psycopg.sql import SQL, Composable, Identifier, Placeholder

from hub.search.places import Place, coordinates
from hub.search.query import CONTRACT_TERM, OFFER_TYPE, WORKING_TIME, JobQuery
from hub.search.sort import sort_key
from hub.search.vocabulary import Meaning, Piece, Where
from hub.search.words import Term, terms

KM_PER_DEGREE = 111.195
FACETS = ("working_time", "contract_term", "offer_type", "jobcenter", "agency", "field", "career")

CAREER: LiteralString = (
    "(kldb2010 LIKE '____1' OR EXISTS"
    " (SELECT FROM board.job_doc AS doc WHERE doc.entity = job.entity AND doc.career_change))"
)
"""Whether someone from another occupation can take a job: the KldB says helper or semi-skilled (fifth digit 1), or the
text of the offer says so itself; that rule stands with the column, in hub/store/tables.py."""

OPEN = SQL(
    "NOT ended AND NOT removed AND visibility IN ('PUBLIC', 'ANONYMOUS')"
    " AND (published_until IS NULL OR published_until >= %(today)s)"
)
"""What is on the board. An INTERNAL vacancy is in no row; that it would not be shown either is a second lock."""


@dataclass(slots=True)
class Conditions:
    """Conditions of one search: `base` for every hit; the chosen `facets` apart, so that counts can leave one out."""

    base: Composable
    facets: dict[str, Composable]
    rank: Composable
    distance_squared: Composable
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def all(self) -> Composable:
        """Everything together."""
        return _and([self.base, *self.facets.values()])


def build(query: JobQuery, today: date, *, tolerant: bool = False) -> Conditions:
    """Conditions of a search; `tolerant` takes words that are spelt alike."""
    values: dict[str, Any] = {"today": today}
    searched = terms(query.was)
    base: list[Composable] = [OPEN]
    for number, term in enumerate(searched):
        base.append(_has(term, number, values, tolerant=tolerant))
    if query.veroeffentlichtseit is not None:
        values["since"] = today - timedelta(days=query.veroeffentlichtseit)
        base.append(SQL("published_from >= %(since)s"))
    if query.arbeitgeber:
        # An ANONYMOUS vacancy is not to be found by its employer, even if a row should hold one.
        values["employer"] = f"%{_literal(sort_key(query.arbeitgeber))}%"
        base.append(SQL("visibility = 'PUBLIC' AND employer_sort LIKE %(employer)s"))
    distance: Composable = SQL("NULL::float8")
    if query.place:
        distance, near = _near(query.place, query.radius_km, values)
        base.append(near)
    return Conditions(_and(base), _facets(query, values), _rank(searched, values), distance, values)


def _and(conditions: list[Composable]) -> Composable:
    return SQL(" AND ").join(conditions)


def _or(conditions: list[Composable]) -> Composable:
    return SQL("({})").format(SQL(" OR ").join(SQL("({})").format(one) for one in conditions))


def _literal(text: str) -> str:
    """Text for LIKE in which no letter is a wildcard."""
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


def _has(term: Term, number: int, values: dict[str, Any], *, tolerant: bool) -> Composable:
    """Whether a job has what a term means: an occupation, a fact stated in a field of its own, or a spelling of it.

    Said twice. Loosely, with LIKE, for the trigram index; exactly, with a regular expression, for what that lets
    through. An index asked with regular expressions takes three times as long, most of it to plan.
    """
    if tolerant and len(term.word) >= _TOLERANT_FROM:
        values[f"word{number}"] = term.word
        return SQL("{} <%% fold").format(_value(f"word{number}"))
    stated = _stated(term.meaning, number, values)
    loose, exact = [*stated], [*stated]
    for place, spelling in enumerate(_widest(term.meaning.spellings)):
        loose.append(_and([_contains(piece, f"in{number}_{place}_{at}", values) for at, piece in enumerate(spelling)]))
    for place, spelling in enumerate(term.meaning.spellings):
        if len(spelling) > 1:
            pieces = [[piece] for piece in spelling]
            exact.append(_and([_stands(one, f"at{number}_{place}_{at}", values) for at, one in enumerate(pieces)]))
    if alone := [spelling[0] for spelling in term.meaning.spellings if len(spelling) == 1]:
        exact.append(_stands(alone, f"at{number}", values))
    return SQL("({} AND {})").format(_or(loose), _or(exact))


Spelling = tuple[Piece, ...]


def _widest(spellings: Sequence[Spelling]) -> list[Spelling]:
    """Spellings without those that another one finds anyway: what contains staplerfahrer contains stapler."""
    alone = {spelling[0].text for spelling in spellings if len(spelling) == 1 and spelling[0].where != "word"}

    def found_anyway(spelling: Spelling) -> bool:
        several = len(spelling) > 1
        return any(text in piece.text and (several or text != piece.text) for piece in spelling for text in alone)

    # "koch" at the start and "koch" at the end are looked for once.
    kept = {
        tuple((one.text, one.where == "word") for one in some): some for some in spellings if not found_anyway(some)
    }
    return list(kept.values())


def _stated(meaning: Meaning, number: int, values: dict[str, Any]) -> list[Composable]:
    """What a job states in fields of their own; first, since it is compared at once."""
    found: list[Composable] = []
    if meaning.codes:
        values[f"codes{number}"] = sorted(meaning.codes)
        found.append(SQL("kldb2010 = ANY({})").format(_value(f"codes{number}")))
    if meaning.fact:
        column, values[f"fact{number}"] = meaning.fact
        many = column == "working_time"
        found.append(SQL("{} @> ARRAY[{}]" if many else "{} = {}").format(Identifier(column), _value(f"fact{number}")))
    return found


def _contains(piece: Piece, name: str, values: dict[str, Any]) -> Composable:
    """Whether the text contains the piece anywhere; too short a one has no trigrams, so its word is looked up."""
    if piece.where == "word":
        values[name] = piece.text
        return SQL("fold_words @@ plainto_tsquery('simple', {})").format(_value(name))
    values[name] = f"%{_literal(piece.text)}%"
    return SQL("fold LIKE {}").format(_value(name))


def _stands(pieces: Sequence[Piece], name: str, values: dict[str, Any]) -> Composable:
    """Whether one of the pieces stands in the text, at the right edge of a word."""
    values[name] = "|".join(_PATTERNS[piece.where].format(re.escape(piece.text)) for piece in pieces)
    # Joined with nothing, so that no index is asked.
    return SQL("(fold || '') ~ {}").format(_value(name))


_INFLECTED = "(?:e|en|n|s|es|er|ern)?"
_PATTERNS: dict[Where, str] = {
    "start": "(?:^| ){0}",
    "end": "{0}" + _INFLECTED + "(?: |$)",
    "both": "(?:^| ){0}|{0}" + _INFLECTED + "(?: |$)",
    "word": "(?:^| ){0}(?: |$)",
}
_TOLERANT_FROM = 4


def _value(name: str) -> Composable:
    """Placeholder of a parameter of ours; names are made here, never taken from a request."""
    return Placeholder(name)


def _rank(searched: tuple[Term, ...], values: dict[str, Any]) -> Composable:
    """How well the title fits, cheaply: begins with it, has it as a word, has only a part of it."""
    if not searched:
        return SQL("0")
    values["phrase"] = " ".join(term.word for term in searched)
    values["first"] = searched[0].word
    return SQL(
        "CASE WHEN fold ^@ %(phrase)s THEN 0 WHEN position(' ' || %(phrase)s IN fold) > 0 THEN 1"
        " WHEN fold ^@ %(first)s THEN 2 WHEN position(' ' || %(first)s IN fold) > 0 THEN 3 ELSE 4 END"
    )


def _near(place: Place, radius_km: int, values: dict[str, Any]) -> tuple[Composable, Composable]:
    """Square of the straight distance, on a flat earth (right to some metres here), and the condition."""
    per_degree_east = KM_PER_DEGREE * math.cos(math.radians(place.latitude))
    values |= {
        "latitude": place.latitude,
        "longitude": place.longitude,
        "north_km": KM_PER_DEGREE,
        "east_km": per_degree_east,
        "radius_squared": float(radius_km**2),
        "south": place.latitude - radius_km / KM_PER_DEGREE,
        "north": place.latitude + radius_km / KM_PER_DEGREE,
        "west_rim": place.longitude - radius_km / per_degree_east,
        "east_rim": place.longitude + radius_km / per_degree_east,
        "plz": list(place.plz),
    }
    squared = SQL(
        "((latitude - %(latitude)s) * %(north_km)s) * ((latitude - %(latitude)s) * %(north_km)s)"
        " + ((longitude - %(longitude)s) * %(east_km)s) * ((longitude - %(longitude)s) * %(east_km)s)"
    )
    within = SQL(
        "(latitude BETWEEN %(south)s AND %(north)s AND longitude BETWEEN %(west_rim)s AND %(east_rim)s AND {} <="
        " %(radius_squared)s)"
    ).format(squared)
    if radius_km > _reach_km(place, per_degree_east):
        return squared, within
    # The place is larger than the circle: all of it counts.
    return squared, SQL("({} OR plz = ANY(%(plz)s))").format(within)


def _reach_km(place: Place, per_degree_east: float) -> float:
    """How far the place's own postcodes lie from its middle, and one kilometre for the jobs in them."""
    points = [point for point in map(coordinates, place.plz) if point]
    return 1 + max(
        (
            math.hypot((north - place.latitude) * KM_PER_DEGREE, (east - place.longitude) * per_degree_east)
            for north, east in points
        ),
        default=0.0,
    )


def _facets(query: JobQuery, values: dict[str, Any]) -> dict[str, Composable]:
    values |= {
        "arbeitszeit": [WORKING_TIME[code] for code in query.arbeitszeit],
        "befristung": [value for code in query.befristung for value in CONTRACT_TERM[code]],
        "angebotsart": [OFFER_TYPE[code] for code in query.angebotsart],
        "jobcenter": list(query.jobcenter),
        "berufsfeld": list(query.berufsfeld),
    }
    conditions: dict[str, tuple[bool, Composable]] = {
        "working_time": (bool(query.arbeitszeit), SQL("working_time && %(arbeitszeit)s::text[]")),
        "contract_term": (bool(query.befristung), SQL("contract_term = ANY(%(befristung)s)")),
        "offer_type": (bool(query.angebotsart), SQL("offer_type = ANY(%(angebotsart)s)")),
        "jobcenter": (bool(query.jobcenter), SQL("jobcenter = ANY(%(jobcenter)s)")),
        "agency": (query.zeitarbeit is False, SQL("temporary_agency_work IS NOT TRUE")),
        "field": (
            bool(query.berufsfeld),
            SQL("(left(kldb2010, 2) = ANY(%(berufsfeld)s) OR left(kldb2010, 3) = ANY(%(berufsfeld)s))"),
        ),
        "career": (query.quereinstieg, SQL(CAREER)),
    }
    return {name: condition for name, (chosen, condition) in conditions.items() if chosen}
