"""Columns that several tables share, and a short way to name columns of one type."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Double, Integer, LargeBinary, Numeric, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.sql.type_api import TypeEngine

_TYPES: dict[str, TypeEngine[Any]] = {
    "text": Text(),
    "texts": ARRAY(Text),
    "int": Integer(),
    "long": BigInteger(),
    "double": Double(),
    "bool": Boolean(),
    "day": Date(),
    "moment": DateTime(timezone=True),
    "money": Numeric(10, 2),
    "bytes": LargeBinary(),
    "json": JSONB(),
}


LATER = "later"
"""Mark in a column's `info`: empty whenever its row is written, and filled by somebody else after that."""


def columns(kind: str, names: str, *, mandatory: bool = False) -> list[Column[Any]]:
    """Columns of one type, named in a text."""
    return [Column(name, _TYPES[kind], nullable=not mandatory) for name in names.split()]


def key(kind: str, name: str) -> Column[Any]:
    return Column(name, _TYPES[kind], primary_key=True, autoincrement=False)


def entity() -> list[Column[Any]]:
    """Who it is, and which state of it this is: rules V1, V2 and V10. `removed`: it left, at that very version."""
    return [
        key("text", "entity"),
        *columns("text", "jobcenter source_id", mandatory=True),
        *columns("long", "epoch version", mandatory=True),
        *columns("bool", "removed", mandatory=True),
        *columns("bytes", "fingerprint", mandatory=True),
        *columns("bool", "ended", mandatory=True),
        *columns("text", "end_reason"),
        *columns("day", "ended_on"),
    ]


def provenance() -> list[Column[Any]]:
    """When the hub knew, and the coordinates of the curated record and of the raw one it was made from."""
    return [
        *columns("moment", "first_seen_at changed_at", mandatory=True),
        *columns("text", "event_id"),
        *columns("text", "record_topic", mandatory=True),
        *columns("int", "record_partition", mandatory=True),
        *columns("long", "record_offset", mandatory=True),
        *columns("text", "raw_topic"),
        *columns("int", "raw_partition"),
        *columns("long", "raw_offset"),
    ]


def offer() -> list[Column[Any]]:
    """What board and reporting both keep of a vacancy."""
    return [
        *columns("text", "visibility title kldb2010 offer_type industry_code country plz place ags"),
        *columns("texts", "working_time"),
        *columns("double", "weekly_hours"),
        *columns("text", "contract_term"),
        *columns("day", "term_until"),
        *columns("text", "employment_kind"),
        *columns("bool", "temporary_agency_work"),
        *columns("money", "pay_min pay_max"),
        *columns("text", "pay_currency pay_period"),
        *columns("int", "openings"),
        *columns("day", "start_on published_from published_until"),
    ]


def measure() -> list[Column[Any]]:
    return [
        *entity(),
        *columns("text", "title instrument theme provider measure_number"),
        *columns("text", "location_country location_plz location_place location_street location_ags"),
        *columns("double", "location_latitude location_longitude"),
        *columns("day", "start_on end_on"),
        *columns("int", "seats seats_free"),
        *columns("text", "funder"),
        *columns("int", "outcomes_entries outcomes_exits outcomes_early_exits outcomes_employed_after_6_months"),
        *provenance(),
    ]
