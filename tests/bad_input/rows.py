"""Sound rows with one cell changed, and files of them in each format; descriptions of their sources."""

from __future__ import annotations

import io
import json as json_text
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter

from tests.bad_input.fixture import CANARY

Cells = Mapping[str, Any]

SOUND: dict[str, str] = {
    "Nr": "1",
    "Titel": "Bäcker (m/w/d)",
    "Text": f"Brot und Brötchen, {CANARY}.",
    "KldB": "29222",
    "Sicht": "1",
    "PLZ": "48143",
    "Ort": "Münster",
    "AGS": "05515000",
    "Anzahl": "1",
    "Beginn": "01.12.2026",
    "Ab": "20.11.2026",
    "Bis": "20.12.2026",
    "Frist": "",
    "Stunden": "38,5",
    "Lohn": "15,50",
    "LohnBis": "17,00",
    "Betrieb": "Bäckerei Muster",
    "WZ": "10",
    "Zeit": "VZ",
    "Mail": "bewerbung@muster.example",
    "Stand": "2026-11-20 08:00:00",
}
HEADER = tuple(SOUND)
_OPEN_END = ["31.12.9999"]

COLUMNS: dict[str, Any] = {
    "title": "Titel",
    "description": "Text",
    "kldb2010": {"column": "KldB", "parse": "kldb"},
    "visibility": {"column": "Sicht", "codes": {"1": "PUBLIC", "2": "ANONYMOUS", "3": "INTERNAL"}},
    "workplace.plz": {"column": "PLZ", "parse": "plz"},
    "workplace.place": "Ort",
    "workplace.ags": {"column": "AGS", "parse": "ags_excel"},
    "openings": "Anzahl",
    "start_on": {"column": "Beginn", "parse": "date_de", "empty": _OPEN_END},
    "published_from": {"column": "Ab", "parse": "date_de"},
    "published_until": {"column": "Bis", "parse": "date_de", "empty": _OPEN_END},
    "term_until": {"column": "Frist", "parse": "date_de"},
    "weekly_hours": {"column": "Stunden", "parse": "decimal_de"},
    "pay.minimum": {"column": "Lohn", "parse": "decimal_de"},
    "pay.maximum": {"column": "LohnBis", "parse": "decimal_de"},
    "pay.period": {"constant": "HOUR"},
    "employer.name": "Betrieb",
    "industry.code": "WZ",
    "industry.version": {"constant": "WZ2008"},
    "working_time": {"column": "Zeit", "codes": {"VZ": ["VOLLZEIT"], "TZ": ["TEILZEIT"]}},
    "contact.email": "Mail",
}
_EXCEL = {"Beginn": "date_any_excel", "Ab": "date_any_excel", "Bis": "date_any_excel", "Frist": "date_any_excel"}
_EXCEL |= {"Stunden": "decimal_excel", "Lohn": "decimal_excel", "LohnBis": "decimal_excel"}
_POINT = {"Beginn": "date_iso", "Ab": "date_iso", "Bis": "date_iso", "Frist": "date_iso"}
_POINT |= {"Stunden": "decimal_point", "Lohn": "money", "LohnBis": "money"}
_OPTIONS: dict[str, dict[str, Any]] = {
    "csv_file": {"encoding": "utf-8", "delimiter": ";"},
    "excel_file": {},
    "hr_ba_xml": {},
    "sql_table": {"view": "V"},
    "rest_json": {},
    "json_file": {"items": "stellen", "total": "anzahl"},
}


