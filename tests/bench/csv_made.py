"""A large list of vacancies as CSV, in the form of Jobcenter Borken, line by line, with planted defects."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from pathlib import Path

from tests.support.synthetic import borken, content
from tests.support.synthetic.model import Job
from tests.support.synthetic.written import csv_bytes

PLANTED = ("E102", "E105", "E510", "E110")
"""Codes of the defects, in turn."""
_EVERY = 1000
_TODAY = date(2026, 11, 23)
_VACANCIES_OF_AN_EMPLOYER = 20
_TEXT = """
Aufgaben Kontrolle Qualität Ordnung Arbeitsplatz Führerschein Quereinstieg möglich Löhne Fahrtkostenzuschuss Maschinen
Kundschaft Pflege Werkstatt Früh- und Spätschicht Einarbeitung durch erfahrene Kolleginnen Lager
Versand Küche Reinigung Deutschkenntnisse Zuverlässigkeit Teamfähigkeit flexible Arbeitszeiten Urlaub Weihnachtsgeld
unbefristet Probezeit
"""
_WORDS = _TEXT.split()
_TEXT_WORDS = 40


def planted(count: int) -> int:
    """How many of so many rows have a defect."""
    return count // _EVERY


def write_csv(path: Path, count: int) -> None:
    """Write a complete list with its two lines of title and its last line."""
    pick = random.Random(4)
    with path.open("wb") as file:
        file.write("Auswertung Stellen;;;\r\n\r\n".encode("cp1252"))
        file.write(csv_bytes([("", borken.COLUMNS)], ";", "cp1252"))
        employer: Job | None = None
        for number in range(count):
            job = content.job(pick, "borken", number, f"BOR-{number:07}", _TODAY)
            if employer is None or number % _VACANCIES_OF_AN_EMPLOYER == 0:
                employer = replace(job, employer=f"{job.employer} {number}")
            job = _own(job, employer, pick)
            cells = borken.cells(job, "Frau Muster")
            if number % _EVERY == _EVERY - 1:
                _spoil(cells, PLANTED[number // _EVERY % len(PLANTED)])
            file.write(csv_bytes([("", list(cells.values()))], ";", "cp1252"))
        file.write(f"Anzahl Datensätze: {count}\r\n".encode("cp1252"))


def _own(job: Job, employer: Job, pick: random.Random) -> Job:
    """What an employer's vacancies have in common, and a text no other row has."""
    same = ("employer", "betriebsnummer", "wz", "street", "plz", "place", "phone", "email")
    text = " ".join(pick.choices(_WORDS, k=_TEXT_WORDS))
    return replace(job, text=f"{text}. Stelle {job.number}.", **{name: getattr(employer, name) for name in same})


def _spoil(cells: dict[str, str], code: str) -> None:
    match code:
        case "E102":
            cells["Veröffentlicht am"] = "31.02.2026"
        case "E105":
            cells["Veröffentlichung"] = "7"
        case "E510":
            cells["Beschreibung"] += " 12345BG0001234"
        case _:
            cells["KldB"] = "99999"
