"""Coesfeld: changes as TSV, UTF-8 with a mark, one tenant for each municipality."""

from __future__ import annotations

import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

from tests.support.synthetic.model import Change, Job
from tests.support.synthetic.written import csv_bytes, iso, never, spoilt_text

_HEADER = """
Mandant Nr Version Aktion Titel Beruf_KldB2010 Firma BBNR Wirtschaftszweig PLZ Ort Strasse Text Zeitmodell Std_Woche
befristet_bis Verguetung_min Verguetung_max Stellen Eintritt online_ab online_bis Mail Sichtbarkeit Ende_Grund
"""
COLUMNS = _HEADER.split()
SPOILT = ["nul", "short", "long", "unclosed", "latin"]
_TIME = {"VOLLZEIT": "Vollzeit", "TEILZEIT": "Teilzeit", "SCHICHT_NACHT_WOCHENENDE": "Schicht", "MINIJOB": "Minijob"}
_VISIBILITY = {"PUBLIC": "öffentlich", "ANONYMOUS": "anonym", "INTERNAL": "intern"}
_REASON = {"FILLED": "besetzt", "WITHDRAWN": "zurückgezogen", "EXPIRED": "abgelaufen", "UNKNOWN": "sonstiges", "": ""}


def cells(change: Change) -> list[str]:
    """One row."""
    job = change.job
    return [
        job.tenant,
        str(job.number),
        str(change.version),
        change.action,
        job.title,
        job.kldb,
        job.employer,
        job.betriebsnummer,
        job.wz,
        job.plz,
        job.place,
        job.street,
        spoilt_text(job),
        _TIME[job.time],
        f"{job.hours}",
        iso(job.term),
        f"{job.least}",
        f"{job.most}",
        str(job.openings),
        iso(job.start),
        iso(job.published),
        iso(job.until, never(job, "9999-12-31")),
        job.email,
        _VISIBILITY.get(job.visibility, "geheim"),
        _REASON[change.reason],
    ]


def write(folder: Path, day: date, changes: list[Change], *, twisted: bool = False) -> None:
    """Write a day's changes. `twisted`: a decomposed header, another order, one more column."""
    order = list(range(len(COLUMNS)))
    names = list(COLUMNS)
    if twisted:
        order.reverse()
        names = [unicodedata.normalize("NFD", name) for name in COLUMNS]
    head = csv_bytes([("", [names[at] for at in order] + ["Bemerkung"] * twisted)], "\t", "utf-8", "\n")
    rows = [(one.job.variant, [cells(one)[at] for at in order] + ["egal"] * twisted) for one in changes]
    (folder / f"delta_{day}.tsv").write_bytes(b"\xef\xbb\xbf" + head + csv_bytes(rows, "\t", "utf-8", "\n"))


def write_refused(folder: Path, day: date, changes: list[Change]) -> None:
    """A file in which a column stands twice: nobody can say which holds."""
    names = [*COLUMNS, "Titel"]
    rows = [("", [*cells(one), "x"]) for one in changes]
    data = csv_bytes([("", names), *rows], "\t", "utf-8", "\n")
    (folder / f"delta_{day}_nachtrag.tsv").write_bytes(data)


def values(job: Job) -> dict[str, Any]:
    """What only this format says of a job."""
    return {"contract_term": "BEFRISTET" if job.term else "UNBEFRISTET", "phone": None}
