"""The job board: public vacancies, ready to be searched, and measures."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from psycopg.types.json import Jsonb

from hub.search.fold import fold
from hub.search.places import coordinates
from hub.search.sort import sort_key
from hub.sinks.engine.entities import entity_target
from hub.sinks.engine.target import Sink
from hub.store import rows
from hub.store.made import Columns, Own, as_is, made
from hub.store.tables import board_measure, job, job_doc
from schemas.topics import curated


def latitude(latitude: float | None, longitude: float | None, country: str, plz: str | None) -> float | None:
    """As given, otherwise of the middle of the postcode."""
    return where(latitude, longitude, country, plz)[0]


def longitude(latitude: float | None, longitude: float | None, country: str, plz: str | None) -> float | None:
    """As given, otherwise of the middle of the postcode."""
    return where(latitude, longitude, country, plz)[1]


def where(
    latitude: float | None, longitude: float | None, country: str, plz: str | None
) -> tuple[float | None, float | None]:
    """Coordinates as given, otherwise the middle of the postcode."""
    if latitude is not None and longitude is not None:
        return latitude, longitude
    middle = coordinates(plz) if country == "DE" else None
    return middle if middle is not None else (None, None)


def searchable(status: str, title: str, employer: str | None, place: str | None) -> str:
    """Title, employer and place, in the spelling searches are folded to."""
    if status == "ENDED":
        return ""  # nobody searches for what has ended
    return " ".join(_folded(part) for part in (title, employer, place) if part)


def _json(value: Any) -> Jsonb | None:
    return Jsonb(value) if value is not None else None


def _sorted_if_any(text: str | None) -> str | None:
    return _sorted(text) if text is not None else None


# Employers, places and occupations come again and again, and so do most titles.
_folded = lru_cache(20_000)(fold)
_sorted = lru_cache(20_000)(sort_key)


_PLACE = tuple(f"workplace.{name}" for name in ("latitude", "longitude", "country", "plz"))

JOB: Columns = {
    **rows.OFFER,
    "title_sort": made(_sorted, "title"),
    "employer_name": made(as_is, "employer.name"),
    "employer_sort": made(_sorted_if_any, "employer.name"),
    "latitude": made(latitude, *_PLACE),
    "longitude": made(longitude, *_PLACE),
    "fold": made(searchable, "status", "title", "employer.name", "workplace.place"),
}
"""Columns of board.job: what is searched, sorted by, and shown in a list."""

JOB_DOC: Columns = {
    "description": Own("description"),
    "street": made(as_is, "workplace.street"),
    "betriebsnummer": made(as_is, "employer.betriebsnummer"),
    "contact": made(_json, "contact"),
    "external_references": made(_json, "external_references"),
    "organisational_unit": made(as_is, "organisational_unit"),
}
"""Columns of board.job_doc: what is read only when one vacancy is shown."""

SINK = Sink(
    routes=(
        (re.escape(curated("vacancy")), entity_target("vacancy", job, JOB, (job_doc, JOB_DOC))),
        (re.escape(curated("measure")), entity_target("measure", board_measure, rows.MEASURE)),
    ),
    counts_origins=True,
)
