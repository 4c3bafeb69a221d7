"""Warendorf: an Excel workbook; numbers are numbers and lose their zeros, days are days unless they do not exist."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from tests.support.synthetic.model import Impossible, Job
from tests.support.synthetic.written import german, never

COLUMNS = [
    "lfd. Nr.",
    "Tätigkeit",
    "KldB",
    "Betrieb",
    "Betriebs-Nr.",
    "WZ",
    "AGS",
    "PLZ",
    "Arbeitsort",
    "Straße, Nr.",
    "Anzeigentext",
    "Umfang",
    "Std./Woche",
    "befristet bis",
    "€/Std. von",
    "€/Std. bis",
    "freie Plätze",
    "ab",
    "gemeldet am",
    "gültig bis",
    "Kontakt",
    "Status",
]
SPOILT: list[str] = []
_TIME = {
    "VOLLZEIT": "Vollzeit",
    "TEILZEIT": "Teilzeit",
    "SCHICHT_NACHT_WOCHENENDE": "Schichtdienst",
    "MINIJOB": "Minijob",
}
_STATUS = {"PUBLIC": "frei", "ANONYMOUS": "chiffre", "INTERNAL": "intern"}


def cells(job: Job) -> list[Any]:
    """One row, numbers as numbers."""
    return [
        job.number,
        job.title,
        _number(job.kldb),
        job.employer,
        _number(job.betriebsnummer),
        _number(job.wz),
        _number(job.ags),
        _number(job.plz),
        job.place,
        job.street,
        job.text,
        _TIME[job.time],
        float(job.hours),
        job.term or "",
        float(job.least),
        float(job.most),
        job.openings,
        _day(job, job.start),
        job.published,
        _day(job, job.until),
        job.email,
        _STATUS.get(job.visibility, "egal"),
    ]


def write(folder: Path, day: date, jobs: list[Job], *, twisted: bool = False) -> list[Job]:
    """Write a day's workbook; `twisted` adds a column in front and changes the order."""
    columns = ["Notiz", *reversed(COLUMNS)] if twisted else COLUMNS
    book = xlsxwriter.Workbook(
        folder / f"offene_stellen_{day}.xlsx", {"strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet, days = book.add_worksheet("Offene Stellen"), book.add_format({"num_format": "dd.mm.yyyy"})
    sheet.write(0, 0, f"Offene Stellen, Stand {german(day)}")
    for column, name in enumerate(columns):
        sheet.write(2, column, name)
    for row, job in enumerate(jobs, start=3):
        values = dict(zip(COLUMNS, cells(job), strict=True))
        for column, name in enumerate(columns):
            value = values.get(name, "egal")
            if isinstance(value, date):
                sheet.write_datetime(row, column, value, days)
            else:
                sheet.write(row, column, value)
    book.add_worksheet("Hinweise").write(0, 0, "Nur Blatt 'Offene Stellen' auswerten.")
    book.close()
    return jobs


def _number(text: str) -> Any:
    return int(text) if text.isdigit() else text


def _day(job: Job, day: Any) -> Any:
    if isinstance(day, Impossible):
        return german(day)
    return day or never(job, "31.12.9999")


def values(job: Job) -> dict[str, Any]:
    """What only this format says of a job."""
    return {"contract_term": "BEFRISTET" if job.term else "UNBEFRISTET", "phone": None, "ags": job.ags or None}
