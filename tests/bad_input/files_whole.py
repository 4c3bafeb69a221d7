"""Fixtures of classes 35 to 42, 44 and 64: files as a whole, archives, XML, workbooks, databases."""

# ruff: noqa: E501 - a table: one fixture is one line
from __future__ import annotations

import gzip
import io
import os
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from tests.bad_input.fixture import AFTER, BAD, BEFORE, FileFixture
from tests.bad_input.make import ENDINGS, content, refused, rejected, repaired, taken
from tests.bad_input.rows import HEADER, csv, database, excel, point, posting, sound
from tests.bad_input.rows import xml as xml_of

_ONE, _TWO, _THREE, _FOUR, _FIVE = ({"number": str(number)} for number in range(1, 6))


def _held(
    number: int, what: str, kind: str, bad: bytes, code: str = "E502", arrive: Any = ("1", "4", "5"), **how: Any
) -> FileFixture:
    """Of the rows the day before, the bad file does not list all; none of them ends."""
    files = {f"{BEFORE}.{ENDINGS[kind]}": content(kind, _ONE, _FOUR, _FIVE), f"{BAD}.{ENDINGS[kind]}": bad}
    return FileFixture(number, what, "W", files, kind, code=code, arrive=arrive, **how)


_CUT = [
    _held(35, "last line", "csv_file", csv([sound("1"), sound("3"), sound("4")])[:-30], arrive=("1", "3", "4", "5")),
    _held(35, "between two lines", "csv_file", csv([sound("1"), sound("3")])[:-2], arrive=("1", "3", "4", "5")),
    _held(
        35,
        "inside a posting",
        "hr_ba_xml",
        content("hr_ba_xml", _ONE, _THREE, _FOUR)[:-200],
        arrive=("1", "3", "4", "5"),
    ),
    _held(35, "padded with NUL", "csv_file", csv([sound("1"), sound("3")]) + b"\0" * 500, arrive=("1", "3", "4", "5")),
    refused(35, "workbook", "E304", content("excel_file", _TWO)[:-400], "excel_file"),
]
_EMPTY = [
    _held(36, "nothing at all", "csv_file", b"", "E306"),
    _held(36, "header only", "csv_file", csv([]), "E306"),
    _held(36, "sheet without rows", "excel_file", excel([]), "E306"),
    _held(36, "no posting", "hr_ba_xml", xml_of([]), "E306"),
    FileFixture(
        36, "first delivery", "D", {f"{BAD}.csv": b"", f"{AFTER}.csv": csv([sound("1"), sound("3")])}, code="E306"
    ),
]
_TWO_ROWS, _OTHER_ROWS = csv([sound("1"), sound("3")]), csv([sound("1"), sound("3", Titel="Koch")])
_NAMES = [
    FileFixture(37, "same content, new name", "OK", {f"{BEFORE}.csv": _TWO_ROWS, f"{BAD}.csv": _TWO_ROWS}, counts={"unchanged": 2}),
    FileFixture(37, "same name, new content", "OK", {f"{BAD}.csv": _TWO_ROWS}, again={f"{BAD}.csv": _OTHER_ROWS}, counts={"sent_changed": 1, "unchanged": 1}, shown={"3": {"version": 2, "title": "Koch"}}),
    FileFixture(37, "same name, same content", "OK", {f"{BAD}.csv": _TWO_ROWS}, again={f"{BAD}.csv": _TWO_ROWS}, counts={"sent_new": 2}, shown={"3": {"version": 1}}),
]  # fmt: skip


def _link(path: Path, content: bytes) -> None:
    hidden = path.with_name(f".{path.name}")
    hidden.write_bytes(content)
    path.symlink_to(hidden)


def _link_to_device(path: Path, _: bytes) -> None:
    path.symlink_to("/dev/zero")


def _link_to_folder(path: Path, _: bytes) -> None:
    path.symlink_to("/etc")


def _pipe(path: Path, _: bytes) -> None:
    os.mkfifo(path)


_ROW_TWO = csv([sound("2")])
_TRICKS = [
    refused(38, "link", "E307", _ROW_TWO, place=_link),
    refused(38, "link to a device", "E307", b"", place=_link_to_device),
    refused(38, "link to a folder", "E307", b"", place=_link_to_folder),
    refused(38, "pipe", "E307", b"", place=_pipe),
    refused(38, "line feed in the name", "E312", _ROW_TWO, name=f"{BAD}\n2026-11-22 INFO all is well"),
    refused(38, "escape sequence in the name", "E312", _ROW_TWO, name=f"{BAD}\x1b[2J"),
]


def _archive(*parts: tuple[str, bytes]) -> bytes:
    out = io.BytesIO(content("excel_file", _TWO))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts:
            archive.writestr(name, data)
    return out.getvalue()


_BOMBS = [
    refused(39, "part that inflates", "E308", _archive(("xl/media/x.bin", b"\0" * (40 << 20))), "excel_file"),
    refused(39, "thousands of parts", "E308", _archive(*[(f"x/{n}", b"") for n in range(2100)]), "excel_file"),
    refused(39, "beyond the limit as a whole", "E308", _archive(("x", os.urandom(1 << 20) * 3)), "excel_file", source={"options": {"megabytes_max": 2}}),
    refused(39, "part that climbs out", "E307", _archive(("../../etc/cron.d/x", b"x")), "excel_file"),
    refused(39, "part with an absolute name", "E307", _archive(("/etc/passwd", b"x")), "excel_file"),
    refused(39, "packed CSV", "E305", gzip.compress(csv([sound("2")]) * 100)),
]  # fmt: skip