def source(kind: str, identifier: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Description of a source whose files and keys begin with an identifier."""
    parsers = {"excel_file": _EXCEL, "sql_table": _POINT, "hr_ba_xml": _POINT}.get(kind, {})
    columns = {path: _parsed(column, parsers) for path, column in COLUMNS.items()} | changes.get("columns", {})
    columns = changes.get("whole_columns", columns)
    changes = {name: value for name, value in changes.items() if name != "whole_columns"}
    return {
        "event": "vacancy",
        "type": kind,
        "load": "full",
        "files": f"{identifier}_*",
        "key": f"{identifier}-{{Nr}}",
        "modified": {"column": "Stand", "parse": "local_timestamp"},
        **{name: value for name, value in changes.items() if name != "columns"},
        "columns": columns,
        "options": {**_OPTIONS[kind], **changes.get("options", {})},
    }


def _parsed(column: Any, parsers: Mapping[str, str]) -> Any:
    if isinstance(column, dict) and column.get("column") in parsers:
        return {**column, "parse": parsers[column["column"]]}
    return column


def sound(number: str = "1", **cells: Any) -> dict[str, Any]:
    """A sound row, some cells changed."""
    return {**SOUND, "Nr": number, **cells}


def point(number: str = "1", **cells: Any) -> dict[str, Any]:
    """The same as databases and HR-BA-XML write it: days as 2026-12-01, numbers with a point."""
    days = {"Beginn": "2026-12-01", "Ab": "2026-11-20", "Bis": "2026-12-20"}
    return sound(number, **{**days, "Stunden": 38.5, "Lohn": 15.5, "LohnBis": 17.0, **cells})


def around(bad: Any, make: Any = sound) -> list[Any]:
    """A bad row between two sound ones."""
    return [make("1"), bad, make("3")]


# ------------------------------------------------------------------------------------------------------------ formats


def csv_text(
    rows: Iterable[Cells | str], header: Sequence[str] = HEADER, delimiter: str = ";", end: str = "\r\n"
) -> str:
    """A CSV file; a row given as text stands as it is."""
    lines = [delimiter.join(header)]
    lines += [
        one if isinstance(one, str) else delimiter.join(str(one.get(name, "")) for name in header) for one in rows
    ]
    return "".join(line + end for line in lines)


def csv(rows: Iterable[Cells | str], header: Sequence[str] = HEADER, encoding: str = "utf-8", **how: str) -> bytes:
    """The bytes of one."""
    return csv_text(rows, header, **how).encode(encoding)


def line_of(**cells: Any) -> str:
    """Row number 2 as one line of CSV, cells as they are, quotes and all."""
    return ";".join(str(value) for value in sound("2", **cells).values())


def excel(rows: Iterable[Cells], header: Sequence[str] = HEADER, formulas: Mapping[str, Any] | None = None) -> bytes:
    """A workbook. `formulas` gives cells like "B3" a formula and the result kept with it."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "dd.mm.yyyy", "nan_inf_to_errors": True})
    page = book.add_worksheet()
    for number, cells in enumerate([dict(zip(header, header, strict=True)), *rows]):
        for place, name in enumerate(header):
            value = cells.get(name, "")
            page.write_string(number, place, value) if isinstance(value, str) else page.write(number, place, value)
    for cell, (formula, result) in (formulas or {}).items():
        page.write_formula(cell, formula, None, result)
    book.close()
    return out.getvalue()


def json(items: Iterable[Cells | str], total: int | None = None) -> bytes:
    """A JSON document; an item given as text stands as it is."""
    written = [one if isinstance(one, str) else json_text.dumps(one) for one in items]
    return f'{{"anzahl": {len(written) if total is None else total}, "stellen": [\n{",".join(written)}]}}'.encode()


def database(
    rows: Iterable[Cells], header: Sequence[str] = HEADER, view: str = "V", blobs: Sequence[str] = ()
) -> bytes:
    """A SQLite file with a view. Cells given as bytes become text of these very bytes, unless named in `blobs`."""
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE TABLE t ({', '.join(header)})")
    for row in rows:
        cells = [row.get(name) for name in header]
        marks = [
            "CAST(? AS TEXT)" if isinstance(cell, bytes) and name not in blobs else "?"
            for name, cell in zip(header, cells, strict=True)
        ]
        connection.execute(f"INSERT INTO t VALUES ({', '.join(marks)})", cells)
    connection.execute(f"CREATE VIEW {view} AS SELECT * FROM t")
    connection.commit()
    content = connection.serialize()
    connection.close()
    return content


def posting(cells: Cells) -> str:
    """One posting; its elements are named like our columns, for the source reads whatever the mapping names."""
    inner = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in cells.items() if value != "")
    return f"<JobPositionPosting>{inner}</JobPositionPosting>\n"


def xml(
    postings: Iterable[Cells | str],
    prolog: str = "",
    root: str = "HRBAXMLJobPositionPosting",
    amount: str | None = None,
) -> bytes:
    """An HR-BA-XML file; a posting given as text stands as it is."""
    inner = [one if isinstance(one, str) else posting(one) for one in postings]
    count = str(len(inner)) if amount is None else amount
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{prolog}<{root}>\n<Header><Amount>{count}</Amount>'
        f"<TypeOfLoad>F</TypeOfLoad></Header>\n<Data>\n{''.join(inner)}</Data>\n</{root.split()[0]}>"
    ).encode()
