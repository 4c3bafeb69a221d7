"""Rows of the board as what the public may see. An ANONYMOUS vacancy loses its employer here once more."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from hub.web.clean import plain_text, safe_link
from schemas.codelists import industries, instruments, occupations

Row = dict[str, Any]
Entry = dict[str, Any]


def shown(row: Row) -> Row:
    """The row without what an ANONYMOUS vacancy must not show.

    The hub's public view has no employer there already; this second lock holds if the first should fail.
    """
    if row["visibility"] == "PUBLIC":
        return row
    hidden = {"employer_name": None, "employer_sort": None}
    for name in ("street", "betriebsnummer", "contact", "organisational_unit"):
        if name in row:
            hidden[name] = None
    return {**row, **hidden, **({"external_references": []} if "external_references" in row else {})}


def path_of(entity: str) -> str:
    """The entity's key as the last part of an address."""
    return quote(entity, safe=":/")


def job_entry(row: Row) -> Entry:
    """A job as JSON, and as templates read it."""
    row, path = shown(row), path_of(row["entity"])
    entry: Entry = {
        "id": row["entity"],
        "title": row["title"],
        "employer": row["employer_name"],
        "kldb2010": row["kldb2010"],
        "occupation": occupations().get(row["kldb2010"]),
        "offer_type": row["offer_type"],
        "country": row["country"],
        "plz": row["plz"],
        "place": row["place"],
        "ags": row["ags"],
        "pay": _pay(row),
        "working_time": list(row["working_time"] or ()),
        "weekly_hours": row["weekly_hours"],
        "contract_term": row["contract_term"],
        "term_until": _iso(row["term_until"]),
        "employment_kind": row["employment_kind"],
        "temporary_agency_work": row["temporary_agency_work"],
        "openings": row["openings"],
        "start": _iso(row["start_on"]),
        "published_from": _iso(row["published_from"]),
        "published_until": _iso(row["published_until"]),
        "status": "ENDED" if row["ended"] else "ACTIVE",
        "visibility": row["visibility"],
        "changed_at": _iso(row["changed_at"]),
        "reported_by": _reporters(row),
        "links": {
            "self": f"/api/v1/jobs/{path}",
            "html": f"/stellen/{path}",
        },
    }
    if row.get("distance_km") is not None:
        entry["distance_km"] = round(float(row["distance_km"]), 1)
    return entry


def job_detail(row: Row) -> Entry:
    """A job with its texts."""
    row = shown(row)
    code = row["industry_code"]
    return job_entry(row) | {
        "description": plain_text(row["description"]) or None,
        "contact": _contact(row["contact"]),
        "street": row["street"],
        "industry": {"code": code, "title": industries().get(code)} if code else None,
        "external_references": [
            {"system": reference.get("system"), "id": reference.get("id")}
            for reference in row["external_references"] or ()
        ],
    }


def measure_entry(row: Row) -> Entry:
    """A measure as JSON, and as templates read it."""
    instrument = instruments().get(row["instrument"])
    entry: Entry = {
        "id": row["entity"],
        "title": row["title"],
        "instrument": row["instrument"],
        "instrument_title": instrument.title if instrument else None,
        "law": (instrument.law or None) if instrument else None,
        "theme": row["theme"],
        "provider": row["provider"],
        "measure_number": row["measure_number"],
        "country": row["location_country"],
        "plz": row["location_plz"],
        "place": row["location_place"],
        "street": row["location_street"],
        "ags": row["location_ags"],
        "start": _iso(row["start_on"]),
        "end": _iso(row["end_on"]),
        "seats": row["seats"],
        "seats_free": row["seats_free"],
        "funder": row["funder"],
        "status": "ENDED" if row["ended"] else "ACTIVE",
        "reported_by": [{"jobcenter": row["jobcenter"], "source_id": row["source_id"]}],
        "links": {
            "self": f"/api/v1/measures/{path_of(row['entity'])}",
            "html": f"/massnahmen/{path_of(row['entity'])}",
        },
    }
    if row.get("distance_km") is not None:
        entry["distance_km"] = round(float(row["distance_km"]), 1)
    return entry


def _reporters(row: Row) -> list[Entry]:
    """Who reported it: the Jobcenter of this very row first, then those of the same job's other rows."""
    others = [entity.partition(":") for entity in row.get("also_reported") or ()]
    return [
        {"jobcenter": row["jobcenter"], "source_id": row["source_id"]},
        *({"jobcenter": jobcenter, "source_id": source_id} for jobcenter, _, source_id in others),
    ]


def _iso(moment: date | datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _number(amount: Decimal | None) -> float | int | None:
    if amount is None:
        return None
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _pay(row: Row) -> Entry | None:
    if row["pay_min"] is None and row["pay_max"] is None:
        return None
    return {
        "min": _number(row["pay_min"]),
        "max": _number(row["pay_max"]),
        "currency": row["pay_currency"],
        "period": row["pay_period"],
    }


def _contact(contact: Entry | None) -> Entry | None:
    if not contact or not any(contact.values()):
        return None
    return {
        "name": contact.get("name"),
        "phone": contact.get("phone"),
        "email": contact.get("email"),
        "website": safe_link(contact.get("website")),
    }
