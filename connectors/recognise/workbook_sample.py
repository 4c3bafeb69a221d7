"""A workbook looked at: the sheet with the most rows, its headers and a closing row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from connectors.errors import Stop
from connectors.names import heading, plain
from connectors.recognise.layout import footer_of
from connectors.recognise.sample import SAMPLE_ROWS, Sample
from connectors.sources.excel_file import joined, refuse_bombs

_HEADER_WITHIN = 40


def workbook_sample(path: Path) -> Sample:
    """Look at a workbook.

    Raises:
        Stop: E304 damaged, or no row of headers; E308 it inflates beyond all measure.
    """
    refuse_bombs(path, plain(path.name), 200 << 20)
    try:
        with CalamineWorkbook.from_path(path) as book:
            sheets = [
                (name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names
            ]
    except BaseException as error:  # a damaged file may even make the reader panic, which is no Exception
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        raise Stop("E304", f"{plain(path.name)} is not a readable workbook ({type(error).__name__})") from None
    name, cells = max(sheets, key=lambda sheet: len(sheet[1]), default=("", []))
    at = next((place for place, row in enumerate(cells[:_HEADER_WITHIN]) if _is_header(row)), None)
    if at is None:
        raise Stop("E304", f"{plain(path.name)}: no line of headers was found")
    options: dict[str, Any] = {} if len(sheets) == 1 else {"sheet": name}
    if at:
        options["header_row"] = at + 1
    header = tuple(heading(cell) for cell in cells[at])
    rows = [tuple(row) for row in cells[at + 1 :] if joined(row)]
    if footer := footer_of("\n".join(joined(row) for row in rows[-2:]), ";", len(header)):
        options["footer"] = footer
        rows.pop()
    return Sample("excel_file", options, header, tuple(rows[:SAMPLE_ROWS]))


def _is_header(row: Sequence[Any]) -> bool:
    told = [cell for cell in row if cell not in (None, "")]
    return len(told) >= 3 and len(told) >= 0.6 * len(row) and all(isinstance(cell, str) for cell in told)
