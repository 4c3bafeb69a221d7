"""Parameters of a search, named and coded as in BA Jobsuche, so that a bookmark needs another host only."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from fastapi import Depends
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from hub.search.fields import field_of
from hub.search.measures import MeasureQuery
from hub.search.places import find_place
from hub.search.query import DEFAULT_RADIUS_KM, JobQuery, Sort
from hub.web.asked import asked
from schemas.events import JobcenterId

DEEPEST = 10_000
"""Hits one can page to: page * size."""


def _nothing_if_blank(value: Any) -> Any:
    """A form sends every field, also those left empty."""
    return None if isinstance(value, str) and not value.strip() else value


def _codes(value: Any) -> Any:
    """Several values with ";" as at the BA, or the parameter repeated as forms do."""
    many = value if isinstance(value, list) else [value]
    found = [code.strip() for one in many if isinstance(one, str) for code in one.split(";") if code.strip()]
    return list(dict.fromkeys(found))


def _fields(value: Any) -> Any:
    """Codes of occupational fields, given by code or by name."""
    return list(dict.fromkeys(field_of(one) or one for one in _codes(value)))


def _known_field(value: str) -> str:
    if field_of(value) is None:
        raise ValueError("no group of the KldB 2010 with two or three digits")
    return value


# Limits stand inside the union: outside, they would be applied to None too.
_Text = Annotated[Annotated[str, Field(max_length=200)] | None, BeforeValidator(_nothing_if_blank)]
_Number = BeforeValidator(_nothing_if_blank)
_Codes = BeforeValidator(_codes)
_Field = Annotated[str, AfterValidator(_known_field)]


class Paging(BaseModel):
    """Which part of a list."""

    model_config = ConfigDict(extra="ignore")

    page: Annotated[Annotated[int, Field(ge=1, le=DEEPEST)] | None, _Number] = Field(
        None, description="Seite, ab 1 / page, from 1"
    )
    size: Annotated[Annotated[int, Field(ge=1, le=100)] | None, _Number] = Field(
        None, description="Treffer je Seite, höchstens 100 / hits per page, at most 100"
    )

    @model_validator(mode="after")
    def _not_too_deep(self) -> Self:
        if (self.page or 1) * (self.size or 25) > DEEPEST:
            raise ValueError(f"page * size is at most {DEEPEST}")
        return self


class JobParameters(Paging):
    """What GET /stellen and GET /api/v1/jobs understand. Others are ignored."""

    was: _Text = Field(None, description="Suchwörter; alle müssen passen / words, all of them")
    wo: _Text = Field(
        None, description="PLZ, Anfang einer PLZ („48…“), Ort, Ortsteil oder „PLZ Ort“ / postcode or town"
    )
    umkreis: Annotated[Annotated[int, Field(ge=0, le=500)] | None, _Number] = Field(
        None, description="Umkreis in km Luftlinie, sonst 25 / radius in km, straight line"
    )
    berufsfeld: Annotated[list[_Field], BeforeValidator(_fields)] = Field(
        [],
        description="Gruppe der KldB 2010, zwei oder drei Ziffern oder ihr Name; mehrere mit ; / occupational field",
    )
    arbeitszeit: Annotated[list[Literal["vz", "tz", "snw", "ho", "mj"]], _Codes] = Field(
        [],
        description="vz Vollzeit, tz Teilzeit, snw Schicht/Nacht/Wochenende, ho Homeoffice, mj Minijob; mehrere mit ;",
    )
    befristung: Annotated[list[Literal["1", "2"]], _Codes] = Field([], description="1 befristet, 2 unbefristet")
    angebotsart: Annotated[list[Literal["1", "2", "4", "34"]], _Codes] = Field(
        [], description="1 Arbeit, 2 Selbständigkeit, 4 Ausbildung, 34 Praktikum"
    )
    jobcenter: Annotated[list[JobcenterId], _Codes] = Field(
        [], description="Kennung des meldenden Jobcenters / id of the reporting Jobcenter"
    )
    veroeffentlichtseit: Annotated[Annotated[int, Field(ge=0, le=3650)] | None, _Number] = Field(
        None, description="veröffentlicht in den letzten … Tagen / published in the last … days"
    )
    zeitarbeit: Annotated[bool | None, _Number] = Field(
        None, description="false: ohne Zeitarbeit / without temporary agency work"
    )
    arbeitgeber: _Text = Field(None, description="Name des Arbeitgebers oder ein Teil / employer")
    quereinstieg: Annotated[bool | None, _Number] = Field(
        None,
        description="true: Quereinstieg möglich (Helfer-/Anlerntätigkeit nach KldB 2010, oder der Text sagt es)"
        " / open to career changers",
    )
    beschreibung: Annotated[bool | None, _Number] = Field(
        None, description="true: auch in den Stellenbeschreibungen suchen / search in descriptions, too"
    )
    art: Annotated[Literal["stelle", "massnahme"] | None, _Number] = Field(
        None, description="massnahme: führt zu den Kursen mit denselben Worten und demselben Ort / leads to the courses"
    )
    sort: Annotated[Sort | None, _Number] = Field(None, description="relevanz, datum, entfernung")

    def query(self) -> JobQuery:
        """The search they ask for. An unknown place gives none; `place_unknown` tells."""
        return JobQuery(
            was=self.was or "",
            place=find_place(self.wo) if self.wo else None,
            radius_km=DEFAULT_RADIUS_KM if self.umkreis is None else self.umkreis,
            arbeitszeit=tuple(self.arbeitszeit),
            befristung=tuple(self.befristung),
            angebotsart=tuple(self.angebotsart),
            jobcenter=tuple(self.jobcenter),
            veroeffentlichtseit=self.veroeffentlichtseit,
            zeitarbeit=self.zeitarbeit,
            arbeitgeber=self.arbeitgeber or "",
            berufsfeld=tuple(self.berufsfeld),
            quereinstieg=bool(self.quereinstieg),
            beschreibung=bool(self.beschreibung),
            sort=self.sort,
            page=self.page or 1,
            size=self.size or 25,
        )

    @property
    def place_unknown(self) -> bool:
        """Whether a place was asked that nobody knows."""
        return bool(self.wo) and find_place(self.wo or "") is None


class MeasureParameters(Paging):
    """What GET /massnahmen and GET /api/v1/measures understand."""

    was: _Text = Field(None, description="Suchwörter im Titel oder beim Träger / words in title or provider")
    wo: _Text = Field(None, description="PLZ, Ort oder „PLZ Ort“ / postcode or town")
    jobcenter: Annotated[list[JobcenterId], _Codes] = Field(
        [], description="Kennung des meldenden Jobcenters / id of the reporting Jobcenter"
    )

    def query(self) -> MeasureQuery:
        """The search they ask for."""
        place = find_place(self.wo) if self.wo else None
        return MeasureQuery(self.was or "", place, tuple(self.jobcenter), self.page or 1, self.size or 25)

    @property
    def place_unknown(self) -> bool:
        """Whether a place was asked that nobody knows."""
        return bool(self.wo) and find_place(self.wo or "") is None


TheJobs = Annotated[JobParameters, Depends(asked(JobParameters))]
TheMeasures = Annotated[MeasureParameters, Depends(asked(MeasureParameters))]
