"""Fingerprints of CSV lines, so that a line that says what it said before need not be read.

A mark covers what is mapped, never a column that is not: that one may be changed, or be nobody's business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

_MARK_BYTES, _SHA256_BLOCK = 16, 64


class Marks:
    """Marks of the lines of one file, and which of them are known."""

    def __init__(
        self, known: Collection[bytes], meaning: bytes, header: Sequence[str], mapped: Collection[int], delimiter: bytes
    ) -> None:
        """
        Args:
            known: marks of rows that led to what was last sent.
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
        if self._dropped:
            cells = self._split(raw, self._delimiter, self._splits)
            if len(cells) <= self._dropped[0]:
                return None
            dropped = b"".join([cells.pop(at) for at in self._dropped])
            # Whether a line is of the declared encoding is seen on the whole of it.
            if not dropped.isascii() or b"\0" in dropped:
                return None
            raw = self._delimiter.join(cells)
        mark = self._keyed.copy()
        mark.update(raw)
        return mark.digest()[:_MARK_BYTES]


def can_be_cut(encoding: str) -> bool:
    """Whether a delimiter's bytes mean the delimiter wherever they stand."""
    if encoding == "utf-8":
        return True
    ascii_, others = bytes(range(0x80)), bytes(range(0x80, 0x100))
    return (
        ascii_.decode(encoding, "replace") == ascii_.decode("ascii") and len(others.decode(encoding, "replace")) == 128
    )
