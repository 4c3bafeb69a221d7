"""Occupational fields: the groups of the KldB 2010 with two or three digits, by code or by name."""

from __future__ import annotations

from functools import cache

from hub.search.sort import sort_key
from schemas.codelists import occupations


def field_of(text: str) -> str | None:
    """Code of a field given by its code or its name; None if there is no such field."""
    code = text.strip()
    return code if code in _names() else _codes().get(sort_key(code))


def field_name(code: str) -> str:
    """Name of a field, as the Bundesagentur für Arbeit calls it."""
    return _names().get(code, code)


@cache
def _names() -> dict[str, str]:
    return {code: title for code, title in occupations().items() if len(code) in (2, 3)}


@cache
def _codes() -> dict[str, str]:
    """Name without case and punctuation -> code; a name of two levels means the wider field."""
    return {sort_key(title): code for code, title in sorted(_names().items(), key=lambda one: -len(one[0]))}
