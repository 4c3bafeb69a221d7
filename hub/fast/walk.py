"""A batch of Avro records as one buffer, read side by side: one field of all records, then the next field.

Whatever is not as expected makes a record doubtful; nothing is refused here and nothing is worded.
"""

from __future__ import annotations

from collections.abc import Sequence

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


class Walk:
    """How far each record has been read (`at`), and whether it is doubtful.

    A record that has run over its end stands still behind it; `finish` finds it there.
    """

    def __init__(self, values: Sequence[bytes], header: bytes) -> None:
        self.count = len(values)
        self.raw = b"".join([_GAP.join(values), _GAP, _GAP])
        self.bytes: Bytes = np.frombuffer(self.raw, np.uint8)
        size = np.fromiter(map(len, values), np.int64, self.count)
        self.start: Numbers = np.cumsum(size + len(_GAP)) - size - len(_GAP)
        self.end: Numbers = self.start + size
        self._stop = self.end + 1
        self.doubt: Mask = (self.wide(self.start, len(header)) != np.frombuffer(header, np.uint8)).any(1)
        self.at: Numbers = np.minimum(self.start + len(header), self._stop)
        self._no_text: list[tuple[Numbers, int]] = [(self.start, len(header))]

    # ------------------------------------------------------------------------------------------------------- reading

    def number(self, some: Some) -> Numbers:
        """int, long, and every length: zigzag, seven bits to a byte, the least significant first."""
        at = self._here(some)
        first = self.bytes[at]
        self._no_text.append((at, 1))
        value = first.astype(np.int64)
        after = at + 1
        more = np.flatnonzero(first > 127)
        if more.size:
            value &= 127
            self._longer(some, more, value, after)
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
        at = self._here(some)
        self._no_text.append((at, 1))
        self._go(some, at + 1)
        found: Bytes = self.bytes[at]
        return found

    def double(self, some: Some) -> npt.NDArray[np.float64]:
        """Eight bytes."""
        at = self._here(some)
        self._no_text.append((at, 8))
        self._go(some, at + 8)
        return self.wide(at, 8).view("<f8")[:, 0]

    def skip(self, some: Some, length: Numbers, text: bool) -> Numbers:
        """Past so many bytes; where they begin."""
        at = self._here(some)
        self._go(some, at + length)
        if not text:
            self._no_text += [(at[length > place] + place, 1) for place in range(int(length.max(initial=0)))]
        return at

    def wide(self, at: Numbers, width: int) -> Bytes:
        """So many bytes from each place on, as rows of a table."""
        found: Bytes = self.bytes[np.minimum(at, len(self.raw) - width)[:, None] + np.arange(width)]
        return found

    def _here(self, some: Some) -> Numbers:
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
