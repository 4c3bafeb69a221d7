"""Texts that passed a rule before: a rule is asked once for each distinct text, then remembered.

So codes, postcodes and web addresses are checked by their one true rule, at the price of a look into a list. Only
what passed is remembered, and not without limit.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from hub.fast.walk import Mask, Numbers, Walk

Passes = Callable[[str], bool]
Packed = npt.NDArray[np.uint64]

# The longest text, in bytes, that is compared as one number; it is read as little-endian.
_SHORT = 8
_REMEMBERED_MAX = 50_000
# What of eight bytes belongs to a text of so many.
_BELONGS = np.array([(1 << 8 * length) - 1 for length in range(_SHORT + 1)], np.uint64)


def packed(walk: Walk, at: Numbers, length: Numbers) -> Packed:
    """Texts of at most eight bytes as numbers. Different texts give different ones, as long as they hold no NUL."""
    numbers: Packed = walk.eight(at) & _BELONGS[length]
    return numbers


def number_of(text: str) -> int:
    """The same for one text."""
    return int.from_bytes(text.encode(), "little")


class Remembered:
    """Texts that pass a rule: short ones as a sorted list of numbers, long ones as they are."""

    def __init__(self, passes: Passes) -> None:
        self._passes = passes
        self._short: Packed = np.zeros(0, np.uint64)
        self._long: set[bytes] = set()

    def fail(self, walk: Walk, at: Numbers, length: Numbers) -> Mask:
        """Which texts do not surely pass."""
        is_long = length > _SHORT
        bad = self._short_fail(packed(walk, at, np.where(is_long, 0, length)))
        for place in np.flatnonzero(is_long):
            bad[place] = not self._long_passes(walk.raw[at[place] : at[place] + length[place]])
        return bad

    def _short_fail(self, codes: Packed) -> Mask:
        unknown = ~self._knows(codes)
        if unknown.any():
            new = [code for code in np.unique(codes[unknown]).tolist() if self._good(_text_of(code))]
            if len(self._short) + len(new) > _REMEMBERED_MAX:
                self._short = np.unique(codes[~unknown])  # the good ones of other batches come again
            self._short = np.union1d(self._short, np.array(new, np.uint64))
            unknown = ~self._knows(codes)
        return unknown

    def _knows(self, codes: Packed) -> Mask:
        if not self._short.size:
            return np.zeros(len(codes), bool)
        places = np.minimum(np.searchsorted(self._short, codes), len(self._short) - 1)
        return np.asarray(self._short[places] == codes)

    def _long_passes(self, text: bytes) -> bool:
        if text in self._long:
            return True
        if not self._good(text):
            return False
        if len(self._long) >= _REMEMBERED_MAX:
            self._long.clear()
        self._long.add(text)
        return True

    def _good(self, text: bytes) -> bool:
        try:
            return self._passes(text.decode())
        except UnicodeDecodeError:
            return False


def _text_of(code: int) -> bytes:
    return code.to_bytes(_SHORT, "little").rstrip(b"\0")
