"""A rule between two fields, asked once for each pair of cells and then looked up for all rows at once."""

from __future__ import annotations

import numpy as np

from connectors.columns import Between
from connectors.fast.distinct import Distinct

_REMEMBERED_MOST = 4096
_UNKNOWN, _HOLDS, _BROKEN = 0, 1, 2


class Pairs:
    """What a rule said of pairs of cells."""

    def __init__(self, rule: Between) -> None:
        self._rule = rule
        self._forget()

    def _forget(self) -> None:
        self._numbers: tuple[dict[object, int], dict[object, int]] = {}, {}
        self._said = np.zeros((64, 64), np.uint8)

    def broken(self, left: Distinct, right: Distinct) -> np.ndarray:
        """Of each row whether it breaks the rule."""
        if max(len(known) for known in self._numbers) + max(len(left.cells), len(right.cells)) > _REMEMBERED_MOST:
            self._forget()
        one, other = (self._numbered(side, cells) for side, cells in enumerate((left.cells, right.cells)))
        self._make_room()
        at = one[left.places], other[right.places]
        said: np.ndarray = self._said[at]
        if not said.all():
            self._ask(left, right, one, other, np.flatnonzero(said == _UNKNOWN))
            said = self._said[at]
        broken: np.ndarray = said == _BROKEN
        return broken

    def _numbered(self, side: int, cells: list[object]) -> np.ndarray:
        numbers = self._numbers[side]
        return np.array([numbers.setdefault(cell, len(numbers)) for cell in cells], np.intp)

    def _make_room(self) -> None:
        size = len(self._said)
        while size < max(map(len, self._numbers)):
            size *= 2
        if size > len(self._said):
            room = np.zeros((size, size), np.uint8)
            room[: len(self._said), : len(self._said)] = self._said
            self._said = room

    def _ask(self, left: Distinct, right: Distinct, one: np.ndarray, other: np.ndarray, rows: np.ndarray) -> None:
        ways = np.unique(left.places[rows] * len(right.cells) + right.places[rows])
        at, beside = np.divmod(ways, len(right.cells))
        cells = zip(map(left.cells.__getitem__, at), map(right.cells.__getitem__, beside), strict=True)
        self._said[one[at], other[beside]] = np.where([*map(self._rule.holds_for_one, cells)], _HOLDS, _BROKEN)
