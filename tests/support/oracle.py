"""What must come of the demo's deliveries, worked out a second time without a line of the project's own code.

Plain and slow on purpose: it reads the five formats, knows the defects a Jobcenter would agree are wrong, and
keeps the state of every entity day by day. Whoever changes a rule changes it here too, or sees a test turn red.
"""

from __future__ import annotations

import csv
import datetime
import re
import sqlite3
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

DAYS = ("2026-11-22", "2026-11-23", "2026-11-24")
ENCODING = {
    "borken": "cp1252",
    "coesfeld": "utf-8-sig",
    "steinfurt": "iso-8859-15",
    "warendorf": "cp850",
    "muenster": "utf-8",
}
DELIMITER = {"borken": ";", "coesfeld": "\t", "steinfurt": ";", "warendorf": ";", "muenster": ","}


@dataclass
class Row:
    """One row in plain words. `content` is everything that makes a change a change."""

    id: str
    bad: bool
    content: tuple[Any, ...]
    visibility: str = "PUBLIC"
    action: str = "N"
    version: int = 0


@dataclass
class Expected:
    """Counts and entities of one Jobcenter and kind of event."""

    counts: Counter[str] = field(default_factory=Counter)
    rejected: set[str] = field(default_factory=set)
    open: dict[str, Row] = field(default_factory=dict)
    known: dict[str, Row] = field(default_factory=dict)


def expected(folder: Path, codes: set[str]) -> dict[str, dict[str, Expected]]:
    """Expected outcome for all Jobcenters.

    Args:
        folder: the deliveries.
        codes: five-digit occupation codes that exist.
    """
    result = {jobcenter: {event: Expected() for event in ("vacancy", "measure", "placement")} for jobcenter in ENCODING}
    for jobcenter, events in result.items():
        for day in DAYS:
            for path in sorted((folder / jobcenter).glob(f"*{day}*")):
                rows, complete = vacancies(jobcenter, path, codes)
                (delta if jobcenter == "coesfeld" else full)(events["vacancy"], rows, complete)
        full(events["measure"], list(measures(jobcenter, folder / jobcenter / "massnahmen.csv")), True)
        full(events["placement"], list(placements(jobcenter, folder / jobcenter / "vermittlungen.csv")), True)
    return result


def full(state: Expected, rows: list[Row], complete: bool) -> None:
    """A complete list: what is no longer in it has ended, if the list is whole."""
    counts = state.counts
    seen = set()
    for row in rows:
        counts["read"] += 1
        seen.add(row.id)
        if row.bad:
            counts["rejected"] += 1
            state.rejected.add(row.id)
            continue
        before = state.open.get(row.id)
        counts["published" if before is None else "unchanged" if before.content == row.content else "changed"] += 1
        state.open[row.id] = state.known[row.id] = row
    gone = set(state.open) - seen
    if not complete or len(gone) >= max(5, len(state.open) / 5):
        counts["held"] += len(gone)
        return
    counts["ended"] += len(gone)
    for key in gone:
        del state.open[key]


def delta(state: Expected, rows: list[Row], complete: bool) -> None:
    """Changes only, with a version of their own."""
    counts = state.counts
    for row in rows:
        counts["read"] += 1
        before = state.known.get(row.id)
        if row.action == "L":
            counts["ended"] += 1
            state.open.pop(row.id, None)
        elif row.bad:
            counts["rejected"] += 1
            state.rejected.add(row.id)
            continue
        elif before is not None and before.version == row.version:
            counts["duplicate"] += 1
            continue
        else:
            counts["published" if before is None else "changed"] += 1
            state.open[row.id] = row
        state.known[row.id] = row


# ------------------------------------------------------------------------------------------------- the five formats


def vacancies(jobcenter: str, path: Path, codes: set[str]) -> tuple[list[Row], bool]:
    """Rows of a delivery, and whether it is whole."""
    raw, complete = {
        "borken": _borken,
        "coesfeld": _coesfeld,
        "steinfurt": _steinfurt,
        "warendorf": _warendorf,
        "muenster": _muenster,
    }[jobcenter](path)
    return [_judge(values, codes) for values in raw], complete


