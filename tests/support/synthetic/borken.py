"""Borken: complete list as Windows CSV, two lines of title, a last line with the count."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from tests.support.synthetic.model import Job
from tests.support.synthetic.written import comma, csv_bytes, german, money, never, spoilt_text

_HEADER = """
Stellen-Nr;Stellenbezeichnung;KldB;Arbeitgeber;Betriebsnummer;WZ;Straße;PLZ;Ort;Beschreibung;Arbeitszeit;Wochenstd.;
Befristet;Befristet bis;Lohn von;Lohn bis;Lohnart;Anzahl;Beginn;Veröffentlicht am;Ende Veröffentlichung;Telefon;E-Mail;
Sachbearbeiter;Veröffentlichung
"""
COLUMNS = _HEADER.replace("\n", "").split(";")
SPOILT = ["nul", "short", "long", "unclosed", "latin"]
_TIME = {"VOLLZEIT": "VZ", "TEILZEIT": "TZ", "SCHICHT_NACHT_WOCHENENDE": "SN", "MINIJOB": "MJ"}
_PAY = {"HOUR": "Std", "MONTH": "Mon"}
_VISIBILITY = {"PUBLIC": "1", "ANONYMOUS": "2", "INTERNAL": "3"}


def cells(job: Job, clerk: str) -> dict[str, str]:
    """One row by column."""
    values = [
        job.id,
        job.title,
        job.kldb,
        job.employer,
        job.betriebsnummer,
        job.wz,
        job.street,
        job.plz,
        job.place,
        spoilt_text(job),
        _TIME[job.time],
        comma(job.hours),
        "J" if job.term else "N",
        german(job.term),
        money(job.least),
        money(job.most),
        _PAY[job.period],
        str(job.openings),
        german(job.start, never(job, "31.12.9999")),
        german(job.published),
        german(job.until, never(job, "31.12.9999")),
        job.phone,
        job.email,
        clerk,
        _VISIBILITY.get(job.visibility, "7"),
    ]
    return dict(zip(COLUMNS, values, strict=True))


def write(folder: Path, day: date, jobs: list[Job], *, twisted: bool = False, cut: bool = False) -> list[Job]:
    """Write a day's list; returns the rows somebody can read in it.

    Args:
        twisted: other order of columns, and one more column.
        cut: the file ends in the middle of a row.
    """
    columns = [*reversed(COLUMNS[1:]), COLUMNS[0], "Neue Spalte"] if twisted else COLUMNS
    head = f'Auswertung "Stellen offen" vom {german(day)} 05:30;;;\r\n\r\n'.encode("cp1252")
    head += csv_bytes([("", columns)], ";", "cp1252")
    rows = [(job.variant, [cells(job, f"Frau {day}").get(name, "egal") for name in columns]) for job in jobs]
    if not cut:
        body = csv_bytes(rows, ";", "cp1252") + f"Anzahl Datensätze: {len(jobs)}\r\n".encode("cp1252")
        (folder / f"stellen_voll_{day}.csv").write_bytes(head + body)
        return jobs
    keep = len(jobs) * 2 // 3
    last = csv_bytes([("", rows[keep][1])], ";", "cp1252").split(b"\r\n")[0][:60]
    (folder / f"stellen_voll_{day}.csv").write_bytes(head + csv_bytes(rows[:keep], ";", "cp1252") + last)
    return jobs[: keep + 1]


def write_nothing(folder: Path, day: date) -> None:
    """A file without a byte."""
    (folder / f"stellen_voll_{day}_leer.csv").write_bytes(b"")


def values(job: Job) -> dict[str, Any]:
    """What only this format says of a job."""
    return {"phone": job.phone or None}
