"""The way back: from a job to the answers of a form that describes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any


def answers_of(content: Mapping[str, Any], sender: str | None) -> dict[str, list[str]]:
    """What must stand in the form so that it describes this job again."""
    return {name: values for name, values in _answers(content, sender) if values}


def _answers(content: Mapping[str, Any], sender: str | None) -> Iterator[tuple[str, list[str]]]:
    employer, contact, pay = content.get("employer") or {}, content.get("contact") or {}, content.get("pay") or {}
    place = content["workplace"]
    texts = {
        "employer_name": employer.get("name"),
        "betriebsnummer": employer.get("betriebsnummer"),
        "title": content["title"],
        "kldb2010": content["kldb2010"],
        "offer_type": content["offer_type"],
        "plz": place["plz"],
        "town": place["place"],
        "street": place["street"],
        "weekly_hours": _german(content["weekly_hours"]),
        "contract_term": content["contract_term"],
        "term_until": _german_day(content["term_until"]),
        "pay_minimum": _german(pay.get("minimum")),
        "pay_maximum": _german(pay.get("maximum")),
        "pay_period": pay.get("period"),
        "start_on": _german_day(content["start_on"]),
        "openings": content["openings"],
        "description": content["description"],
        **{f"contact_{name}": contact.get(name) for name in ("name", "phone", "email", "website")},
        "published_until": _german_day(content["published_until"]),
        "visibility": content["visibility"],
        "agency": "ja" if content["temporary_agency_work"] else None,
        "sender": sender,
    }
    yield from ((name, [str(value)] if value is not None else []) for name, value in texts.items())
    yield "working_time", list(content["working_time"])


def _german(number: str | float | None) -> str | None:
    return None if number is None else str(number).replace(".", ",")


def _german_day(iso: str | None) -> str | None:
    return f"{date.fromisoformat(iso):%d.%m.%Y}" if iso else None
