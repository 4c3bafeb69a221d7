"""Errors people and programs read: German pages, and RFC 9457 problems with stable codes."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import psycopg
import psycopg_pool
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

UNAVAILABLE = (psycopg.OperationalError, psycopg_pool.PoolTimeout, psycopg.errors.UndefinedTable)
"""The database is away, too slow, or not migrated yet: the visitor may come back."""


@dataclass
class Trouble(Exception):
    """A request that cannot be answered as asked. `code` is stable; texts are German and English."""

    status: int
    code: str
    de: str
    en: str
    more: dict[str, Any] = field(default_factory=dict)


def not_found(what_de: str = "Diese Seite", what_en: str = "This page") -> Trouble:
    """Nothing is there."""
    return Trouble(404, "not-found", f"{what_de} gibt es nicht.", f"{what_en} does not exist.")


def ended(what_de: str, what_en: str) -> Trouble:
    """It was there and is over."""
    return Trouble(410, "ended", f"{what_de} ist nicht mehr aktuell.", f"{what_en} has ended.")


def too_many(seconds: int) -> Trouble:
    """A client asks more than it may; it may come again in some seconds."""
    return Trouble(
        429,
        "too-many-requests",
        f"Von Ihrem Anschluss kamen sehr viele Anfragen. Bitte versuchen Sie es in {seconds} Sekunden noch einmal.",
        f"Too many requests from your address. Please try again in {seconds} seconds.",
    )


def unknown_place(wo: str, similar: list[str]) -> Trouble:
    """A place to search around that nobody knows."""
    return Trouble(
        422,
        "unknown-place",
        f"Den Ort „{wo}“ kennen wir nicht.",
        f"There is no place {wo!r} in our list.",
        {"parameter": "wo", "similar": similar},
    )


def trouble_of(error: Exception) -> Trouble:
    """What any exception means for the one who asked. Never says what the machine said."""
    if isinstance(error, Trouble):
        return error
    if isinstance(error, RequestValidationError):
        faults = [
            {"parameter": str(fault["loc"][1]) if len(fault["loc"]) > 1 else None, "message": fault["msg"]}
            for fault in error.errors()
        ]
        names = ", ".join(sorted({str(fault["parameter"]) for fault in faults if fault["parameter"]})) or "page, size"
        return Trouble(
            422,
            "invalid-parameter",
            f"Diese Angabe in der Adresse können wir nicht lesen: {names}.",
            f"Invalid value for: {names}.",
            {"errors": faults},
        )
    if isinstance(error, UNAVAILABLE):
        return Trouble(
            503,
            "unavailable",
            "Die Stellenbörse ist gerade nicht erreichbar. Bitte versuchen Sie es in einigen Minuten noch einmal.",
            "The board is not available. Please try again in some minutes.",
        )
    if isinstance(error, HTTPException):
        if error.status_code == 404:
            return not_found()
        phrase = HTTPStatus(error.status_code).phrase
        return Trouble(error.status_code, phrase.lower().replace(" ", "-"), "Das geht hier nicht.", f"{phrase}.")
    return Trouble(500, "internal-error", "Da ist bei uns etwas schiefgegangen.", "Something went wrong on our side.")


def problem(trouble: Trouble) -> dict[str, Any]:
    """The trouble as RFC 9457 problem details."""
    return {
        "type": f"urn:jobhub:problem:{trouble.code}",
        "title": HTTPStatus(trouble.status).phrase,
        "status": trouble.status,
        "code": trouble.code,
        "detail": trouble.en,
        "detail_de": trouble.de,
        **trouble.more,
    }
