"""Shapes of the JSON answers, for the OpenAPI description; a test holds the real answers to them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Pay(_Answer):
    """Gross pay."""

    min: float | None
    max: float | None
    currency: str
    period: str = Field(description="HOUR, DAY, WEEK, MONTH or YEAR")


class Report(_Answer):
    """Who reported it."""

    jobcenter: str = Field(examples=["borken"])
    source_id: str = Field(examples=["BOR-0025147"])


class Links(_Answer):
    """Paths on this server."""

    self: str
    html: str


class Job(_Answer):
    """A job in a list."""

    id: str = Field(description="Key of the entity, as on Kafka", examples=["borken:BOR-0025147"])
    title: str
    employer: str | None = Field(description="null: not public, or not stated; see visibility")
    kldb2010: str
    occupation: str | None = Field(description="Title of the occupation (KldB 2010). Source: Bundesagentur für Arbeit")
    offer_type: str
    country: str
    plz: str | None
    place: str | None
    ags: str | None
    distance_km: float | None = Field(None, description="Straight line from the place asked; absent if none was")
    pay: Pay | None
    working_time: list[str]
    weekly_hours: float | None
    contract_term: str
    term_until: date | None
    employment_kind: str
    temporary_agency_work: bool | None
    openings: int
    start: date | None
    published_from: date
    published_until: date | None
    status: Literal["ACTIVE", "ENDED"]
    visibility: Literal["PUBLIC", "ANONYMOUS"] = Field(description="ANONYMOUS: the employer does not want to be named")
    changed_at: datetime
    reported_by: list[Report]
    links: Links


class Contact(_Answer):
    """How to apply."""

    name: str | None
    phone: str | None
    email: str | None
    website: str | None


class Industry(_Answer):
    """Industry of the employer."""

    code: str
    title: str | None


class Reference(_Answer):
    """The same job elsewhere."""

    system: str
    id: str


class JobDetail(Job):
    """A job with its texts."""

    description: str | None = Field(description="Plain text; paragraphs are apart by an empty line")
    contact: Contact | None
    street: str | None
    industry: Industry | None
    external_references: list[Reference]


class JobList(_Answer):
    """One page of a search."""

    total: int
    page: int
    size: int
    jobs: list[Job]
    facets: dict[str, dict[str, int]] = Field(
        description="Parameter -> code -> jobs that choosing it would give, by the codes of BA Jobsuche;"
        " berufsfeld: by the first two digits of the KldB 2010"
    )
    fuzzy: bool = Field(description="Nothing was spelt exactly so; these are spelt alike")
    partly: bool = Field(description="No job has all words; these have some of them, those with the most first")
    meant: str | None = Field(description="What the words were taken for, if they had to be mended")


class Measure(_Answer):
    """A course or another measure."""

    id: str
    title: str
    instrument: str
    instrument_title: str | None
    law: str | None
    theme: str
    provider: str | None
    measure_number: str | None
    country: str
    plz: str | None
    place: str | None
    street: str | None
    ags: str | None
    distance_km: float | None = Field(None, description="Straight line from the place asked; absent if none was")
    start: date
    end: date | None
    seats: int | None
    seats_free: int | None
    funder: str = Field(description="Who decides and pays: JOBCENTER, AGENTUR_FUER_ARBEIT, OTHER")
    status: Literal["ACTIVE", "ENDED"]
    reported_by: list[Report]
    links: Links


class MeasureList(_Answer):
    """One page of measures."""

    total: int
    page: int
    size: int
    measures: list[Measure]


class Problem(BaseModel):
    """RFC 9457 problem details with a stable code."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str = Field(
        description="not-found, ended, invalid-parameter, unknown-place, too-many-requests, unavailable, …"
    )
    detail: str
    detail_de: str
    errors: list[dict[str, Any]] | None = None
