"""What was read of a batch, by field: for rules that look at several fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from hub.fast.walk import Mask, Numbers, Some, Walk

MISSING = -(2**63)
"""Stands for null in a column of numbers."""


class Column(NamedTuple):
    """A field of some records: numbers (days, cents, places of symbols), or where texts begin and their length.

    "pay?" tells whether a record has the optional part "pay"; then only those that have it are in "pay.minimum".
    """

    some: Some
    values: Numbers
    length: Numbers | None = None


Columns = dict[str, Column]
_NOBODY = Column(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64))


class Table:
    """Columns by path, one value for each record of the batch."""

    def __init__(self, walk: Walk, columns: Columns, symbols: Mapping[str, Sequence[str]]) -> None:
        self.walk, self.columns, self._symbols = walk, columns, symbols

    def numbers(self, path: str) -> Numbers:
        """Values; MISSING where there is none."""
        return self._dense(self.columns.get(path), MISSING)

    def text(self, path: str) -> tuple[Some, Numbers, Numbers]:
        """Of which records the text is, where it begins, how long it is. Of an optional text nobody has: nothing."""
        some, at, length = self.columns.get(path, _NOBODY)
        return some, at, length if length is not None else np.zeros(len(at), np.int64)

    def given(self, path: str) -> Mask:
        """Whether an optional field is there."""
        there: Mask = self._dense(self.columns.get(f"{path}?"), 0) == 1
        return there

    def is_symbol(self, path: str, symbol: str) -> Mask:
        """Whether an enum has this value."""
        same: Mask = self.numbers(path) == self._symbols[path].index(symbol)
        return same

    def symbols(self, path: str) -> Sequence[str]:
        """All values an enum can have."""
        return self._symbols[path]

    def doubt(self, bad: Mask) -> None:
        """These records are not surely good."""
        self.walk.doubt |= bad

    def _dense(self, column: Column | None, missing: int) -> Numbers:
        if column is not None and column.some is None:
            return column.values
        dense = np.full(self.walk.count, missing, np.int64)
        if column is not None:
            dense[column.some] = column.values
        return dense
