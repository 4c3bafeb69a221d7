"""Münster: a SQLite file a day with the view V_HUB_STELLEN, and tables beside it that nobody may read."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from tests.support.synthetic.model import Job
from tests.support.synthetic.written import iso, never, spoilt_text

SPOILT = ["nul"]
_TIME = {"VOLLZEIT": 1, "TEILZEIT": 2, "SCHICHT_NACHT_WOCHENENDE": 3, "MINIJOB": 9}
_RELEASE = {"PUBLIC": "O", "ANONYMOUS": "C", "INTERNAL": "I"}
_SCHEMA = """
CREATE TABLE T_STELLE (STELLE_ID INTEGER, BEZEICHNUNG TEXT, BERUF_KLDB TEXT, AG_ID INTEGER, BESCHREIBUNG TEXT,
 ZEITMODELL INTEGER, WOCHENSTD REAL, BEFRISTET_BIS TEXT, LOHN_VON REAL, LOHN_BIS REAL, ANZAHL INTEGER, EINTRITT TEXT,
 ONLINE_AB TEXT, ONLINE_BIS TEXT, FREIGABE TEXT, SACHBEARB TEXT, AENDERUNG_TS TEXT);
CREATE TABLE T_ARBEITGEBER (AG_ID INTEGER PRIMARY KEY, NAME TEXT, BETRIEBSNR TEXT, WZ TEXT, STRASSE TEXT, PLZ TEXT,
 ORT TEXT, MAIL TEXT, TELEFON TEXT);
CREATE TABLE T_KUNDE (KUNDE_ID INTEGER PRIMARY KEY, KUNDENNR TEXT, NACHNAME TEXT, BG_NR TEXT);
CREATE VIEW V_HUB_STELLEN AS
 SELECT s.*, a.NAME, a.BETRIEBSNR, a.WZ, a.STRASSE, a.PLZ, a.ORT, a.MAIL, a.TELEFON
 FROM T_STELLE s JOIN T_ARBEITGEBER a USING (AG_ID);
"""


def write(folder: Path, day: date, jobs: list[Job], canary: str) -> list[Job]:
    """Write a day's database."""
    path = folder / f"fachverfahren_{day}.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(_SCHEMA)
        for number, job in enumerate(jobs, start=1):
            database.execute(
                "INSERT INTO T_ARBEITGEBER VALUES (?,?,?,?,?,?,?,?,?)",
                (
                    number,
                    job.employer,
                    job.betriebsnummer,
                    job.wz,
                    job.street,
                    job.plz,
                    job.place,
                    job.email,
                    job.phone,
                ),
            )
            text = spoilt_text(job).replace("Nullbyte", "Null\0byte") if job.variant == "nul" else job.text
            database.execute(
                f"INSERT INTO T_STELLE VALUES ({','.join('?' * 17)})",
                (
                    job.number,
                    job.title,
                    job.kldb,
                    number,
                    text,
                    _TIME[job.time],
                    float(job.hours),
                    iso(job.term) or None,
                    float(job.least),
                    float(job.least) + float(job.most - job.least),
                    job.openings,
                    iso(job.start) or None,
                    iso(job.published),
                    iso(job.until, never(job, "9999-12-31")) or None,
                    _RELEASE.get(job.visibility, "X"),
                    f"{canary}-Sachbearbeiter",
                    f"{day} 04:10:00",
                ),
            )
        database.execute("INSERT INTO T_KUNDE VALUES (1, '317D900001', ?, '31705BG7000001')", (canary,))
        database.commit()
    return jobs


def values(job: Job) -> dict[str, Any]:
    """What only this format says of a job."""
    return {"contract_term": "BEFRISTET" if job.term else "UNBEFRISTET", "phone": job.phone or None}
