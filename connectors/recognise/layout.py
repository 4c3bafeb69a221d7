"""How the text of a CSV file is laid out: delimiter, line of the headers, lines above it, last line with a count."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

DELIMITERS = ";\t,|"

_SAMPLE_ROWS, _PREAMBLE_MAX = 200, 40
_VALUE_LIKE = re.compile(r"[-+]?[0-9][0-9.,:/ -]*%?|[0-9]{4}-[0-9]{2}-[0-9]{2}.*|\S+@\S+\.\S+|https?://\S+")
_COUNTS_ROWS = re.compile(r"anzahl|datens|zeilen|rows|records|s[aä]tze|count|insgesamt|gesamt", re.IGNORECASE)
_ENDS = re.compile(r"ende|end of|eof|summe|total|stand|erstellt|\*{3}|-{3}", re.IGNORECASE)
# Files with a type of record in front close with one of their own: "99|1284".
_RECORD_TYPE = re.compile(r"([0-9A-Z]{1,3})[;\t,|]([0-9]{1,9})")
_WIDE = 6
_SEP = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the table of a text file is."""

    delimiter: str
    header_row: int
    """Physical line of the headers, from 1."""
    header: tuple[str, ...]
    footer: str | None = None
    """Pattern of the last line, as the source type csv_file wants it."""
    ends_with_newline: bool = True


def layout_of(text: str, tail: str) -> Layout | None:
    """Layout of a text, None if no table is found in it.

    Args:
        text: whole lines from the beginning of the file.
        tail: its last lines.
    """
    told = _SEP.fullmatch(text.partition("\n")[0].rstrip("\r"))
    tried = [_table(text, delimiter) for delimiter in (told[1] if told else DELIMITERS)]
    found = [table for table in tried if table is not None]
    if not found:
        return None
    best = max(found, key=lambda table: table.points)
    footer = footer_of(tail, best.delimiter, len(best.header))
    ends = tail.endswith(("\n", "\r")) or not _is_whole(tail, best.delimiter, len(best.header))
    return Layout(best.delimiter, best.header_row, best.header, footer, ends_with_newline=ends or footer is not None)


@dataclass(frozen=True, slots=True)
class _Table:
    delimiter: str
    header_row: int
    header: tuple[str, ...]
    points: float


def _table(text: str, delimiter: str) -> _Table | None:
    rows = _rows(text, delimiter)
    widths = Counter(len(cells) for _, cells in rows if len(cells) > 1)
    if not widths:
        return None
    width, count = widths.most_common(1)[0]
    if len(widths) > 1:  # of a tie the wider one: a preamble may be padded, a row is not
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    for line, cells in rows[:_PREAMBLE_MAX]:
        if _is_header(cells, width):
            return _Table(delimiter, line, tuple(cells), count / len(rows) * (len(cells) + 1) ** 0.5)
    return None


def _rows(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """Records with their first physical line, blank ones left out."""
    found: list[tuple[int, list[str]]] = []
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((line, cells))
            line = reader.line_num + 1
            if len(found) >= _SAMPLE_ROWS:
                break
    except csv.Error:
        pass  # what was read up to here is enough to judge by
    return found


def _is_header(cells: Sequence[str], width: int) -> bool:
    names = [cell.strip() for cell in cells if cell.strip()]
    if len(names) < 2 or abs(len(cells) - width) > 1 or len(names) < 0.6 * width:
        return False
    return sum(bool(_VALUE_LIKE.fullmatch(name)) or len(name) > 60 for name in names) <= len(names) // 10


def footer_of(tail: str, delimiter: str, width: int) -> str | None:
    """Pattern of a last line that is no row: one that counts the rows, or one that only says that it is the end."""
    lines = [line for line in tail.splitlines() if line.strip()]
    if len(lines) < 2:
        return None
    last = lines[-1].strip()
    cells = [cell.strip() for cell in last.split(delimiter) if cell.strip()]
    if not cells or len(cells) > 3 or len(cells) > width // 2:
        return None
    if (closing := _RECORD_TYPE.fullmatch(delimiter.join(cells))) and width >= _WIDE:
        return f"^{re.escape(last[: last.index(closing[2], len(closing[1]))])}(?P<count>[0-9]+)"
    number = re.search(r"[0-9]{1,9}", last)
    if number and _COUNTS_ROWS.search(last):
        return f"^{_loose(last[: number.start()])}(?P<count>[0-9]+)"
    label = re.match(r"\D+", last)
    return f"^{_loose(label[0])}" if label and _ENDS.search(label[0]) else None


def is_unquoted(lines: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether a quote in these lines is a character like any other: so read all of them are rows, and else not.

    One that is never closed does not tell: it may as well be a mistake.
    """
    quoted = [line for line in lines if '"' in line]
    return all(line.count(delimiter) == width - 1 for line in quoted) and any(
        _goes_on_behind_quotes(line, delimiter) for line in quoted
    )


def _goes_on_behind_quotes(line: str, delimiter: str) -> bool:
    """Whether a cell is like this: "Zum Anker" GmbH."""
    try:
        next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        return "expected after" in str(error)
    return False


def _loose(label: str) -> str:
    return re.sub(r"(\\ )+", " *", re.escape(label))


def _is_whole(tail: str, delimiter: str, width: int) -> bool:
    lines = tail.splitlines()
    return bool(lines) and len(next(csv.reader([lines[-1]], delimiter=delimiter), [])) == width
