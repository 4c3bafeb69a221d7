"""The original rows as a workbook, with a column that says what is wrong with each. Refused rows are coloured."""

from __future__ import annotations

import io
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from connectors.causes import causes_of
from connectors.checked import Checked
from connectors.reports.original_rows import OriginalRows
from connectors.reports.wording import rows_word, sentence
from schemas.codes import Language, explain

_CELL_MAX = 32_767
"""What a cell of a workbook holds."""
_WIDE = 70


def write_workbook(path: Path, found: Checked, rows: OriginalRows | None, language: Language) -> None:
    """Write the report; without rows (the file was refused as a whole) there is only the sheet of causes."""
    # Strings stay strings: a cell that begins with = is no formula, one that looks like an address no link.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    made = io.BytesIO()  # of a file that cannot be written the library says neither which it is nor why
    with xlsxwriter.Workbook(made, options) as book:
        bold = book.add_format({"bold": True, "text_wrap": True})
        marks = {True: book.add_format({"bg_color": "#FBE3E4"}), False: book.add_format({"bg_color": "#FFF6D6"})}
        if rows is not None:
            _rows_sheet(book, found, rows, language, bold, marks)
        _causes_sheet(book, found, language, bold)
    path.write_bytes(made.getbuffer())


def _rows_sheet(
    book: Any, found: Checked, rows: OriginalRows, language: Language, bold: Any, marks: dict[bool, Any]
) -> None:
    at: dict[int, list[Any]] = defaultdict(list)
    for finding in found.findings:
        if finding.place is not None:
            at[finding.place].append(finding)
    de = language == "de"
    sheet = book.add_worksheet("Zeilen" if de else "Rows")
    place_word = ("Datensatz" if de else "Item") if found.by_item else ("Zeile" if de else "Line")
    header = ["Fehler" if de else "Errors", place_word, *rows.columns]
    sheet.freeze_panes(1, 2)
    sheet.set_column(0, 0, _WIDE)
    for place, name in enumerate(header):
        sheet.write_string(0, place, name, bold)
    number = 0
    for number, row in enumerate(rows, start=1):
        findings = at.get(row.line, [])
        mark = marks[any(finding.is_error for finding in findings)] if findings else None
        sheet.write_string(number, 0, "\n".join(sentence(one, language) for one in findings)[:_CELL_MAX], mark)
        sheet.write_number(number, 1, row.line, mark)
        for place, cell in enumerate(row.cells, start=2):
            _write(sheet, number, place, cell, mark)
    sheet.autofilter(0, 0, max(number, 1), len(header) - 1)


def _write(sheet: Any, row: int, place: int, cell: Any, mark: Any) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        text = (
            cell.isoformat()
            if isinstance(cell, date)
            else "; ".join(map(str, cell))
            if isinstance(cell, list)
            else str(cell)
        )
        sheet.write_string(row, place, text[:_CELL_MAX], mark)
    else:
        sheet.write_number(row, place, cell, mark)


def _causes_sheet(book: Any, found: Checked, language: Language, bold: Any) -> None:
    de = language == "de"
    sheet = book.add_worksheet("Ursachen" if de else "Causes")
    rows = rows_word(found, language)
    header = (
        ["Code", "Spalte", rows, "Was", "Was tun", f"Beispiele ({rows})"]
        if de
        else [
            "Code",
            "Column",
            rows.capitalize(),
            "What",
            "What to do",
            f"Examples ({'items' if found.by_item else 'lines'})",
        ]
    )
    for place, name in enumerate(header):
        sheet.write_string(0, place, name, bold)
    sheet.set_column(3, 4, _WIDE)
    for number, cause in enumerate(causes_of(found.findings), start=1):
        entry = explain(cause.code)
        sheet.write_string(number, 0, cause.code)
        sheet.write_string(number, 1, cause.column or "")
        sheet.write_number(number, 2, len(cause.places))
        sheet.write_string(number, 3, entry.text(language))
        sheet.write_string(number, 4, entry.next_step(language))
        sheet.write_string(number, 5, ", ".join(map(str, cause.places[:10])))