def _borken(path: Path) -> tuple[list[dict[str, Any]], bool]:
    with path.open(encoding="cp1252", newline="") as file:
        lines = list(csv.reader(file, delimiter=";"))
    header, body, last = lines[2], lines[3:], lines[-1]
    complete = last[0] == f"Anzahl Datensätze: {len(body) - 1}"
    rows = []
    for line in body[:-1] if complete else body:
        value = dict(zip(header, line, strict=False))
        rows.append(
            {
                "id": value["Stellen-Nr"],
                "cut": len(line) != len(header),
                "title": value.get("Stellenbezeichnung"),
                "occupation": value.get("KldB"),
                "plz": value.get("PLZ"),
                "text": value.get("Beschreibung", ""),
                "hours": value.get("Wochenstd."),
                "least": value.get("Lohn von"),
                "most": value.get("Lohn bis"),
                "start": value.get("Beginn"),
                "from": value.get("Veröffentlicht am"),
                "until": value.get("Ende Veröffentlichung"),
                "visibility": {"1": "PUBLIC", "2": "ANONYMOUS", "3": "INTERNAL"}.get(value.get("Veröffentlichung", "")),
                "rest": tuple(text for name, text in value.items() if name != "Sachbearbeiter"),
            }
        )
    return rows, complete


def _coesfeld(path: Path) -> tuple[list[dict[str, Any]], bool]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            {
                "id": f"{value['Mandant']}-{value['Nr']}",
                "title": value["Titel"],
                "occupation": value["Beruf_KldB2010"],
                "plz": value["PLZ"],
                "text": value["Text"],
                "hours": value["Std_Woche"],
                "least": value["Verguetung_min"],
                "most": value["Verguetung_max"],
                "start": value["Eintritt"],
                "from": value["online_ab"],
                "until": value["online_bis"],
                "visibility": {"öffentlich": "PUBLIC", "anonym": "ANONYMOUS", "intern": "INTERNAL"}[
                    value["Sichtbarkeit"]
                ],
                "action": value["Aktion"],
                "version": int(value["Version"]),
                "rest": tuple(value.values()),
            }
            for value in csv.DictReader(file, delimiter="\t")
        ], True


def _steinfurt(path: Path) -> tuple[list[dict[str, Any]], bool]:
    with (path.parent / "dkz_kldb.csv").open(encoding="utf-8", newline="") as file:
        occupation = {value["dkz"]: value["kldb2010"] for value in csv.DictReader(file)}
    tree = ElementTree.parse(path)
    rows = []
    for posting in tree.iter("JobPositionPosting"):
        text = {element.tag: element.text or "" for element in posting.iter()}
        pay = re.fullmatch(r"(-?[0-9.]+) - (-?[0-9.]+) EUR/Std", text["Salary"])
        rows.append(
            {
                "id": text["JobPositionPostingId"],
                "title": text["JobPositionTitleDescription"],
                "occupation": occupation.get(text["TitleCode"]),
                "plz": posting.findtext(".//Location/PostalCode"),
                "text": text["Objective"],
                "hours": text["HoursPerWeek"],
                "least": pay[1] if pay else "?",
                "most": pay[2] if pay else "?",
                "start": text["AssignmentStartDate"],
                "from": posting.findtext("PostDetail/StartDate"),
                "until": text.get("EndDate"),
                "visibility": {"1": "PUBLIC", "2": "ANONYMOUS", "3": "INTERNAL"}[text["Status"]],
                "rest": tuple(
                    (e.tag, e.text) for e in posting.iter() if e.tag not in ("LastModificationDate", "Action")
                ),
            }
        )
    return rows, True


def _warendorf(path: Path) -> tuple[list[dict[str, Any]], bool]:
    lines = CalamineWorkbook.from_path(path).get_sheet_by_name("Offene Stellen").to_python(skip_empty_area=False)
    rows = []
    for line in lines[3:]:
        value = dict(zip(map(str, lines[2]), line, strict=True))
        rows.append(
            {
                "id": _whole(value["lfd. Nr."]),
                "title": value["Tätigkeit"],
                "occupation": _whole(value["KldB"]),
                "plz": _whole(value["PLZ"]),
                "text": value["Anzeigentext"],
                "hours": value["Std./Woche"],
                "least": value["€/Std. von"],
                "most": value["€/Std. bis"],
                "start": value["ab"],
                "from": value["gemeldet am"],
                "until": value["gültig bis"],
                "visibility": {"frei": "PUBLIC", "chiffre": "ANONYMOUS", "intern": "INTERNAL"}[str(value["Status"])],
                "rest": tuple(line),
            }
        )
    return rows, True


