"""A job, a course and a placement in plain words, before any format and any rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


class Impossible:
    """A day that no calendar has: each format writes its own 31st of February."""


IMPOSSIBLE = Impossible()
Day = date | Impossible | None


@dataclass(frozen=True)
class Job:
    """A job. `code` is the rule it breaks; `variant` says how its row is spoilt or odd in the file."""

    number: int
    id: str
    title: str
    text: str
    kldb: str
    employer: str
    betriebsnummer: str
    wz: str
    street: str
    plz: str
    place: str
    ags: str
    time: str
    hours: Decimal
    term: date | None
    least: Decimal
    most: Decimal
    openings: int
    start: Day
    published: date
    until: Day
    phone: str
    email: str
    visibility: str = "PUBLIC"
    period: str = "HOUR"
    tenant: str = ""
    code: str | None = None
    variant: str = ""


@dataclass(frozen=True)
class Change:
    """A row of a delta: what to do, with which version of the job."""

    action: str
    version: int
    job: Job
    reason: str = ""


@dataclass(frozen=True)
class Course:
    """A measure."""

    id: str
    title: str
    instrument: str
    theme: str
    provider: str
    number: str
    plz: str
    place: str
    ags: str
    start: Day
    end: Day
    seats: int
    free: int
    entries: int
    exits: int
    early: int
    employed: int
    code: str | None = None


@dataclass(frozen=True)
class Placement:
    """A placement, with what must not leave the house."""

    id: str
    month: str
    kind: str
    kldb3: str
    kreis: str
    subsidy: str
    surname: str
    customer: str
    code: str | None = None
