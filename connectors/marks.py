"""Fingerprints of CSV lines, so that a line that says what it said before need not be read.

A mark covers what is mapped, never a column that is not: that one may be changed, or be nobody's business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

from connectors.contract.lines import MARK_BYTES, KnownRows
from connectors.lines import Lines

_SHA256_BLOCK = 64


class Marks:
    """Marks of the lines of one file, and which of them are known."""

    def __init__(
        self, known: KnownRows, meaning: bytes, header: Sequence[str], mapped: Collection[int], delimiter: bytes
    ) -> None:
        """
        Args:
            known: rows that led to what was last sent.
            meaning: fingerprint of the mapping and of how the file is written.
            header: names of its columns: with others, or in another order, the same line says something else.
            mapped: places of the columns that are read.
            delimiter: between cells.
        """
        self.known, self._delimiter = known, delimiter
        self._dropped = sorted(set(range(len(header))) - set(mapped), reverse=True)
        # Only as much is split as it takes to reach what is left out, from the end that is nearer. A line with more or
        # fewer cells than the header may lose another one, but it is no row and its mark is never known.
        self._splits = self._dropped[0] + 1 if self._dropped else 0
        self._split = bytes.split
        if self._dropped and 0 < len(header) - self._dropped[-1] < self._splits:
            first = self._dropped[-1]
            self._splits, self._split = len(header) - first, bytes.rsplit
            self._dropped = [at - first + 1 for at in self._dropped]
        # What a line means stands before it. Processors have instructions for SHA-256 and none for BLAKE2, which takes
        # half as long again.
        key = hashlib.sha256(meaning + repr(list(header)).encode("utf-8", "surrogatepass")).digest()
        self._keyed = hashlib.sha256(key.ljust(_SHA256_BLOCK, b"\0"))

    def of(self, raw: bytes) -> bytes | None:
        """Fingerprint of a line without quotes. None: it has too few cells, or what is left out is no plain text."""
        return self.of_all((raw,))[0]

    def of_all(self, raws: Sequence[bytes]) -> list[bytes | None]:
        """The same of many lines."""
        # Called for every line there is: what costs nothing elsewhere, a call or a name to look up, does here.
        copy, split, delimiter, splits = self._keyed.copy, self._split, self._delimiter, self._splits
        found: list[bytes | None] = []
        if not self._dropped:
            for raw in raws:
                mark = copy()
                mark.update(raw)
                found.append(mark.digest()[:MARK_BYTES])
            return found
        (first, *others), join, left_out = self._dropped, delimiter.join, list[bytes]()
        for raw in raws:
            cells = split(raw, delimiter, splits)
            if len(cells) <= first:
                found.append(None)
                left_out.append(b"")
                continue
            left = cells.pop(first)
            for at in others:
                left += cells.pop(at)
            left_out.append(left)
            mark = copy()
            mark.update(join(cells))
            found.append(mark.digest()[:MARK_BYTES])
        # Whether a line is of the declared encoding is seen on the whole of it.
        if not _is_plain(b"".join(left_out)):
            found = [mark if _is_plain(left) else None for mark, left in zip(found, left_out, strict=True)]
        return found


def _is_plain(cells: bytes) -> bool:
    return cells.isascii() and b"\0" not in cells


class Upcoming:
    """Marks of the lines that lie ready. Each is found once, many together."""

    def __init__(self, lines: Lines, marks: Marks, *, has_quotes: bool = True) -> None:
        self._lines, self._of_all, self.known = lines, marks.of_all, marks.known
        self._has_quotes = has_quotes
        self._first, self._found = 0, list[bytes | None]()

    def next(self) -> bytes | None:
        """That of the next line; None if it has none, or a quote: it might be the mark of a part of a record."""
        return next(iter(self.some(1)[1]), None)

    def some(self, most: int) -> tuple[list[bytes], list[bytes | None]]:
        """The next lines and their marks."""
        ready = self._lines.ready(most)
        at = self._lines.number + 1 - self._first
        if at + len(ready) > len(self._found):
            ready = self._lines.ready()
            self._first, self._found, at = self._lines.number + 1, self._marked(ready), 0
            ready = ready[:most]
        return ready, self._found[at : at + len(ready)]

    def _marked(self, raws: Sequence[bytes]) -> list[bytes | None]:
        if not self._has_quotes or not self._lines.may_have_quotes:
            return self._of_all(raws)
        return [None if b'"' in raw else mark for raw, mark in zip(raws, self._of_all(raws), strict=True)]


def can_be_cut(encoding: str) -> bool:
    """Whether a delimiter's bytes mean the delimiter wherever they stand."""
    if encoding == "utf-8":
        return True
    ascii_, others = bytes(range(0x80)), bytes(range(0x80, 0x100))
    return (
        ascii_.decode(encoding, "replace") == ascii_.decode("ascii") and len(others.decode(encoding, "replace")) == 128
    )
