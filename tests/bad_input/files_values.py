"""Fixtures of classes 16 to 34: numbers, days, codes, identifiers, and what rows say of the same entity."""

# ruff: noqa: E501 - a table: one fixture is one line
from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tests.bad_input.fixture import AFTER, BAD, BEFORE, FileFixture
from tests.bad_input.make import content, of_lines, rejected, repaired, taken
from tests.bad_input.rows import HEADER, csv, sound

_ALL = ("1", "2", "3")

_NOTATION = [
    repaired(16, "comma and thousands", {"pay.minimum": Decimal("1234.50")}, Lohn="1.234,50", LohnBis="2.000,00", source={"columns": {"pay.period": {"constant": "MONTH"}}}),
    repaired(16, "comma", {"weekly_hours": 19.25}, Stunden="19,25"),
    repaired(16, "comma in a workbook", {"weekly_hours": 19.5}, "excel_file", Stunden="19,5"),
    rejected(16, "point where a comma is declared", "E103", "Stunden", Stunden="38.5"),
    rejected(16, "comma where a point is declared", "E103", "Stunden", "sql_table", Stunden="38,5"),
]  # fmt: skip
_DIGITS = [
    rejected(17, "underscore", "E103", "Anzahl", Anzahl="1_0"),
    rejected(17, "Arabic", "E103", "Anzahl", Anzahl="٣"),
    rejected(17, "full width", "E103", "Lohn", Lohn="１５,50"),
    rejected(17, "Arabic postcode", "E112", "PLZ", PLZ="٤٨١٤٣"),
    rejected(17, "Devanagari day", "E102", "Beginn", Beginn="०१.१२.2026"),
]
_NO_NUMBERS = [
    rejected(18, "NaN", "E103", "Stunden", Stunden="NaN"),
    rejected(18, "Infinity", "E103", "Lohn", Lohn="Infinity"),
    rejected(18, "1e999", "E103", "Stunden", Stunden="1e999"),
    rejected(18, "infinite in a database", "E103", "Lohn", "sql_table", Lohn=float("inf")),
]
_PAY = [
    rejected(19, "negative", "E115", "Lohn", Lohn="-15,50"),
    rejected(19, "nought", "E115", "Lohn", Lohn="0"),
    rejected(19, "beyond belief", "E115", "LohnBis", LohnBis="1.550,00"),
    rejected(19, "turned round", "E202", "Lohn", Lohn="17,00", LohnBis="15,50"),
    taken(19, "below the minimum wage", {"pay.minimum": Decimal("12.00")}, Lohn="12,00"),
]
_LONG_NUMBERS = [
    rejected(20, "openings", "E103", "Anzahl", Anzahl="9" * 5000),
    rejected(20, "pay", "E103", "Lohn", Lohn="9" * 5000),
    rejected(20, "day", "E102", "Beginn", Beginn="0" * 5000 + "1.12.2026"),
    FileFixture(
        20, "count in the last line", "W", {f"{BEFORE}.csv": csv([sound("1"), sound("4")]) + b"Anzahl: 2\r\n", f"{BAD}.csv": csv([sound("1"), sound("3")]) + b"Anzahl: " + b"9" * 5000 + b"\r\n"},
        code="E502", arrive=("1", "3", "4"), source={"options": {"footer": "^Anzahl: (?P<count>[0-9]+)"}},
    ),
]  # fmt: skip
_NO_DAYS = [
    rejected(21, "31 February", "E102", "Beginn", Beginn="31.02.2027"),
    rejected(21, "29 February of no leap year", "E102", "Beginn", Beginn="29.02.2027"),
    rejected(21, "noughts", "E102", "Ab", Ab="00.00.0000"),
    rejected(21, "24:00", "E102", "Beginn", Beginn="01.12.2026 24:00"),
    rejected(21, "two digits of the year", "E102", "Beginn", Beginn="01.12.26"),
    rejected(21, "of a database", "E102", "Beginn", "sql_table", Beginn="2027-02-30"),
]
_WORDS = [
    rejected(22, "infinity", "E102", "Bis", Bis="infinity"),
    rejected(22, "now", "E102", "Beginn", "sql_table", Beginn="now"),
    rejected(22, "epoch", "E102", "Ab", "hr_ba_xml", Ab="epoch"),
]
_ORDER_OF_DAY = [
    rejected(23, "American", "E102", "Beginn", Beginn="12/1/2026"),
    rejected(23, "ISO where German is declared", "E102", "Beginn", Beginn="2026-12-01"),
    rejected(23, "German where ISO is declared", "E102", "Beginn", "sql_table", Beginn="01.12.2026"),
    taken(23, "without noughts", {"start_on": date(2026, 12, 1)}, Beginn="1.12.2026"),
]
_CLOCK = [
    repaired(24, "hour that comes twice", {"ce_time": "2026-10-25T00:30:00.000Z"}, Stand="2026-10-25 02:30:00"),
    repaired(24, "hour that never was", {"ce_time": "2026-03-29T01:30:00.000Z"}, Stand="2026-03-29 02:30:00"),
    repaired(24, "hour of a workbook", {"ce_time": "2026-10-25T00:30:00.000Z"}, "excel_file", Stand="2026-10-25 02:30:00"),
]  # fmt: skip
_WRONG_ORDER = [
    rejected(25, "published", "E201", "Bis", Bis="19.11.2026"),
    rejected(25, "contract", "E203", "Frist", Frist="30.11.2026"),
    rejected(25, "start in three years", "E204", "Beginn", Beginn="01.12.2029"),
    rejected(25, "published in a database", "E201", "Bis", "sql_table", Bis="2026-11-19"),
]
_UNKNOWN = [
    rejected(26, "occupation", "E110", "KldB", KldB="99999"),
    rejected(26, "municipality", "E113", "AGS", AGS="05515999"),
    rejected(26, "industry", "E111", "WZ", WZ="04"),
    rejected(26, "visibility", "E105", "Sicht", Sicht="9"),
    rejected(26, "working time", "E105", "Zeit", "sql_table", Zeit="XX"),
]

