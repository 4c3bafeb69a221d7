"""Valid events by keyword: `vacancy(title="Koch")` is one valid record with one field changed.

Random ones: tests/support/random_events.py. Broken ones: tests/support/mutations.py.
"""

from __future__ import annotations

import copy
import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from schemas.topics import Event

Record = dict[str, Any]

_VACANCY: Record = {
    "jobcenter": "borken",
    "source_id": "BOR-0025147",
    "epoch": 0,
    "version": 1,
    "status": "ACTIVE",
    "end_reason": None,
    "ended_on": None,
    "visibility": "PUBLIC",
    "organisational_unit": None,
    "title": "Fachkraft für Lagerlogistik (m/w/d)",
    "description": "Sie nehmen Waren an und stellen Sendungen zusammen.",
    "kldb2010": "51312",
    "ba_dkz_id": None,
    "offer_type": "ARBEIT",
    "employer": {"name": "Terhechte Logistik GmbH & Co. KG", "betriebsnummer": "09912342"},
    "industry": {"code": "52.10", "version": "WZ2008"},
    "contact": {
        "name": "Frau Beispiel",
        "phone": "02555 000000",
        "email": "bewerbung@terhechte.example",
        "website": "https://terhechte.example/stellen",
    },
    "workplace": {
        "country": "DE",
        "plz": "48624",
        "place": "Schöppingen",
        "street": "Industriestraße 100",
        "ags": "05554052",
        "latitude": 52.09,
        "longitude": 7.22,
    },
    "working_time": ["VOLLZEIT"],
    "weekly_hours": 38.5,
    "contract_term": "UNBEFRISTET",
    "term_until": None,
    "employment_kind": "SVPFLICHTIG",
    "temporary_agency_work": False,
    "pay": {"minimum": Decimal("15.50"), "maximum": Decimal("17.00"), "currency": "EUR", "period": "HOUR"},
    "openings": 2,
    "start_on": datetime.date(2027, 1, 4),
    "published_from": datetime.date(2026, 11, 16),
    "published_until": datetime.date(2027, 1, 25),
    "external_references": [{"system": "BA", "id": "18935-23183-S"}],
}

_MEASURE: Record = {
    "jobcenter": "coesfeld",
    "source_id": "M-2026-0815",
    "epoch": 0,
    "version": 1,
    "status": "ACTIVE",
    "end_reason": None,
    "ended_on": None,
    "title": "Teilqualifizierung Pflegehilfe",
    "instrument": "FBW",
    "theme": "QUALIFIZIERUNG",
    "provider": "Akademie Kortmann",
    "measure_number": "310/579/26",
    "location": {
        "country": "DE",
        "plz": "48249",
        "place": "Dülmen",
        "street": "Am Beispielplatz 3",
        "ags": "05558016",
        "latitude": None,
        "longitude": None,
    },
    "start_on": datetime.date(2026, 12, 8),
    "end_on": datetime.date(2027, 6, 7),
    "seats": 15,
    "seats_free": 13,
    "funder": "AGENTUR_FUER_ARBEIT",
    "outcomes": {"entries": 23, "exits": 15, "early_exits": 3, "employed_after_6_months": 6},
}

_PLACEMENT: Record = {
    "jobcenter": "steinfurt",
    "source_id": "7d1f6c1e-5a5b-4a0e-9a39-0d3f2f1b6a10",
    "epoch": 0,
    "version": 1,
    "status": "ACTIVE",
    "end_reason": None,
    "ended_on": None,
    "month": "2026-10",
    "placement_type": "SVB_UNGEFOERDERT",
    "kldb3": "621",
    "kreis": "05566",
    "subsidy": "NONE",
    "openings_filled": 1,
}


def _changed(base: Record, changes: Record) -> Record:
    unknown = changes.keys() - base.keys()
    if unknown:
        raise KeyError(f"no such fields: {', '.join(sorted(unknown))}")
    return {**copy.deepcopy(base), **changes}


def vacancy(**changes: Any) -> Record:
    """A valid vacancy; top-level fields are replaced as given."""
    return _changed(_VACANCY, changes)


def measure(**changes: Any) -> Record:
    """A valid measure."""
    return _changed(_MEASURE, changes)


def placement(**changes: Any) -> Record:
    """A valid placement."""
    return _changed(_PLACEMENT, changes)


PLAIN: dict[Event, Callable[..., Record]] = {"vacancy": vacancy, "measure": measure, "placement": placement}


def ended(record: Record, reason: str = "FILLED", on: datetime.date = datetime.date(2026, 11, 23)) -> Record:
    """The next version of a record, in which it ends."""
    return {**record, "version": record["version"] + 1, "status": "ENDED", "end_reason": reason, "ended_on": on}