def _muenster(path: Path) -> tuple[list[dict[str, Any]], bool]:
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    connection.row_factory = sqlite3.Row
    rows = []
    for value in connection.execute("SELECT * FROM V_HUB_STELLEN"):
        names = [name for name in value.keys() if name not in ("AENDERUNG_TS", "SACHBEARB", "AG_ID")]  # noqa: SIM118
        rows.append(
            {
                "id": str(value["STELLE_ID"]),
                "title": value["BEZEICHNUNG"],
                "occupation": value["BERUF_KLDB"],
                "plz": value["PLZ"],
                "text": value["BESCHREIBUNG"],
                "hours": value["WOCHENSTD"],
                "least": value["LOHN_VON"],
                "most": value["LOHN_BIS"],
                "start": value["EINTRITT"],
                "from": value["ONLINE_AB"],
                "until": value["ONLINE_BIS"],
                "visibility": {"O": "PUBLIC", "C": "ANONYMOUS", "I": "INTERNAL"}[value["FREIGABE"]],
                "rest": tuple(value[name] for name in names),
            }
        )
    connection.close()
    return rows, True


# --------------------------------------------------------------------------------------------------------- judgement


# Benefit unit, customer, bank account, pension insurance.
_CLIENT_NUMBER = re.compile(r"[0-9]{5}\s?BG\s?[0-9]{7}|\b[0-9]{3}[A-Z][0-9]{6}\b|DE[0-9]{20}|\b[0-9]{8}[A-Z][0-9]{3}\b")


def _judge(value: dict[str, Any], codes: set[str]) -> Row:
    hours, least, most = (_number(value[name]) for name in ("hours", "least", "most"))
    start, first, until = (_day(value[name]) for name in ("start", "from", "until"))
    bad = (
        value.get("cut", False)
        or not str(value["title"] or "").strip()
        or value["occupation"] not in codes
        or not re.fullmatch(r"[0-9]{5}", str(value["plz"]))
        or hours is None
        or not 0 < hours <= 60
        or least is None
        or most is None
        or not 0 < least <= most
        or "?" in (start, first, until)
        or (isinstance(until, datetime.date) and isinstance(first, datetime.date) and until < first)
        or _CLIENT_NUMBER.search(str(value["text"])) is not None
    )
    return Row(value["id"], bad, value["rest"], value["visibility"], value.get("action", "N"), value.get("version", 0))


def measures(jobcenter: str, path: Path) -> Iterator[Row]:
    """Courses: wrong are unknown instruments, ends before starts, and more free seats than seats."""
    for value in _csv(jobcenter, path):
        start, end = _day(value["Beginn"]), _day(value["Ende"])
        bad = (
            value["Instrument"] == "XYZ"
            or "?" in (start, end)
            or (isinstance(start, datetime.date) and isinstance(end, datetime.date) and end < start)
            or int(value["frei"]) > int(value["Plätze"])
        )
        yield Row(value["Maßnahme-ID"], bad, tuple(value.values()))


def placements(jobcenter: str, path: Path) -> Iterator[Row]:
    """Placements: none of them is wrong."""
    for value in _csv(jobcenter, path):
        yield Row(
            value["Vorgang"], False, (value["Monat"], value["Art"], value["KldB3"], value["Kreis"], value["Förderung"])
        )


def forbidden_words(folder: Path) -> set[bytes]:
    """Customer numbers of all placement and customer tables, and the canary."""
    words = {"Kanarienvogel"}
    for jobcenter in ENCODING:
        words |= {value["Kundennummer"] for value in _csv(jobcenter, folder / jobcenter / "vermittlungen.csv")}
    for path in (folder / "muenster").glob("*.sqlite"):
        connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
        words |= {row[0] for row in connection.execute("SELECT KUNDENNR FROM T_KUNDE")}
        words |= {row[0] for row in connection.execute("SELECT BG_NR FROM T_KUNDE")}
        connection.close()
    return {word.encode() for word in words if word}


def _csv(jobcenter: str, path: Path) -> list[dict[str, str]]:
    with path.open(encoding=ENCODING[jobcenter], newline="") as file:
        return list(csv.DictReader(file, delimiter=DELIMITER[jobcenter]))


def _whole(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) else str(value)


def _number(value: Any) -> float | None:
    try:
        return float(str(value).replace(",", "."))
    except ValueError:
        return None


def _day(value: Any) -> datetime.date | str | None:
    """The day, None for no day, "?" for a day that does not exist."""
    text = str(value or "")
    if text in ("", "None", "31.12.9999", "9999-12-31"):
        return None
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.datetime.strptime(text, form).replace(tzinfo=datetime.UTC).date()
        except ValueError:
            continue
    return "?"