MEASURE = {"Nr": "1", "Titel": "Sprachcafé", "Instrument": "AGH", "Ort": "Münster", "Beginn": "01.12.2026"}
_MEASURES: dict[str, Any] = {
    "event": "measure",
    "modified": None,
    "whole_columns": {
        "title": "Titel", "instrument": "Instrument", "location.place": "Ort",
        "start_on": {"column": "Beginn", "parse": "date_de"},
    },
}  # fmt: skip


def _measure(what: str, instrument: str, begins: str) -> FileFixture:
    bad = {**MEASURE, "Nr": "2", "Instrument": instrument, "Beginn": begins}
    lines = csv([MEASURE, bad, {**MEASURE, "Nr": "3"}], tuple(MEASURE))
    return FileFixture(
        27, what, "R", {f"{BAD}.csv": lines}, code="E114", column="Instrument", line=3, absent=("2",), source=_MEASURES
    )


_ONCE_VALID = [
    _measure("instrument abolished before", "16J", "01.12.2026"),
    _measure("instrument not introduced yet", "I16", "01.12.2018"),
    rejected(27, "KldB 1988", "E110", "KldB", KldB="5131", source={"columns": {"kldb2010": "KldB"}}),
    rejected(27, "municipality key of another land's form", "E113", "AGS", AGS="055150001"),
]
_PLACES = [
    taken(28, "postcode of another place", {"workplace.plz": "48143"}, Ort="Coesfeld", AGS=""),
    rejected(28, "nought lost", "E112", "PLZ", PLZ="1067", Ort="Dresden", AGS=""),
    rejected(28, "nought lost in a workbook", "E112", "PLZ", "excel_file", PLZ=1067, Ort="Dresden", AGS=""),
    repaired(28, "nought of the municipality lost", {"workplace.ags": "05515000"}, "excel_file", AGS=5515000),
    repaired(28, "nought of the occupation lost", {"kldb2010": "01104"}, KldB="1104"),
]
_NOTHING = [
    rejected(29, "title", "E101", "Titel", Titel=""),
    rejected(29, "title of a dash", "E101", "Titel", Titel=" - "),
    rejected(29, "day of #NV", "E101", "Ab", Ab="#NV"),
    rejected(29, "identifier of NULL", "E208", "Nr", cells={"Nr": "NULL"}),
    taken(29, "optional k.A.", {"description": None, "weekly_hours": None}, Text="k.A.", Stunden="k.A."),
    taken(29, "optional NULL", {"industry": None}, "sql_table", WZ=None),
]
_REPEATED = [
    of_lines(30, "one after the other", "OK", sound("1"), sound("2"), sound("2"), sound("3"), arrive=_ALL, counts={"sent_new": 3, "duplicate": 1}),
    of_lines(30, "far apart", "OK", sound("2"), *[sound(str(n)) for n in range(4, 604)], sound("2"), arrive=("2", "4"), counts={"duplicate": 1}),
    FileFixture(30, "workbook", "OK", {f"{BAD}.xlsx": content("excel_file", {"number": "1"}, {"number": "1"}, {"number": "3"})}, "excel_file", counts={"duplicate": 1}),
]  # fmt: skip
_CONTRADICTED = [
    of_lines(31, "title", "R", sound("1"), sound("2"), sound("2", Titel="Koch"), sound("3"), code="E209", line=3, column="Nr", absent=("2",), counts={"rejected": 2}),
    of_lines(31, "broken the second time", "R", sound("1"), sound("2"), sound("2", Ab="x"), sound("3"), code="E209", line=3, column="Nr", absent=("2",), counts={"rejected": 2}),
    FileFixture(31, "posting", "R", {f"{BAD}.xml": content("hr_ba_xml", {"number": "1"}, {"number": "2"}, {"number": "2", "Titel": "Koch"}, {"number": "3"})}, "hr_ba_xml", code="E209", line=6, column="Nr", absent=("2",)),
]  # fmt: skip

