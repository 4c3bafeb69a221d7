"""Keys of code lists and registers: leading zeros matter, and some are put back."""

from __future__ import annotations

import re
from typing import Any

from connectors.values.texts import short_text

_KLDB = re.compile(r"(?:B ?)?([0-9]{2}) ?([0-9]{3})|B ?([0-9]{4,5})")


def code(value: Any) -> str:
    """A key of a code list, unchanged: leading zeros matter."""
    return short_text(value)


def kldb(value: Any) -> str:
    """Five digits of KldB 2010; a zero lost in front is put back, a "B" before them and blanks between are left out."""
    bare = _padded(value, 5)
    found = _KLDB.fullmatch(bare)
    return "".join(part for part in found.groups() if part) if found else bare


def ags_excel(value: Any) -> str:
    """Eight digits of a municipality key whose leading zero a spreadsheet took away."""
    return _padded(value, 8)


def betriebsnummer_excel(value: Any) -> str:
    """Eight digits of an establishment number whose leading zeros a spreadsheet took away."""
    return _padded(value, 8)


def wz_excel(value: Any) -> str:
    """Two digits (Abteilung) of WZ whose leading zero a spreadsheet took away."""
    return _padded(value, 2)


def ba_reference(value: Any) -> list[dict[str, str]]:
    """The reference number of the Bundesagentur für Arbeit as an external reference."""
    return [{"system": "BA", "id": short_text(value)}]


def _padded(value: Any, places: int) -> str:
    bare = short_text(value)
    return bare.zfill(places) if re.fullmatch(r"[0-9]+", bare) else bare
