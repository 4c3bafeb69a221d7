"""Code lists as data: occupations, industries, municipalities, instruments. Sources: lists/README.md."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib import resources

REGION = frozenset({"05515", "05554", "05558", "05566", "05570", "05915"})
"""Kreis keys whose municipalities the list holds completely: the five Jobcenters and Hamm."""

# From this day further training and rehabilitation are decided and paid by the Agentur für Arbeit:
# § 16 (1) sentence 2 no. 4 SGB II was repealed by the Haushaltsfinanzierungsgesetz 2024.
AGENCY_PAYS_FROM = date(2025, 1, 1)
_AGENCY_INSTRUMENTS = frozenset({"FBW", "REHA"})


@dataclass(frozen=True, slots=True)
class Instrument:
    """An instrument of SGB II or III and the days it exists."""

    code: str
    law: str
    title: str
    valid_from: date
    valid_to: date | None
    counts_as: str

    def valid_on(self, day: date) -> bool:
        """Whether the instrument exists on that day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def _rows(name: str) -> list[dict[str, str]]:
    text = (resources.files("schemas") / "lists" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


@cache
def occupations() -> dict[str, str]:
    """KldB 2010 codes of all five levels -> title; the length of the code is its level."""
    return {row["code"]: row["title"] for row in _rows("kldb2010_v2020.csv")}


@cache
def industries() -> dict[str, str]:
    """WZ 2008 codes of all levels -> title. A dot between digits does not matter when asking `known_industry`."""
    return {row["code"]: row["title"] for row in _rows("wz2008.csv")}


@cache
def _industry_digits() -> frozenset[str]:
    return frozenset(code.replace(".", "") for code in industries())


def known_industry(code: str) -> bool:
    """Whether WZ 2008 has this code, written with or without dots."""
    return code.replace(".", "") in _industry_digits()


def short_name(name: str) -> str:
    """Municipality without its official suffix: "Gescher, Glockenstadt" -> "Gescher"."""
    return re.split(r"[,(]", name)[0].strip()


@cache
def municipalities() -> dict[str, str]:
    """AGS -> short name."""
    return {row["ags"]: short_name(row["name"]) for row in _rows("municipalities.csv")}


@cache
def _ags_by_place() -> dict[tuple[str, str], str]:
    return {(row["plz"], short_name(row["name"]).casefold()): row["ags"] for row in _rows("municipalities.csv")}


@cache
def postcodes() -> frozenset[str]:
    """Postcodes of the region's municipalities."""
    return frozenset(row["plz"] for row in _rows("municipalities.csv"))


@cache
def kreis_by_postcode() -> dict[str, str]:
    """Postcode of the region -> key of its Kreis."""
    return {row["plz"]: row["ags"][:5] for row in _rows("municipalities.csv")}


def ags_of(plz: str, place: str) -> str | None:
    """AGS of a place in the region, by postcode and name together; names alone are ambiguous."""
    known = _ags_by_name if len(place) <= _NAME_LENGTH else _ags_by_name.__wrapped__
    return known(plz, place)


# A few names stand in thousands of rows; of longer ones nothing is kept.
_NAME_LENGTH = 60


@lru_cache(maxsize=4096)
def _ags_by_name(plz: str, place: str) -> str | None:
    return _ags_by_place().get((plz, short_name(place).casefold()))


@cache
def instruments() -> dict[str, Instrument]:
    """Instruments by code."""
    return {
        row["code"]: Instrument(
            row["code"],
            row["law"],
            row["title"],
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            row["counts_as"],
        )
        for row in _rows("instruments.csv")
    }


def funder(instrument: str, start_on: date) -> str:
    """Who decides and pays a measure: JOBCENTER, AGENTUR_FUER_ARBEIT, or OTHER for staff training."""
    if instrument == "STAFF":
        return "OTHER"
    return "AGENTUR_FUER_ARBEIT" if instrument in _AGENCY_INSTRUMENTS and start_on >= AGENCY_PAYS_FROM else "JOBCENTER"
