"""Records of a CSV file with their physical lines. One bad row never takes its neighbours with it.

Python's csv module joins lines for as long as a quote is open, so that one forgotten quote swallows everything up
to the next one. Here a record is taken back to its first line when it does not come out right, and reading goes
on at the line after it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, cast

from connectors.contract.lines import SplitLines, Unread
from connectors.lines import Lines
from connectors.marks import Marks, Upcoming

FOOTER_WITHOUT_COUNT = -1
NO_COUNT = -2
"""What stands there is no number of rows, so it agrees with none."""
_LINES_MAX = 500
_BYTES_MAX = 1 << 20
_SALVAGED_BYTES = 64 << 10
_PASSED_OVER_MOST = 5_000


@dataclass(slots=True)
class CsvRecord:
    """A record, or what is known of one that came out wrong: its cells as far as they could be split."""

    line: int
    cells: list[str]
    code: str | None = None
    cut: bool = False
    """Its bounds are not certain: a quote was never closed, or the file ends inside it."""
    footer: int | None = None
    mark: bytes | None = None


class Splitting(Protocol):
    """What splits many lines at once (`connectors/fast/split.py`)."""

    def next(self, lines: Lines, upcoming: Upcoming) -> SplitLines | None:
        """The next lines, if that can surely be done; else none of them is taken."""


def csv_records(
    lines: Lines,
    delimiter: str,
    width: int,
    footer: re.Pattern[str] | None,
    marks: Marks | None = None,
    split: Splitting | None = None,
    *,
    has_quotes: bool = True,
) -> Iterator[CsvRecord | Unread | SplitLines]:
    """All records after the header. A line that matches `footer` yields its count; blank lines yield nothing.

    Args:
        lines: the file, its header taken already.
        delimiter: between cells.
        width: number of columns of the header.
        footer: pattern of the last line, with a group `count`.
        marks: which lines are known; those are handed out unread.
        split: splits many lines at once; those it is sure of are handed out by column.
        has_quotes: a quote may stand around a cell, and a delimiter or a line end inside it.
    """
    blanks = b"\r\n \t\0" + delimiter.encode()
    upcoming = Upcoming(lines, marks, has_quotes=has_quotes) if marks is not None else None
    while True:
        if upcoming is not None and upcoming.known and (unread := _passed_over(lines, upcoming)) is not None:
            yield unread
            continue
        if split is not None and upcoming is not None and (some := split.next(lines, upcoming)) is not None:
            yield some
            continue
        mark = upcoming.next() if upcoming is not None else None
        if (raw := lines.take()) is None:
            return
        start = lines.number
        is_quoted = has_quotes and b'"' in raw
        if len(raw) > lines.bytes_max:
            yield CsvRecord(start, _salvaged(lines, raw[:_SALVAGED_BYTES], delimiter), "E106", cut=is_quoted)
            continue
        text = lines.decoded(raw)
        if not raw.strip(blanks):
            if b"\0" in raw:  # a file that was never written to its end is padded with NUL
                yield CsvRecord(start, [], "E107", cut=True)
            continue
        if text is not None and footer is not None and (found := footer.match(text.strip())):
            yield CsvRecord(start, [], footer=footer_count(found))
            continue
        if not is_quoted:
            yield split_line(lines, start, raw, text, delimiter, width, mark)
            continue
        yield from _quoted(lines, start, raw, delimiter, width)


def _passed_over(lines: Lines, upcoming: Upcoming) -> Unread | None:
    """The next lines, as far as they are known."""
    ready, marks = upcoming.some(_PASSED_OVER_MOST)
    places = upcoming.known.find(marks)
    if not (found := len(places)):
        return None
    first = lines.number + 1
    lines.skip(found)
    return Unread(first, ready[:found], cast("list[bytes]", marks[:found]), places)


def split_line(
    lines: Lines, line: int, raw: bytes, text: str | None, delimiter: str, width: int, mark: bytes | None
) -> CsvRecord:
    """A record of one line without quotes."""
    cells = (text if text is not None else lines.loosely(raw)).rstrip("\r\n").split(delimiter)
    if text is not None and len(cells) == width and b"\0" not in raw:
        return CsvRecord(line, cells, mark=mark)
    return _judged(line, cells, text is not None, width, raw)


def footer_count(footer: re.Match[str]) -> int:
    """How many rows a closing line names; FOOTER_WITHOUT_COUNT if its pattern has no group `count`."""
    if "count" not in footer.groupdict():
        return FOOTER_WITHOUT_COUNT
    digits = footer["count"] or ""
    return int(digits) if re.fullmatch("[0-9]{1,18}", digits) else NO_COUNT


def _judged(line: int, cells: list[str], readable: bool, width: int, raw: bytes) -> CsvRecord:
    if not readable:
        return CsvRecord(line, cells, "E108")
    if b"\0" in raw:
        return CsvRecord(line, cells, "E107")
    if len(cells) != width:
        # The last line of a file that was cut off: its key is known, what followed is not.
        return CsvRecord(line, cells, "E207", cut=not raw.endswith(b"\n"))
    return CsvRecord(line, cells)


def _quoted(lines: Lines, start: int, raw: bytes, delimiter: str, width: int) -> Iterator[CsvRecord]:
    """A record with quotes: one line or several."""
    block, size = [raw], len(raw)
    while (split := _split(lines, block, delimiter)).is_open and len(block) < _LINES_MAX and size < _BYTES_MAX:
        following = lines.peek(len(block) - 1)
        if following is None or _is_row(lines, following, delimiter, width):
            break  # a sound row inside a text: its quote was never closed
        block.append(following)
        size += len(following)
    if split.cells is not None:
        for _ in block[1:]:
            lines.take()
        yield _judged(start, split.cells, split.readable, width, raw if len(block) == 1 else b"".join(block))
        return
    yield CsvRecord(start, _salvaged(lines, raw, delimiter), "E106" if split.too_long else "E207", cut=True)
    # The lines up to the next sound row may be the rest of its text, or rows that lost their quote as well.
    while (following := lines.peek(0)) is not None and not _is_row(lines, following, delimiter, width):
        if _starts_record(lines, delimiter, width) or following.count(delimiter.encode()) >= width // 2:
            break
        lines.take()


@dataclass(frozen=True, slots=True)
class _Split:
    """What the csv module makes of some lines: cells, or an open quote, or neither."""

    cells: list[str] | None = None
    readable: bool = True
    is_open: bool = False
    too_long: bool = False


def _split(lines: Lines, block: list[bytes], delimiter: str) -> _Split:
    joined = block[0] if len(block) == 1 else b"".join(block)
    text = lines.decoded(joined)
    readable = text is not None
    source = io.StringIO(lines.loosely(joined) if text is None else text, newline="")
    try:
        return _Split(next(csv.reader(source, delimiter=delimiter, strict=True), []), readable)
    except csv.Error as error:
        return _Split(None, readable, "unexpected end of data" in str(error), "field larger" in str(error))


def _is_row(lines: Lines, raw: bytes, delimiter: str, width: int) -> bool:
    """Whether a line on its own is a complete row of the file."""
    if width < 4 or raw.count(delimiter.encode()) < width - 1:
        return False
    if raw.count(b'"') % 2:
        return False  # it ends a text that began on an earlier line, or begins one
    cells = _split(lines, [raw], delimiter).cells
    return cells is not None and len(cells) == width


def _starts_record(lines: Lines, delimiter: str, width: int) -> bool:
    """Whether the next lines together are a sound record of several lines."""
    block: list[bytes] = []
    while len(block) < 50 and (line := lines.peek(len(block))) is not None:
        if block and _is_row(lines, line, delimiter, width):
            return False
        block.append(line)
        split = _split(lines, block, delimiter)
        if not split.is_open:
            return split.cells is not None and len(split.cells) == width
    return False


def _salvaged(lines: Lines, raw: bytes, delimiter: str) -> list[str]:
    """Cells of a broken line, split at every delimiter: its first ones are right, and among them is the key."""
    text = (lines.decoded(raw) or lines.loosely(raw)).rstrip("\r\n")
    return [cell.strip('"') for cell in text.split(delimiter)]
