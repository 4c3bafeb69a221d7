"""Records of a CSV file with their physical lines. One bad row never takes its neighbours with it.

Python's csv module joins lines for as long as a quote is open, so that one forgotten quote swallows everything up
to the next one. Here a record is taken back to its first line when it does not come out right, and reading goes
on at the line after it.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from connectors.base import Unread
from connectors.marks import Marks

FOOTER_WITHOUT_COUNT = -1
NO_COUNT = -2
"""What stands there is no number of rows, so it agrees with none."""
_LINES_MAX = 500
_BYTES_MAX = 1 << 20
# Of a longer line the rest is passed over: a file without line ends must not fill the memory.
_LINE_BYTES_MAX = 4 << 20
_BLOCK_BYTES = 1 << 20
_SALVAGED_BYTES = 64 << 10
_MARKS = (b"\xff\xfe", b"\xfe\xff")
# Where ISO-8859 has control characters, Windows has quotes and dashes: such bytes betray another encoding.
_CONTROLS = frozenset(map(chr, range(0x80, 0xA0)))
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF8_KINDS = b"A" * 0x80 + b"c" * 0x40 + b"L" * 0x40


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


class Lines:
    """Physical lines of a file, one at a time or a few ahead, decoded strictly."""

    def __init__(self, path: Path, encoding: str) -> None:
        self._file = path.open("rb")
        self._ahead: deque[bytes] = deque()
        self._last = b"\n"
        self._encoding = encoding
        self._one_byte = not encoding.startswith("utf")
        self._controls = _control_bytes(encoding) if self._one_byte else b""
        self._as_latin1 = _bytes_as_in_latin1(encoding) if self._one_byte else b""
        self.number = 0
        """Number of the last line taken, from 1."""
        self.foreign_mark = False
        start = self._file.read(3)
        if start == _UTF8_MARK:
            self.foreign_mark = self._one_byte
        else:
            self.foreign_mark = start[:2] in _MARKS
            self._file.seek(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def ended_with_newline(self) -> bool:
        """Whether the last line taken did."""
        return self._last.endswith(b"\n")

    def take(self) -> bytes | None:
        """The next line with its end; None at the end of the file."""
        if not self._ahead and not self._read_on():
            return None
        self.number += 1
        self._last = self._ahead.popleft()
        return self._last

    def peek(self, ahead: int) -> bytes | None:
        """A line further on, not taken yet; 0 is the next one."""
        while len(self._ahead) <= ahead:
            if not self._read_on():
                return None
        return self._ahead[ahead]

    def _read_on(self) -> bool:
        """Read some lines more; False at the end of the file."""
        block = self._file.read(_BLOCK_BYTES)
        if not block.endswith(b"\n"):
            block += self._cut(self._file.readline(_LINE_BYTES_MAX))
        self._ahead += io.BytesIO(block).readlines()
        return bool(block)

    def _cut(self, line: bytes) -> bytes:
        if len(line) < _LINE_BYTES_MAX or line.endswith(b"\n"):
            return line
        while (rest := self._file.readline(_BYTES_MAX)) and not rest.endswith(b"\n"):
            pass
        return line + (b"\n" if rest else b" ")

    def decoded(self, raw: bytes) -> str | None:
        """The text of some bytes, None if they are not of the declared encoding.

        A one-byte character set decodes anything, so it is asked whether the bytes are UTF-8 instead: umlauts in
        cp1252 or cp850 hardly ever form valid UTF-8 by chance.
        """
        try:
            # Python has a table for each Windows character set and none for Latin-1, which takes a fifth of the time.
            text = raw.decode(self._encoding if raw.translate(None, self._as_latin1) else "latin-1")
        except UnicodeDecodeError:
            return None
        if self._one_byte and not raw.isascii():
            if self._controls and len(raw.translate(None, self._controls)) < len(raw):
                return None
            if b"LA" in raw.translate(_UTF8_KINDS):
                return text  # a byte that begins a character of several, and then ASCII: surely no UTF-8
            try:
                raw.decode("utf-8")
            except UnicodeDecodeError:
                return text
            return None
        return text

    def loosely(self, raw: bytes) -> str:
        """The text of bytes that are not all readable, with a mark in place of what is not."""
        return raw.decode(self._encoding, "replace")


@cache
def _control_bytes(encoding: str) -> bytes:
    """Bytes that stand for control characters beyond ASCII in a one-byte encoding."""
    return bytes(byte for byte in range(256) if bytes([byte]).decode(encoding, "replace") in _CONTROLS)


@cache
def _bytes_as_in_latin1(encoding: str) -> bytes:
    """Bytes that stand for the same character in Latin-1, each by itself."""
    return bytes(byte for byte in range(256) if bytes([byte]).decode(encoding, "replace") == chr(byte))


def csv_records(
    lines: Lines, delimiter: str, width: int, footer: re.Pattern[str] | None, marks: Marks | None = None
) -> Iterator[CsvRecord | Unread]:
    """All records after the header. A line that matches `footer` yields its count; blank lines yield nothing.

    Args:
        lines: the file, its header taken already.
        delimiter: between cells.
        width: number of columns of the header.
        footer: pattern of the last line, with a group `count`.
        marks: which lines are known; those are handed out unread.
    """
    blanks = b"\r\n \t\0" + delimiter.encode()
    while (raw := lines.take()) is not None:
        start = lines.number
        is_quoted = b'"' in raw
        if len(raw) > _LINE_BYTES_MAX:
            yield CsvRecord(start, _salvaged(lines, raw[:_SALVAGED_BYTES], delimiter), "E106", cut=is_quoted)
            continue
        mark = None
        if marks is not None and not is_quoted and (mark := marks.of(raw)) is not None and mark in marks.known:
            yield Unread(start, raw, mark)
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
