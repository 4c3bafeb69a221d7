"""Made-up jobs whose meaning is known: a kind of work each, headed as employers write. The same jobs at every run."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.support.events import vacancy
from tests.support.web import TODAY

Record = dict[str, Any]

PLACES = (
    ("muenster", "48143", "Münster"), ("borken", "46325", "Borken"), ("coesfeld", "48653", "Coesfeld"),
    ("steinfurt", "48431", "Rheine"), ("warendorf", "48231", "Warendorf"), ("borken", "46395", "Bocholt"),
    ("muenster", "48165", "Münster"), ("steinfurt", "49477", "Ibbenbüren"), ("coesfeld", "48249", "Dülmen"),
    ("warendorf", "59227", "Ahlen"), ("borken", "48683", "Ahaus"), ("steinfurt", "48268", "Greven"),
    ("coesfeld", "59348", "Lüdinghausen"),
)  # fmt: skip
"""Dealt out in turn; their number has no factor in common with the others below, so that all pairs occur."""

TIMES = (("VOLLZEIT",), ("TEILZEIT",), ("VOLLZEIT", "SCHICHT_NACHT_WOCHENENDE"), ("MINIJOB",), ("VOLLZEIT", "TEILZEIT"))
TERMS = ("UNBEFRISTET", "BEFRISTET", "UNBEFRISTET", "BEIDES")
OFFERS = ("ARBEIT",) * 9 + ("AUSBILDUNG", "PRAKTIKUM")
EMPLOYERS = (
    "Beispiel GmbH", "Musterhaus e. K.", "Westmünsterländer Probewerk AG", "Haus Heidegrund gGmbH", "Exempel & Töchter",
    "Muster Dienste KG", "Probebetrieb Baumberge",
)  # fmt: skip
QUEREINSTIEG = ("Quereinsteiger sind willkommen.", "", "", "", "Ein Quereinstieg ist leider nicht möglich.", "", "", "")


@dataclass(frozen=True, slots=True)
class Job:
    """A job and the kind of work it is."""

    id: str
    sense: str
    record: Record


Place = tuple[str, str, str]
"""Jobcenter, postcode, town."""


@cache
def jobs() -> tuple[Job, ...]:
    """All jobs of the gold set: every heading once, and a third of them a second time, elsewhere."""
    return tuple(dealt([*headings(), *headings()[::3]], PLACES))


@cache
def headings() -> list[tuple[str, str, str]]:
    """Kind of work, heading and KldB 2010 code."""
    senses: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("corpus.yaml").read_text(encoding="utf-8"))
    split = [
        (sense, told["kldb"], *title.partition(" | ")) for sense, told in senses.items() for title in told["titles"]
    ]
    return [(sense, title, own or usual) for sense, usual, title, _, own in split]


def dealt(heads: Iterable[tuple[str, str, str]], places: Sequence[Place]) -> Iterator[Job]:
    """A job for each heading, with the next place and the next of everything."""
    for number, (sense, title, code) in enumerate(heads):
        jobcenter, plz, place = places[number % len(places)]
        yield _job(number, sense, title, code, jobcenter, plz, place)


def _job(number: int, sense: str, title: str, code: str, jobcenter: str, plz: str, place: str) -> Job:
    name = f"{sense}-{number}"
    record = vacancy(
        jobcenter=jobcenter,
        source_id=name,
        title=title,
        kldb2010=code,
        description=f"Wir suchen Verstärkung. {QUEREINSTIEG[number % len(QUEREINSTIEG)]}",
        employer={"name": EMPLOYERS[number % len(EMPLOYERS)], "betriebsnummer": None},
        workplace={"country": "DE", "plz": plz, "place": place, "street": None, "ags": None, "latitude": None,
                   "longitude": None},
        working_time=list(TIMES[number % len(TIMES)]),
        contract_term=TERMS[number % len(TERMS)],
        offer_type=OFFERS[number % len(OFFERS)],
        temporary_agency_work=number % 6 == 0,
        published_from=TODAY - datetime.timedelta(days=number % 30),
        published_until=None,
    )  # fmt: skip
    return Job(f"{jobcenter}:{name}", sense, record)
