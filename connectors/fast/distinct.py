"""Distinct cells of columns, and which row has which: what is said of a cell need be found out once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Distinct:
    """Distinct cells, and for each row the place of its own among them."""

    cells: list[Any]
    places: np.ndarray

    def spread(self, parts: Sequence[bytes | None]) -> pa.BinaryArray:
        """What was made of each cell, row by row."""
        return pa.array(parts, pa.binary()).take(pa.array(self.places))


class Cells:
    """The columns of some lines. Each is looked at once, whoever asks."""

    def __init__(self, columns: Mapping[str, pa.StringArray], count: int) -> None:
        self.columns, self.count = columns, count
        # What is made of no column has no cells, the same in every row.
        self._known: dict[tuple[str, ...], Distinct] = {(): Distinct([()], np.zeros(count, np.intp))}

    def of(self, names: tuple[str, ...]) -> Distinct:
        """Distinct cells of a column; of several, those that stand beside each other as a tuple."""
        found = self._known.get(names)
        if found is None:
            if len(names) == 1:
                coded = self.columns[names[0]].dictionary_encode()
                found = Distinct(coded.dictionary.to_pylist(), coded.indices.to_numpy())
            else:
                found = together([self.of((name,)) for name in names])
            self._known[names] = found
        return found


def together(columns: Sequence[Distinct]) -> Distinct:
    """What stands beside each other in several columns, as tuples."""
    first, *others = columns
    return reduce(_beside, others, Distinct([(cell,) for cell in first.cells], first.places))


def _beside(left: Distinct, right: Distinct) -> Distinct:
    count = len(right.cells)
    coded = pa.array(left.places.astype(np.int64) * count + right.places).dictionary_encode()
    ways = [divmod(way, count) for way in coded.dictionary.to_pylist()]
    return Distinct([(*left.cells[one], right.cells[other]) for one, other in ways], coded.indices.to_numpy())
