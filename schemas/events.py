"""Typed models of the three events, with the rules for single fields. Held equal to the .avsc files by a test.

Typed dictionaries, not objects: fastavro reads and writes dictionaries, so nothing is copied, and pydantic
checks a whole batch of them in one call.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

_STRICT = ConfigDict(strict=True, extra="forbid")

# Tab, line feed and carriage return are the only control characters a text may hold.
PRINTABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
NOT_BLANK = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"

JobcenterId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{1,30}$")]
SourceId = Annotated[str, Field(pattern=r"^[^\s\x00-\x1f\x7f-\x9f]{1,100}$")]
Epoch = Annotated[int, Field(ge=0, le=2**31)]
Version = Annotated[int, Field(ge=1, le=2**62)]
Text = Annotated[str, Field(max_length=300, pattern=PRINTABLE)]
Title = Annotated[str, Field(min_length=1, max_length=300, pattern=NOT_BLANK)]
LongText = Annotated[str, Field(max_length=20_000, pattern=PRINTABLE)]
Count = Annotated[int, Field(ge=0, le=100_000)]
Ags = Annotated[str, Field(pattern=r"^[0-9]{8}$")]
Money = Annotated[Decimal, Field(max_digits=10, decimal_places=2)]

Status = Literal["ACTIVE", "ENDED"]
EndReason = Literal["UNKNOWN", "FILLED", "WITHDRAWN", "EXPIRED", "NOT_LISTED"]
Visibility = Literal["PUBLIC", "ANONYMOUS", "INTERNAL"]
OfferType = Literal["UNKNOWN", "ARBEIT", "SELBSTAENDIGKEIT", "AUSBILDUNG", "PRAKTIKUM"]
WzVersion = Literal["WZ2008", "WZ2025"]
WorkingTime = Literal["VOLLZEIT", "TEILZEIT", "SCHICHT_NACHT_WOCHENENDE", "HEIM_TELEARBEIT", "MINIJOB"]
ContractTerm = Literal["UNKNOWN", "BEFRISTET", "UNBEFRISTET", "BEIDES"]
EmploymentKind = Literal[
    "UNKNOWN",
    "SVPFLICHTIG",
    "GERINGFUEGIG_ENTLOHNT",
    "KURZFRISTIG",
    "AUSBILDUNG",
    "PRAKTIKUM",
    "SELBSTAENDIG",
    "GEFOERDERT_16I",
    "FREIWILLIGENDIENST",
]
PayPeriod = Literal["HOUR", "DAY", "WEEK", "MONTH", "YEAR"]
Theme = Literal[
    "UNKNOWN", "AKTIVIERUNG", "QUALIFIZIERUNG", "SPRACHE", "GESUNDHEIT", "COACHING", "BESCHAEFTIGUNG", "MITARBEITER"
]
Funder = Literal["JOBCENTER", "AGENTUR_FUER_ARBEIT", "OTHER"]
PlacementType = Literal[
    "SVB_UNGEFOERDERT",
    "SVB_GEFOERDERT",
    "AUSBILDUNG_BETRIEBLICH",
    "AUSBILDUNG_SCHULISCH",
    "SELBSTAENDIG",
    "MINIJOB",
    "OEFF_GEF",
]
Subsidy = Literal["NONE", "EGZ", "ESG", "E16", "I16", "AGH"]


@with_config(_STRICT)
class Address(TypedDict):
    """Place of work or of a course."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    plz: Annotated[str, Field(max_length=10, pattern=PRINTABLE)] | None
    place: Text | None
    street: Text | None
    ags: Ags | None
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None


@with_config(_STRICT)
class Employer(TypedDict):
    """The employer that offers a job."""

    name: Title
    betriebsnummer: Annotated[str, Field(max_length=20, pattern=PRINTABLE)] | None


@with_config(_STRICT)
class Industry(TypedDict):
    """Industry code and its edition."""

    code: Annotated[str, Field(pattern=r"^([A-Z]|[0-9.]{2,8})$")]
    version: WzVersion


