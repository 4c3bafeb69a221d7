"""Courses and placements: the same columns everywhere, in each Jobcenter's own encoding."""

from __future__ import annotations

from pathlib import Path

from tests.support.synthetic.model import Course, Placement
from tests.support.synthetic.written import csv_bytes, german, iso

FORMAT = {
    "borken": ("cp1252", ";", german),
    "coesfeld": ("utf-8-sig", "\t", iso),
    "steinfurt": ("iso-8859-15", ";", german),
    "warendorf": ("cp850", ";", german),
    "muenster": ("utf-8", ",", iso),
}
_COURSE_HEADER = """
Maßnahme-ID;Bezeichnung;Instrument;Thema;Träger;Maßnahmenummer;PLZ;Ort;Beginn;Ende;Plätze;frei;Eintritte;Austritte;
vorzeitig;in Beschäftigung nach 6 Monaten
"""
COURSE_COLUMNS = _COURSE_HEADER.replace("\n", "").split(";")
PLACEMENT_COLUMNS = ["Vorgang", "Monat", "Art", "KldB3", "Kreis", "Förderung", "Nachname", "Kundennummer"]


def write(folder: Path, jobcenter: str, courses: list[Course], placements: list[Placement]) -> None:
    """Both files of a Jobcenter."""
    encoding, delimiter, day = FORMAT[jobcenter]
    rows = [
        [
            one.id,
            one.title,
            one.instrument,
            one.theme,
            one.provider,
            one.number,
            one.plz,
            one.place,
            day(one.start),
            day(one.end, "31.12.9999" if day is german else "9999-12-31"),
            str(one.seats),
            str(one.free),
            str(one.entries),
            str(one.exits),
            str(one.early),
            str(one.employed),
        ]
        for one in courses
    ]
    _write(folder / "massnahmen.csv", COURSE_COLUMNS, rows, encoding, delimiter)
    rows = [
        [one.id, one.month, one.kind, one.kldb3, one.kreis, one.subsidy, one.surname, one.customer]
        for one in placements
    ]
    _write(folder / "vermittlungen.csv", PLACEMENT_COLUMNS, rows, encoding, delimiter)


def _write(path: Path, columns: list[str], rows: list[list[str]], encoding: str, delimiter: str) -> None:
    mark = b"\xef\xbb\xbf" if encoding == "utf-8-sig" else b""
    plain = encoding.removesuffix("-sig")
    path.write_bytes(mark + csv_bytes([("", columns), *(("", row) for row in rows)], delimiter, plain))
