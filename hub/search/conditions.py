"""A search as SQL conditions. Values travel as parameters only; no text of a visitor becomes SQL."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, LiteralString

from hub.search.places import Place, coordinates
from hub.search.query import CONTRACT_TERM, OFFER_TYPE, WORKING_TIME, JobQuery
from hub.search.sort import sort_key
from hub.search.texts import asked
from hub.search.vocabulary import Meaning
from hub.search.words import Term, several, terms

KM_PER_DEGREE = 111.195

CAREER: LiteralString = "(kldb2010 LIKE '____1' OR career_change IS TRUE)"
"""Whether someone from another occupation can take a job: the KldB says helper or semi-skilled (fifth digit 1), or the
text of the offer says so itself (hub/search/career.py)."""

OPEN: LiteralString = (
    "NOT ended AND NOT removed AND visibility IN ('PUBLIC', 'ANONYMOUS')"
    " AND (published_until IS NULL OR published_until >= %(today)s)"
)
"""What is on the board. An INTERNAL vacancy is in no row; that it would not be shown either is a second lock."""


@dataclass(slots=True)
class Conditions:
    """Conditions of one search: `base` for every hit; the chosen `facets` apart, so that counts can leave one out."""

    base: str
    facets: dict[str, str]
    rank: str
    distance_squared: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def all(self) -> str:
        """Everything together."""
        return _and([self.base, *self.facets.values()])


def build(query: JobQuery, today: date, *, tolerant: bool = False, some: bool = False) -> Conditions:
    """Conditions of a search; `tolerant` takes words that are spelt alike; for `some` one word of several is enough."""
    values: dict[str, Any] = {"today": today}
    searched = terms(query.was)
    enough = several(searched) if some else ()
    had: list[tuple[Term, str]] = []
    for number, term in enumerate(searched):
        has = _has(term, number, values, tolerant=tolerant)
        had.append((term, _or([has, _written(term, number, values, "text_words")]) if query.beschreibung else has))
    base = [OPEN, *(has for term, has in had if not enough or term.meaning.fact)]
    if enough:
        base.append(_or([has for term, has in had if term in enough]))
    if query.veroeffentlichtseit is not None:
        values["since"] = today - timedelta(days=query.veroeffentlichtseit)
        base.append("published_from >= %(since)s")
    if query.arbeitgeber:
        # An ANONYMOUS vacancy is not to be found by its employer, even if a row should hold one.
        values["employer"] = f"%{_literal(sort_key(query.arbeitgeber))}%"
        base.append("visibility = 'PUBLIC' AND employer_sort LIKE %(employer)s")
    distance = "NULL::float8"
    if query.place:
        distance, near = _near(query.place, query.radius_km, values)
        base.append(near)
    rank = _rank(searched, values)
    if enough:
        # The more of the words a job has, the better.
        rank = f"{rank} - 10 * ({' + '.join(f'({has})::integer' for _, has in had)})"
    return Conditions(_and(base), _facets(query, values), rank, distance, values)


def _and(conditions: list[str]) -> str:
    return " AND ".join(conditions)


def _or(conditions: list[str]) -> str:
    return "({})".format(" OR ".join(f"({one})" for one in conditions))


def _literal(text: str) -> str:
    """Text for LIKE in which no letter is a wildcard."""
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


def _has(term: Term, number: int, values: dict[str, Any], *, tolerant: bool) -> str:
    """Whether a job has what a term means: an occupation, a fact stated in a field of its own, or a spelling of it."""
    if tolerant and len(term.word) >= _TOLERANT_FROM:
        values[f"word{number}"] = term.word
        return f"%(word{number})s <%% fold"
    return _or([*_stated(term.meaning, number, values), _written(term, number, values, "fold_words")])


def _written(term: Term, number: int, values: dict[str, Any], where: LiteralString) -> str:
    """Whether title or description has one of the spellings."""
    values[f"words{number}"] = asked(term.meaning)
    return f"{where} @@ %(words{number})s::tsquery"


def _stated(meaning: Meaning, number: int, values: dict[str, Any]) -> list[str]:
    """What a job states in fields of their own; first, since it is compared at once."""
    found: list[str] = []
    if meaning.codes:
        values[f"codes{number}"] = sorted(meaning.codes)
        found.append(f"kldb2010 = ANY(%(codes{number})s)")
    if meaning.fact:
        column, values[f"fact{number}"] = meaning.fact
        many = column == "working_time"
        found.append(f"{column} @> ARRAY[%(fact{number})s]" if many else f"{column} = %(fact{number})s")
    return found


_TOLERANT_FROM = 4


def _rank(searched: tuple[Term, ...], values: dict[str, Any]) -> str:
    """How well the title fits, cheaply: begins with it, has it as a word, has only a part of it."""
    if not searched:
        return "0"
    values["phrase"] = " ".join(term.word for term in searched)
    values["first"] = searched[0].word
    return (
        "CASE WHEN fold ^@ %(phrase)s THEN 0 WHEN position(' ' || %(phrase)s IN fold) > 0 THEN 1"
        " WHEN fold ^@ %(first)s THEN 2 WHEN position(' ' || %(first)s IN fold) > 0 THEN 3 ELSE 4 END"
    )


def _near(place: Place, radius_km: int, values: dict[str, Any]) -> tuple[str, str]:
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
    squared = (
        "((latitude - %(latitude)s) * %(north_km)s) * ((latitude - %(latitude)s) * %(north_km)s)"
        " + ((longitude - %(longitude)s) * %(east_km)s) * ((longitude - %(longitude)s) * %(east_km)s)"
    )
    within = (
        "(latitude BETWEEN %(south)s AND %(north)s AND longitude BETWEEN %(west_rim)s AND %(east_rim)s"
        f" AND {squared} <= %(radius_squared)s)"
    )
    if radius_km > _reach_km(place, per_degree_east):
        return squared, within
    # The place is larger than the circle: all of it counts.
    return squared, f"({within} OR plz = ANY(%(plz)s))"


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


def _of_field(code: str, name: str, values: dict[str, Any]) -> str:
    """Whether an occupation begins with a code, as a range of the index."""
    values |= {f"{name}_from": code, f"{name}_to": f"{int(code) + 1:0{len(code)}}"}
    return f"kldb2010 >= %({name}_from)s AND kldb2010 < %({name}_to)s"


def _facets(query: JobQuery, values: dict[str, Any]) -> dict[str, str]:
    values |= {
        "arbeitszeit": [WORKING_TIME[code] for code in query.arbeitszeit],
        "befristung": [value for code in query.befristung for value in CONTRACT_TERM[code]],
        "angebotsart": [OFFER_TYPE[code] for code in query.angebotsart],
        "jobcenter": list(query.jobcenter),
    }
    conditions: dict[str, tuple[bool, str]] = {
        "working_time": (bool(query.arbeitszeit), "working_time && %(arbeitszeit)s::text[]"),
        "contract_term": (bool(query.befristung), "contract_term = ANY(%(befristung)s)"),
        "offer_type": (bool(query.angebotsart), "offer_type = ANY(%(angebotsart)s)"),
        "jobcenter": (bool(query.jobcenter), "jobcenter = ANY(%(jobcenter)s)"),
        "agency": (query.zeitarbeit is False, "temporary_agency_work IS NOT TRUE"),
        "field": (
            bool(query.berufsfeld),
            _or([_of_field(code, f"field{place}", values) for place, code in enumerate(query.berufsfeld)]),
        ),
        "career": (query.quereinstieg, CAREER),
    }
    return {name: condition for name, (chosen, condition) in conditions.items() if chosen}