@with_config(_STRICT)
class Contact(TypedDict):
    """How to apply."""

    name: Text | None
    phone: Annotated[str, Field(max_length=50, pattern=PRINTABLE)] | None
    email: Annotated[str, Field(max_length=254, pattern=PRINTABLE)] | None
    website: Annotated[str, Field(max_length=2000, pattern=r"^https?://[^\s]+$")] | None


@with_config(_STRICT)
class Pay(TypedDict):
    """Gross pay."""

    minimum: Money | None
    maximum: Money | None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    period: PayPeriod


@with_config(_STRICT)
class ExternalReference(TypedDict):
    """The same vacancy elsewhere."""

    system: Annotated[str, Field(min_length=1, max_length=30, pattern=PRINTABLE)]
    id: Annotated[str, Field(min_length=1, max_length=100, pattern=PRINTABLE)]


@with_config(_STRICT)
class Outcomes(TypedDict):
    """Counts of participations in a measure."""

    entries: Count | None
    exits: Count | None
    early_exits: Count | None
    employed_after_6_months: Count | None


@with_config(_STRICT)
class VacancyReported(TypedDict):
    """A vacancy as one Jobcenter reports it."""

    jobcenter: JobcenterId
    source_id: SourceId
    epoch: Epoch
    version: Version
    status: Status
    end_reason: EndReason | None
    ended_on: datetime.date | None
    visibility: Visibility
    organisational_unit: Ags | None
    title: Title
    description: LongText | None
    kldb2010: Annotated[str, Field(pattern=r"^[0-9]{5}$")]
    ba_dkz_id: Annotated[str, Field(pattern=r"^[0-9]{1,10}$")] | None
    offer_type: OfferType
    employer: Employer | None
    industry: Industry | None
    contact: Contact | None
    workplace: Address
    working_time: Annotated[list[WorkingTime], Field(max_length=5)]
    weekly_hours: Annotated[float, Field(gt=0, le=60, allow_inf_nan=False)] | None
    contract_term: ContractTerm
    term_until: datetime.date | None
    employment_kind: EmploymentKind
    temporary_agency_work: bool | None
    pay: Pay | None
    openings: Annotated[int, Field(ge=1, le=9999)]
    start_on: datetime.date | None
    published_from: datetime.date
    published_until: datetime.date | None
    external_references: Annotated[list[ExternalReference], Field(max_length=20)]


@with_config(_STRICT)
class MeasureReported(TypedDict):
    """A measure as an offering."""

    jobcenter: JobcenterId
    source_id: SourceId
    epoch: Epoch
    version: Version
    status: Status
    end_reason: EndReason | None
    ended_on: datetime.date | None
    title: Title
    instrument: Annotated[str, Field(pattern=r"^[A-Z0-9_]{1,20}$")]
    theme: Theme
    provider: Text | None
    measure_number: Annotated[str, Field(pattern=r"^[0-9]{3}/[0-9]{1,5}/([0-9]{2}|[0-9]{4})$")] | None
    location: Address
    start_on: datetime.date
    end_on: datetime.date | None
    seats: Count | None
    seats_free: Count | None
    funder: Funder
    outcomes: Outcomes | None


@with_config(_STRICT)
class PlacementReported(TypedDict):
    """A placement as a coarse fact."""

    jobcenter: JobcenterId
    source_id: SourceId
    epoch: Epoch
    version: Version
    status: Status
    end_reason: EndReason | None
    ended_on: datetime.date | None
    month: Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
    placement_type: PlacementType
    kldb3: Annotated[str, Field(pattern=r"^[0-9]{3}$")]
    kreis: Annotated[str, Field(pattern=r"^[0-9]{5}$")]
    subsidy: Subsidy
    openings_filled: Annotated[int, Field(ge=1, le=9999)]


AnyEvent = VacancyReported | MeasureReported | PlacementReported
MODELS: dict[str, type] = {"vacancy": VacancyReported, "measure": MeasureReported, "placement": PlacementReported}
