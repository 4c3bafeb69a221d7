"""What a file is and how it is written, with a sample of its rows: text with delimiters, a workbook, HR-BA-XML."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from connectors.base import heading, plain
from connectors.errors import Stop
from connectors.recognise.encoding import Encoding, encoding_of
from connectors.recognise.layout import Layout, footer_of, layout_of
from connectors.sources.excel_file import joined, refuse_bombs

SAMPLE_ROWS = 2000
_BYTES_MAX = 64 << 20
_HEAD_CHARS, _TAIL_BYTES = 4 << 20, 8 << 10
_ARCHIVE, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Sample:
    """A file's source type, the options it is read with, and some of its rows under their headers."""

    type: str
    options: dict[str, Any]
    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...] = ()
    encoding: Encoding | None = None
    notes: dict[str, Any] = field(default_factory=dict)

    def column(self, place: int) -> list[Any]:
        """Cells of one column."""
        return [row[place] for row in self.rows if place < len(row)]


def sample_of(path: Path) -> Sample:
    """Look at a file.

    Raises:
        Stop: E304 an unknown format or no headers, E306 empty.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        raw = file.read(_BYTES_MAX)
        file.seek(max(0, size - _TAIL_BYTES))
        tail = file.read()
    if not raw.strip(b"\r\n\t \0"):
        raise Stop("E306", f"{plain(path.name)} is empty")
    if raw.startswith((_ARCHIVE, _OLE)):
        return _workbook(path)
    if raw.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return Sample("hr_ba_xml", {}, ())
    if raw.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"["):
        raise Stop("E304", f"{plain(path.name)} looks like JSON; describe it in a YAML file")
    return _text(path, raw if len(raw) == size else raw[: raw.rfind(b"\n") + 1], tail)


def _text(path: Path, raw: bytes, tail: bytes) -> Sample:
    encoding = encoding_of(raw)
    text = raw.decode(encoding.name, "replace").removeprefix("\ufeff")
    head = text if len(text) <= _HEAD_CHARS else text[: text.rfind("\n", 0, _HEAD_CHARS) + 1]
    # Half a file of UTF-16 cannot be decoded from its middle.
    last = text[-_TAIL_BYTES:] if encoding.name.startswith("utf-16") else tail.decode(encoding.name, "replace")
    layout = layout_of(head, last)
    if layout is None:
        raise Stop("E304", f"{plain(path.name)}: no line of headers was found")
    options: dict[str, Any] = {"encoding": encoding.name, "delimiter": layout.delimiter}
    if layout.header_row != 1:
        options["header_row"] = layout.header_row
    if layout.footer:
        options["footer"] = layout.footer
    if not layout.ends_with_newline:
        options["ends_with_newline"] = False
    header = tuple(heading(name) for name in layout.header)
    return Sample("csv_file", options, header, _csv_rows(head, layout), encoding)


def _csv_rows(text: str, layout: Layout) -> tuple[tuple[Any, ...], ...]:
    lines = text.splitlines(keepends=True)[layout.header_row - 1 :]
    reader = csv.reader(lines, delimiter=layout.delimiter)
    found: list[tuple[Any, ...]] = []
    try:
        for cells in islice(reader, 1, SAMPLE_ROWS + 1):
            if len(cells) == len(layout.header):
                found.append(tuple(cells))
    except csv.Error:
        pass  # the sample ends at a line that cannot be split; the check itself tells of it
    return tuple(found)


def _workbook(path: Path) -> Sample:
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
    at = next((place for place, row in enumerate(cells[:40]) if _is_header(row)), None)
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
