"""Whose file it may be: the Jobcenter in whose Kreis most of its places of work lie."""

from __future__ import annotations

import re
from collections import Counter

from connectors.recognise.recognised import Recognised
from connectors.values.texts import number_text
from schemas import codelists

OFFICES = {
    "borken": ("Jobcenter Kreis Borken", "05554"),
    "coesfeld": ("Jobcenter Kreis Coesfeld", "05558"),
    "hamm": ("Kommunales Jobcenter Hamm", "05915"),
    "muenster": ("Jobcenter Stadt Münster", "05515"),
    "steinfurt": ("Jobcenter Kreis Steinfurt", "05566"),
    "warendorf": ("Jobcenter Kreis Warendorf", "05570"),
}
"""Jobcenters by id: name and key of the Kreis."""

_MONTHS = "Januar|Februar|März|Maerz|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
_VARIES = re.compile(
    rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(_[0-9]{{2}}-[0-9]{{2}}-[0-9]{{2}})?|[0-9]{{2,}}|\b({_MONTHS})\b", re.I
)


def office_of(recognised: Recognised) -> str | None:
    """Id of the Jobcenter more than half of the postcodes belong to."""
    kreis = kreis_of(recognised)
    return next((name for name, (_, key) in OFFICES.items() if key == kreis), None)


def kreis_of(recognised: Recognised) -> str | None:
    """Key of the Kreis more than half of the postcodes belong to."""
    column = recognised.proposal.column_of().get("workplace.plz") or recognised.proposal.column_of().get("location.plz")
    if column is None or column not in recognised.sample.header:
        return None
    kreise = codelists.kreis_by_postcode()
    place = recognised.sample.header.index(column)
    cells = [number_text(cell).strip() for cell in recognised.sample.column(place)]
    counts = Counter(kreise[cell] for cell in cells if cell in kreise)
    if not counts:
        return None
    kreis, count = counts.most_common(1)[0]
    return kreis if count > len(cells) / 2 else None


def pattern_of(name: str) -> str:
    """Pattern of file names for one file's name: its day, its month and its numbers may differ."""
    stem, dot, ending = name.rpartition(".")
    pattern = _VARIES.sub("*", stem or name)
    if "*" not in pattern:
        pattern += "*"
    return re.sub(r"\*[*_-]*\*", "*", pattern) + (dot + ending if stem else "")


def source_name(event: str) -> str:
    """Usual name of a source."""
    return {"vacancy": "stellen", "measure": "massnahmen", "placement": "vermittlungen"}[event]
