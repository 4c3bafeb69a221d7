"""Distinct cells of columns, and which row has which: what is said of a cell need be found out once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

_WAYS_MOST = 2**62


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
    ways, rows = len(first.cells), first.places.astype(np.int64)  # each row's cells as one number
    for column in others:
        if ways * len(column.cells) > _WAYS_MOST:
            coded = pa.array(rows).dictionary_encode()
            ways, rows = len(coded.dictionary), coded.indices.to_numpy().astype(np.int64)
        ways, rows = ways * len(column.cells), rows * len(column.cells) + column.places
    coded = pa.array(rows).dictionary_encode()
    places = coded.indices.to_numpy()
    # Of rows with the same cells the first is written last.
    told_by = np.empty(len(coded.dictionary), np.intp)
    told_by[places[::-1]] = np.arange(len(places))[::-1]
    cells = [map(column.cells.__getitem__, column.places[told_by].tolist()) for column in columns]
    return Distinct(list(zip(*cells, strict=True)), places)
