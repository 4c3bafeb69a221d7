"""A batch of Avro records as one buffer, read side by side: one field of all records, then the next field.

Whatever is not as expected makes a record doubtful; nothing is refused here and nothing is worded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Some = Numbers | None
"""Which records of the batch: their places, or None for all of them."""

# Stands between records, and in `text` in place of everything that is no text. Not a digit, letter or blank, so no
# client number reaches across it.
FILL = b"|"[0]
# A record that runs over its end goes on reading here, and not in its neighbour.
_GAP = bytes([FILL]) * 16
# A block of the buffer that stays in the processor's cache while something is looked for in it.
_BLOCK = 1 << 18
# What a number of one byte stands for.
_SHORT_NUMBER: Numbers = np.array([(byte >> 1) ^ -(byte & 1) for byte in range(128)], np.int64)


class Walk:
    """How far each record has been read (`at`), and whether it is doubtful.

    A record that has run over its end stands still behind it; `finish` finds it there.

    Args:
        content: the records, and at least `GAP` behind the last one.
        start: where each of them begins.
        end: where it ends.
    """

    GAP = _GAP

    def __init__(self, content: bytes, start: Numbers, end: Numbers) -> None:
        self.count = len(start)
        self.raw, self.start, self.end = content, start, end
        self.bytes: Bytes = np.frombuffer(content, np.uint8)
        self._stop = end + 1
        self.doubt: Mask = np.zeros(self.count, bool)
        self.at: Numbers = start
        self._no_text: list[tuple[Numbers, int]] = []

    @classmethod
    def over(cls, values: Sequence[bytes]) -> Self:
        """A walk over these values, with a gap behind each."""
        size = np.fromiter(map(len, values), np.int64, len(values))
        start = np.cumsum(size + len(_GAP)) - size - len(_GAP)
        return cls(b"".join([_GAP.join(values), _GAP, _GAP]), start, start + size)

    # ------------------------------------------------------------------------------------------------------- reading

    def number(self, some: Some) -> Numbers:
        """int, long, and every length: zigzag, seven bits to a byte, the least significant first."""
        at = self.here(some)
        first = self.bytes[at]
        self._no_text.append((at, 1))
        after = at + 1
        if first.max(initial=0) < 128:
            self._go(some, after)
            return _SHORT_NUMBER[first]
        value = (first & 127).astype(np.int64)
        self._longer(some, np.flatnonzero(first > 127), value, after)
        self._go(some, after)
        return (value >> 1) ^ -(value & 1)

    def _longer(self, some: Some, more: Numbers, value: Numbers, after: Numbers) -> None:
        for shift in range(7, 63, 7):
            at = after[more]
            byte = self.bytes[at]
            self._no_text.append((at, 1))
            value[more] |= (byte & 127).astype(np.int64) << shift
            after[more] = at + 1
            # A last byte of nought says nothing: the number is longer than its one right form.
            self.suspect(some, byte == 0, more)
            more = more[byte > 127]
            if not more.size:
                return
        self.suspect(some, np.ones(len(more), bool), more)  # 63 bits and more

    def byte(self, some: Some) -> Bytes:
        """A single byte as it stands: boolean, and enum and union indexes below 64."""
        at = self.here(some)
        self._no_text.append((at, 1))
        self._go(some, at + 1)
        found: Bytes = self.bytes[at]
        return found

    def double(self, some: Some) -> npt.NDArray[np.float64]:
        """Eight bytes."""
        at = self.here(some)
        self._no_text.append((at, 8))
        self._go(some, at + 8)
        found: npt.NDArray[np.float64] = self._each(at, 8, "<f8")
        return found

    def expect(self, told: bytes) -> None:
        """Doubt the records that do not go on with these bytes."""
        self._no_text.append((self.at, len(told)))
        self.doubt |= self._each(self.at, len(told), f"V{len(told)}") != np.void(told)
        self._go(None, self.at + len(told))

    def skip(self, some: Some, length: Numbers, text: bool) -> Numbers:
        """Past so many bytes; where they begin."""
        at = self.here(some)
        self._go(some, at + length)
        if not text:
            self._no_text += [(at[length > place] + place, 1) for place in range(int(length.max(initial=0)))]
        return at

    def wide(self, at: Numbers, width: int) -> Bytes:
        """So many bytes from each place on, as rows of a table."""
        found: Bytes = self._each(at, width, f"V{width}").view(np.uint8).reshape(len(at), width)
        return found

    def eight(self, at: Numbers) -> npt.NDArray[np.uint64]:
        """Eight bytes from each place on, as one number, least significant first."""
        found: npt.NDArray[np.uint64] = self._each(at, 8, "<u8")
        return found

    def _each(self, at: Numbers, width: int, kind: str) -> Any:
        # The buffer seen as values that begin at every byte, so one value is taken at a time, not one byte.
        places = len(self.raw) - width + 1
        return np.ndarray((places,), kind, self.raw, 0, (1,))[np.minimum(at, places - 1)]

    def cut(self, begin: Numbers, end: Numbers) -> list[bytes]:
        """The bytes between these places."""
        raw = self.raw
        return [raw[a:b] for a, b in zip(begin.tolist(), end.tolist(), strict=True)]

    def here(self, some: Some) -> Numbers:
        """How far these records have been read."""
        return self.at if some is None else self.at[some]

    def _go(self, some: Some, to: Numbers) -> None:
        # Never in place: what was read before may still be looked at.
        if some is None:
            self.at = np.minimum(to, self._stop)
        else:
            self.at = self.at.copy()
            self.at[some] = np.minimum(to, self._stop[some])

    # ------------------------------------------------------------------------------------------------------ doubting

    def suspect(self, some: Some, bad: Mask, among: Some = None) -> None:
        """Doubt those of some records that are bad; `among`: bad speaks of these places of them only."""
        if bad.any():
            places = np.flatnonzero(bad) if among is None else among[bad]
            self.doubt[places if some is None else some[places]] = True

    def owner(self, places: Numbers) -> Numbers:
        """The records in which these places of the buffer lie."""
        return np.searchsorted(self.start, places, "right") - 1

    def finish(self) -> Bytes:
        """Doubt what was not read exactly to its end; then the buffer with nothing in it but the texts of the rest."""
        self.doubt |= self.at != self.end
        text = self.bytes.copy()
        for at, width in self._no_text:
            for place in range(width):
                text[at + place] = FILL
        for record in np.flatnonzero(self.doubt):
            text[self.start[record] : self.end[record]] = FILL
        return text


def places(content: Bytes, is_one: Callable[[Bytes], Mask]) -> Numbers:
    """Where in the buffer a byte is one of those."""
    blocks = range(0, len(content), _BLOCK)
    return np.concatenate([np.flatnonzero(is_one(content[at : at + _BLOCK])) + at for at in blocks])
