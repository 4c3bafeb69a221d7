"""Lines → columns of their cells. Apache Arrow splits them all at once; it is asked only where nothing can differ.

Lines that Arrow, or a character set, might take for something else than the plain way does are left to that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from connectors.contract.lines import SplitLines
from connectors.lines import Lines, bytes_as_in_latin1, control_bytes
from connectors.marks import Upcoming
from connectors.values.texts import is_turned

_MOST = 10_000
# The last character may be one that a sign behind it makes optional.
_PLAIN_BEGINNING = re.compile(r"\^?((?:[^\W_]| )*)(?:[^\W_]| )")
FEW = 100
"""Of fewer lines than these each by itself costs less."""
_NOT_ASCII, _LEADS = 0x80, 0xC0
_NO_QUOTES = {"quote_char": False, "double_quote": False, "escape_char": False, "newlines_in_values": False}


class Split:
    """Splits lines of one file."""

    def __init__(
        self,
        encoding: str,
        delimiter: str,
        header: Sequence[str],
        places: Mapping[str, int],
        key: Sequence[str],
        footer: re.Pattern[str] | None,
    ) -> None:
        """
        Args:
            encoding: of the file.
            delimiter: between cells.
            header: names of its columns.
            places: where the columns that are read stand.
            key: columns whose cells make the key; a line is not blank if they are not.
            footer: pattern of the last line.
        """
        self._encoding, self._footer, self._key = encoding, footer, key
        self._begins = beginning(footer.pattern, footer.flags) if footer is not None else ""
        numbered = [str(at) for at in range(len(header))]
        self._names = {name: numbered[at] for name, at in places.items()}
        self._parse = csv.ParseOptions(delimiter=delimiter, ignore_empty_lines=False, **_NO_QUOTES)
        self._convert = csv.ConvertOptions(
            column_types=dict.fromkeys(numbered, pa.string()),
            include_columns=list(dict.fromkeys(self._names.values())),
            strings_can_be_null=False,
            check_utf8=False,  # it was written by Python's encoder
        )
        self._numbered = numbered
        self._one_by_one_until = 0

    def next(self, lines: Lines, upcoming: Upcoming) -> SplitLines | None:
        """The next lines that are not known, if they are many and can surely be split; else none is taken."""
        if lines.number < self._one_by_one_until:
            return None
        raws, marked = _unknown(upcoming)
        found = self._split(raws, lines) if len(raws) >= FEW else None
        if found is None:
            self._one_by_one_until = lines.number + len(raws)
            return None
        first = lines.number + 1
        lines.skip(len(raws))
        return SplitLines(first, raws, marked, found)

    def _split(self, raws: list[bytes], lines: Lines) -> dict[str, pa.StringArray] | None:
        joined = b"".join(raws)
        if b"\0" in joined or max(map(len, raws)) > lines.bytes_max:
            return None
        text = surely_decoded(joined, self._encoding)
        if text is None or is_turned(text) or self._has_footer(text):
            return None
        data = joined if joined.isascii() or self._encoding == "utf-8" else text.encode()
        block = max(len(data) + 1, 1 << 16)  # one block is one chunk of each column
        try:
            table = csv.read_csv(
                pa.BufferReader(data),
                csv.ReadOptions(use_threads=False, block_size=block, column_names=self._numbered),
                self._parse,
                self._convert,
            )
        except pa.ArrowInvalid:  # a line with more or fewer cells
            return None
        if table.num_rows != len(raws):  # a line end that is one for Arrow only
            return None
        columns = {name: table.column(number).chunk(0) for name, number in self._names.items()}
        # A line without any cell is none; the plain way tells them apart.
        return None if any(_has_blank(columns[name]) for name in self._key) else columns

    def _has_footer(self, text: str) -> bool:
        if self._footer is None or self._begins not in text:
            return False
        match = self._footer.match
        return any(match(line.strip()) for line in text.split("\n") if line)


def _unknown(upcoming: Upcoming) -> tuple[list[bytes], list[bytes]]:
    """Lines up to the first one whose mark is known or that has none, and their marks."""
    ready, marks = upcoming.some(_MOST)
    count = upcoming.known.unknown(marks)
    return ready[:count], cast("list[bytes]", marks[:count])


def _has_blank(cells: pa.StringArray) -> bool:
    return bool(pc.min(pc.binary_length(pc.ascii_trim_whitespace(cells))).as_py() == 0)


def beginning(pattern: str, flags: int) -> str:
    """Text that everything a pattern matches begins with, as far as that is seen at a glance."""
    found = _PLAIN_BEGINNING.match(pattern) if "|" not in pattern and not flags & (re.IGNORECASE | re.VERBOSE) else None
    return found[1] if found is not None else ""


def surely_decoded(joined: bytes, encoding: str) -> str | None:
    """Text of whole lines, if each of them by itself is surely what `Lines.decoded` makes of it."""
    if encoding == "utf-8":
        try:
            return joined.decode()
        except UnicodeDecodeError:
            return None
    if joined.isascii():
        return joined.decode("latin-1")
    data = np.frombuffer(joined, np.uint8)
    at = np.flatnonzero(data >= _NOT_ASCII)
    beyond = np.flatnonzero(np.bincount(data[at])).astype(np.uint8).tobytes()
    if len(beyond.translate(None, control_bytes(encoding))) != len(beyond) or _may_be_utf8(data, at):
        return None
    # Python has a table for each Windows character set and none for Latin-1, which takes a fifth of the time.
    is_latin1 = not beyond.translate(None, bytes_as_in_latin1(encoding))
    try:
        return joined.decode("latin-1" if is_latin1 else encoding)
    except UnicodeDecodeError:
        return None


def _may_be_utf8(data: np.ndarray, beyond: np.ndarray) -> bool:
    """Whether a line with bytes beyond ASCII, which stand there, might be UTF-8.

    There no byte that begins a character of several stands before an ASCII character.
    """
    follows = data[np.minimum(beyond + 1, len(data) - 1)]
    surely_not = beyond[(data[beyond] >= _LEADS) & (follows < _NOT_ASCII)]
    ends = np.append(np.flatnonzero(data == ord("\n")), len(data))
    until, sure_until = np.searchsorted(beyond, ends), np.searchsorted(surely_not, ends)
    return bool(((np.diff(until, prepend=0) > 0) & (np.diff(sure_until, prepend=0) == 0)).any())