VERSIONED = (*HEADER, "Version", "Aktion")
DELTA: dict[str, Any] = {
    "load": "delta",
    "version": "Version",
    "action": {"column": "Aktion", "upsert": ["A"], "end": ["L"]},
}


def _change(number: str, version: str, action: str = "A", **cells: str) -> dict[str, Any]:
    return sound(number, Version=version, Aktion=action, **cells)


def _days(number: int, what: str, outcome: Any, days: dict[str, list[Any]], **how: Any) -> FileFixture:
    files = {f"{day}.csv": csv(rows, VERSIONED) for day, rows in days.items()}
    return FileFixture(number, what, outcome, files, source=DELTA, **how)


_FIRST = [_change("1", "1"), _change("2", "7")]
_SAME_VERSION = [
    _days(32, "other title", "R", {BEFORE: _FIRST, BAD: [_change("2", "7", Titel="Koch"), _change("3", "1")]}, hub_code="E522", arrive=_ALL, counts={"sent_other": 1}),
    _days(32, "as an end", "R", {BEFORE: _FIRST, BAD: [_change("2", "7", "L"), _change("3", "1")]}, hub_code="E522", arrive=_ALL, counts={"sent_other": 1}),
    _days(32, "in one file", "R", {BEFORE: _FIRST, BAD: [_change("4", "1"), _change("4", "1", Titel="Koch"), _change("3", "1")]}, hub_code="E522", arrive=("1", "2", "3", "4"), counts={"sent_new": 2, "sent_other": 1}),
    _days(32, "older version", "OK", {BEFORE: _FIRST, BAD: [_change("2", "6", Titel="Koch"), _change("3", "1")]}, arrive=_ALL, shown={"2": {"version": 7, "title": "Bäcker (m/w/d)"}}, counts={"sent_other": 1}),
]  # fmt: skip
_ENDED = [
    _days(33, "made again", "OK", {BEFORE: _FIRST, BAD: [_change("2", "8", "L"), _change("3", "1")], AFTER: [_change("2", "9")]}, arrive=_ALL, shown={"2": {"version": 9, "status": "ACTIVE"}}),
    _days(33, "deleted twice", "OK", {BEFORE: _FIRST, BAD: [_change("2", "8", "L"), _change("2", "8", "L"), _change("3", "1")]}, absent=("2",), counts={"sent_ended": 1, "duplicate": 1}),
    _days(33, "never known", "OK", {BEFORE: _FIRST, BAD: [_change("9", "1", "L"), _change("3", "1")]}, arrive=_ALL, absent=("9",)),
    _days(33, "old version after the end", "OK", {BEFORE: _FIRST, BAD: [_change("2", "9", "L"), _change("3", "1")], AFTER: [_change("2", "8", Titel="Koch")]}, absent=("2",)),
]  # fmt: skip
_IDENTIFIERS = [
    rejected(34, "blank inside", "E109", "Nr", cells={"Nr": "2 b"}),
    rejected(34, "no-break space", "E109", "Nr", cells={"Nr": "2\u00a0b"}),
    rejected(34, "too long", "E109", "Nr", cells={"Nr": "2" * 101}),
    of_lines(34, "capitals", "OK", sound("ab"), sound("AB"), sound("Ab"), arrive=("ab", "AB", "Ab"), counts={"sent_new": 3}),
    of_lines(34, "noughts in front", "OK", sound("7"), sound("07"), sound("007"), arrive=("7", "07", "007"), counts={"sent_new": 3}),
]  # fmt: skip

FIXTURES = [
    *_NOTATION, *_DIGITS, *_NO_NUMBERS, *_PAY, *_LONG_NUMBERS, *_NO_DAYS, *_WORDS, *_ORDER_OF_DAY, *_CLOCK, *_WRONG_ORDER,
    *_UNKNOWN, *_ONCE_VALID, *_PLACES, *_NOTHING, *_REPEATED, *_CONTRADICTED, *_SAME_VERSION, *_ENDED, *_IDENTIFIERS,
]  # fmt: skip
