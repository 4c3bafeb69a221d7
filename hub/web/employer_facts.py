"""A reported job in words: for the employer who looks it over, and for the staff who decide on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from hub.web.render import Renderer
from hub.web.texts import Language
from hub.web.writing import decimal, in_german, pay, plain_day
from schemas.codelists import occupations

Pairs = list[tuple[str, str]]


def facts(content: Mapping[str, Any], renderer: Renderer) -> Pairs:
    """Everything a job says but its title and description, as pairs of name and value; empty ones left out."""
    t = renderer.t
    employer, contact = content.get("employer") or {}, content.get("contact") or {}
    place = content["workplace"]
    offered = content.get("pay")
    amounts = offered and {**offered, "min": _number(offered["minimum"]), "max": _number(offered["maximum"])}
    hours = content.get("weekly_hours")
    occupation = f"{occupations().get(content['kldb2010'], '')} ({content['kldb2010']})"
    pairs = [
        (t("portal_employer_name"), employer.get("name")),
        (t("portal_betriebsnummer"), employer.get("betriebsnummer")),
        (t("portal_visibility"), t(f"portal_visibility_{content['visibility']}")),
        (t("occupation"), in_german(occupation, t.language)),
        (t("portal_offer_type"), t(content["offer_type"])),
        (t("workplace"), ", ".join(part for part in (place["street"], f"{place['plz']} {place['place']}") if part)),
        (t("arbeitszeit"), ", ".join(t(time) for time in content["working_time"])),
        (t("hours"), decimal(hours, t.language) if hours else None),
        (t("contract"), t(content["contract_term"]) + _until(content.get("term_until"), t("until"), t.language)),
        (t("agency"), t("yes") if content.get("temporary_agency_work") else None),
        (t("pay"), pay({"pay": amounts}, t)),
        (t("openings"), str(content["openings"])),
        (t("start"), _day(content.get("start_on"), t.language) or t("from_now")),
        (t("ends"), _day(content["published_until"], t.language)),
        *((t(f"portal_contact_{name}"), contact.get(name)) for name in ("name", "phone", "email", "website")),
    ]
    return [(name, value) for name, value in pairs if value]


def changed(before: Mapping[str, Any] | None, after: Mapping[str, Any], renderer: Renderer) -> Pairs:
    """What a change would change: the new values."""
    if not before:
        return []
    old = set(facts(before, renderer))
    new = [pair for pair in facts(after, renderer) if pair not in old]
    texts = [(renderer.t(f"portal_{name}"), str(after[name])) for name in ("title", "description")
             if before.get(name) != after.get(name)]  # fmt: skip
    return texts + new


def _until(day: str | None, pattern: str, language: Language) -> str:
    return " " + pattern.format(day=_day(day, language)) if day else ""


def _day(iso: str | None, language: Language) -> str | None:
    return plain_day(date.fromisoformat(iso), language) if iso else None


def _number(amount: str | None) -> float | None:
    return float(Decimal(amount)) if amount else None