def _dtd(number: int, what: str, inner: str, use: str = "") -> FileFixture:
    body = [point("2", Titel="#")]
    prolog = f"<!DOCTYPE HRBAXMLJobPositionPosting {inner}>\n"
    return refused(number, what, "E309", xml_of(body, prolog).replace(b"#", use.encode()), "hr_ba_xml")


_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
_ENTITIES = [
    _dtd(40, "external entity", '[<!ENTITY x SYSTEM "file:///etc/passwd">]', "&x;"),
    _dtd(40, "parameter entity", '[<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]'),
    _dtd(40, "external DTD", 'SYSTEM "http://127.0.0.1:9/x.dtd"'),
    _dtd(40, "DTD without anything", "[]"),
    _dtd(41, "billion laughs", f'[<!ENTITY l0 "ha">{_LAUGHS}]', "&l9;"),
    _dtd(41, "quadratic", f'[<!ENTITY q "{"q" * 50_000}">]', "&q;" * 2_000),
    refused(
        41, "quadratic in an attribute of the root", "E309",
        xml_of([point("2")], f'<!DOCTYPE x [<!ENTITY q "{"q" * 50_000}">]>\n', f'HRBAXMLJobPositionPosting a="{"&q;" * 2_000}"'),
        "hr_ba_xml",
    ),
]  # fmt: skip
_XML = [
    refused(42, "other root", "E304", xml_of([point("2")], root="Stellen"), "hr_ba_xml", says="root"),
    refused(42, "namespace nobody declared", "E304", xml_of([point("2")], root='HRBAXMLJobPositionPosting xmlns="urn:x"'), "hr_ba_xml", says="namespace"),
    refused(42, "login page", "E304", b"<!doctype html><html><body>Anmeldung", "hr_ba_xml"),
    refused(42, "no XML", "E304", csv([sound("2")]), "hr_ba_xml"),
    _held(42, "element of 11 MB", "hr_ba_xml", xml_of([point("1"), point("2", Text="x" * (11 << 20)), point("3")])),
    _held(42, "tag that does not match", "hr_ba_xml", xml_of([point("1"), posting(point("2")).replace("</Titel>", "</Text>"), point("3")])),
]  # fmt: skip


def _merged() -> bytes:
    """Title of row 1 merged with that of row 2: the cell below has none."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet()
    for number, cells in enumerate([dict(zip(HEADER, HEADER, strict=True)), sound("1"), sound("2"), sound("3")]):
        for place, name in enumerate(HEADER):
            page.write_string(number, place, cells[name])
    page.merge_range(1, 1, 2, 1, "Bäcker", book.add_format())
    book.close()
    return out.getvalue()


def _workbook(what: str, outcome: Any, bad: bytes, **how: Any) -> FileFixture:
    return FileFixture(44, what, outcome, {f"{BAD}.xlsx": bad}, "excel_file", **how)


_ALL = ("1", "2", "3")
_THREE_ROWS = [sound("1"), sound("2"), sound("3")]
_WORKBOOKS = [
    rejected(44, "day as a number", "E102", "Beginn", "excel_file", Beginn=46357),
    _workbook("merged cells", "R", _merged(), code="E101", column="Titel", line=3, absent=("2",)),
    _workbook("formula with its result", "OK", excel(_THREE_ROWS, formulas={"B3": ('="Ko"&"ch"', "Koch")}), arrive=_ALL, shown={"2": {"title": "Koch"}}),
    _workbook("formula that failed", "R", excel(_THREE_ROWS, formulas={"I3": ("=1/0", "#DIV/0!")}), code="E101", column="Anzahl", line=3, absent=("2",)),
    _workbook("macros", "OK", _archive(("xl/vbaProject.bin", b"x" * 500)), arrive=("2",)),
    _workbook("link to another file", "OK", excel(_THREE_ROWS, formulas={"B3": ("='[http://127.0.0.1:9/x.xlsx]T'!A1", "Koch")}), arrive=_ALL),
    taken(44, "real day and number", {"start_on": date(2026, 12, 1), "weekly_hours": 38.5}, "excel_file", Beginn=date(2026, 12, 1), Stunden=38.5),
]  # fmt: skip
_DATABASES = [
    taken(64, "NULL", {"description": None}, "sql_table", Text=None),
    taken(64, "empty text", {"description": None}, "sql_table", Text=""),
    repaired(64, "padded with blanks", {"title": "Koch", "workplace.plz": "48143"}, "sql_table", Titel="Koch" + " " * 60, PLZ="48143   "),
    repaired(64, "money as a binary number", {"pay.minimum": Decimal("16.85")}, "sql_table", Lohn=16.849999999999998),
    repaired(64, "time without zone", {"ce_time": "2026-11-20T07:00:00.000Z"}, "sql_table", Stand="2026-11-20 08:00:00.000"),
    rejected(64, "type changed overnight", "E103", "Anzahl", "sql_table", Anzahl="zwei"),
    refused(64, "column gone", "E303", database([point("2")], HEADER[:-1]), "sql_table"),
    refused(64, "view gone", "E303", database([point("2")], view="W"), "sql_table"),
    refused(64, "no database", "E304", b"SQLite format 3\0" + b"x" * 4000, "sql_table"),
]  # fmt: skip

FIXTURES = [*_CUT, *_EMPTY, *_NAMES, *_TRICKS, *_BOMBS, *_ENTITIES, *_XML, *_WORKBOOKS, *_DATABASES]
