"""A job as the matcher sees it: what the public topic says of it, normalised. Nothing here knows of a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from hub.match import normalise

Row = Mapping[str, Any]
"""A row of board.job, with the columns of board.job_doc where they are needed."""


@dataclass(frozen=True, slots=True)
class Pay:
    """Gross pay: bounds, currency and period."""

    low: float
    high: float
    unit: str


@dataclass(frozen=True, slots=True)
class Job:
    """One open job. None, or empty: not known.

    Of an ANONYMOUS job the public view has no employer, street, contact or reference, so nothing here has either.
    """

    entity: str
    jobcenter: str
    visibility: str
    title: str
    """Folded, without gender marks, hours, place and numbers."""
    shifts: frozenset[str]
    kldb2010: str
    offer_type: str | None
    employer: str
    """Folded, without legal form."""
    betriebsnummer: str | None
    towns: frozenset[str]
    """Every name of the workplace's municipality that is known: `ags:…`, `plz:…`, `town:…`."""
    street: str
    contacts: frozenset[str]
    """E-mail address and telephone number."""
    references: frozenset[str]
    working_time: frozenset[str]
    weekly_hours: float | None
    term: str | None
    term_until: date | None
    pay: Pay | None
    openings: int
    start_on: date | None
    published_from: date
    published_until: date | None
    description: str

    def in_town(self, kind: str) -> str | None:
        """The name of one kind ("ags", "plz", "town") the workplace has."""
        return next((name for name in self.towns if name.startswith(f"{kind}:")), None)


def job_of(row: Row) -> Job:
    """The job of a row. Columns of board.job_doc may be missing: then nothing is known of them."""
    if row["visibility"] != "PUBLIC":
        row = {**row, **_HIDDEN}
    contact = row.get("contact") or {}
    description = row.get("description") or ""
    place = row["place"] or ""
    return Job(
        entity=row["entity"],
        jobcenter=row["jobcenter"],
        visibility=row["visibility"],
        title=normalise.title(row["title"] or "", place),
        shifts=normalise.shifts(row["title"] or "") or normalise.shifts(description),
        kldb2010=row["kldb2010"] or "",
        offer_type=_known(row["offer_type"]),
        employer=normalise.employer(row["employer_name"] or ""),
        betriebsnummer=normalise.digits(row.get("betriebsnummer") or "") or None,
        towns=normalise.towns(row["ags"], row["plz"], place),
        street=normalise.street(row.get("street") or ""),
        contacts=normalise.contacts(contact.get("email"), contact.get("phone")),
        references=normalise.references(row.get("external_references") or ()),
        working_time=frozenset(row["working_time"] or ()),
        weekly_hours=row["weekly_hours"],
        term=_known(row["contract_term"]),
        term_until=row["term_until"],
        pay=_pay(row),
        openings=row["openings"] or 1,
        start_on=row["start_on"],
        published_from=row["published_from"],
        published_until=row["published_until"],
        description=normalise.text(description),
    )


# The hub's public view has none of it; this second lock holds if the first should fail.
_HIDDEN: Row = dict.fromkeys(("employer_name", "street", "betriebsnummer", "contact", "external_references"))


def _known(code: str | None) -> str | None:
    return None if code in (None, "UNKNOWN", "BEIDES") else code


def _pay(row: Row) -> Pay | None:
    bounds = [float(bound) for bound in (row["pay_min"], row["pay_max"]) if bound is not None]
    if not bounds or row["pay_period"] in (None, "UNKNOWN"):
        return None
    return Pay(min(bounds), max(bounds), f"{row['pay_currency']}/{row['pay_period']}")
