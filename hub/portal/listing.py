"""Accepted jobs as a connector takes them in: the names of the event's own fields, one object a job, ended ones too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from hub.portal.lifecycle import ENDED, Life

PREFIX = "AG-"
"""Identifiers of the portal's jobs begin so, and no other source of a Jobcenter may use it."""

_FIELDS = (
    "visibility", "organisational_unit", "title", "description", "kldb2010", "offer_type", "employer", "contact",
    "workplace", "working_time", "weekly_hours", "contract_term", "term_until", "employment_kind",
    "temporary_agency_work", "pay", "openings", "start_on", "published_from", "published_until",
)  # fmt: skip


def source_id(number: int) -> str:
    """Identifier of a job in the events: AG-17."""
    return f"{PREFIX}{number}"


def content_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """A judged record as it is stored and listed: days as text, amounts as text with a point."""
    return {name: _plain(record[name]) for name in _FIELDS}


def entry(number: int, life: Life) -> dict[str, Any]:
    """One listed job: the whole of it, or, once it has ended, why."""
    head = {"id": source_id(number), "version": life.version}
    if life.state in ENDED:
        return {**head, "status": "ENDED", "end_reason": str(life.state)}
    return {**head, "status": "ACTIVE", "end_reason": None, **(life.accepted or {})}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value
