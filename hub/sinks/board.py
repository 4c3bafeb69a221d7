"""The job board: public vacancies, ready to be searched, and measures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from psycopg.types.json import Jsonb

from hub.search.fold import fold
from hub.search.places import coordinates
from hub.search.sort import sort_key
from hub.sinks.engine.entities import entity_target
from hub.sinks.engine.target import Child, Row, Sink
from hub.store import rows
from hub.store.tables import board_measure, job, job_doc
from schemas.codelists import occupations
from schemas.topics import curated

Event = Mapping[str, Any]


def job_fields(event: Event) -> dict[str, Any]:
    """Columns of board.job: what is searched, sorted by, and shown in a list."""
    row = rows.offer(event)
    employer = event["employer"]
    name = employer["name"] if employer is not None else None
    row["title_sort"] = _sorted(event["title"])
    row["employer_name"] = name
    row["employer_sort"] = _sorted(name) if name is not None else None
    row["latitude"], row["longitude"] = where(event["workplace"])
    # Nobody searches for what has ended.
    row["fold"] = "" if event["status"] == "ENDED" else searchable(event, name)
    return row


def where(place: Event) -> tuple[float | None, float | None]:
    """Coordinates as given, otherwise the middle of the postcode."""
    if place["latitude"] is not None and place["longitude"] is not None:
        return place["latitude"], place["longitude"]
    middle = coordinates(place["plz"]) if place["country"] == "DE" else None
    return middle if middle is not None else (None, None)


def searchable(event: Event, employer: str | None) -> str:
    """Title, employer, place and the name of the occupation, in the spelling searches are folded to."""
    parts = (event["title"], employer, event["workplace"]["place"], occupations().get(event["kldb2010"]))
    return " ".join(_folded(part) for part in parts if part)


# Employers, places and occupations come again and again, and so do most titles.
_folded = lru_cache(20_000)(fold)
_sorted = lru_cache(20_000)(sort_key)


def doc_row(entity: str, event: Event) -> Sequence[Row]:
    """The row of board.job_doc: what is read only when one vacancy is shown."""
    employer, contact = event["employer"], event["contact"]
    return (
        {
            "entity": entity,
            "description": event["description"],
            "street": event["workplace"]["street"],
            "betriebsnummer": employer["betriebsnummer"] if employer is not None else None,
            "contact": Jsonb(contact) if contact is not None else None,
            "external_references": Jsonb(event["external_references"]),
            "organisational_unit": event["organisational_unit"],
        },
    )


SINK = Sink(
    routes=(
        (re.escape(curated("vacancy")), entity_target("vacancy", job, job_fields, (Child(job_doc, "entity"), doc_row))),
        (re.escape(curated("measure")), entity_target("measure", board_measure, rows.measure)),
    ),
    counts_origins=True,
)
