"""Lines split by column → the bodies of their events. What is made of a cell is the business of `connectors/columns`.

A body is put together in one step for all rows. One without a part is in doubt: it is null, as Arrow has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.columns import Columns, Field
from connectors.fast.distinct import Cells, together
from connectors.fast.pairs import Pairs
from connectors.fast.texts import Texts

_MANY = 0.5
"""If more of a column's cells are distinct, nothing is won by looking at each once."""


class Bodies:
    """Makes bodies of one source."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._texts = {
            field.name: texts
            for field in columns.fields
            if isinstance(field, Field) and (texts := Texts.of(field)) is not None
        }
        self._own_texts: set[str] = set()  # fields whose cells hardly repeat
        self._pairs = {rule: Pairs(rule) for rule in columns.between if len(rule.fields) == 2}

    def made(self, table: Mapping[str, pa.StringArray], count: int) -> list[bytes | None]:
        """Of each row what stands behind epoch and version; None for a row in doubt."""
        cells = Cells(table, count)
        pieces: list[pa.Array | pa.Scalar] = [_scalar(self._columns.status)]
        for field in self._columns.fields:
            pieces += [_scalar(field)] if isinstance(field, bytes) else self._pieces(field, cells, count)
        bodies: list[bytes | None] = pc.binary_join_element_wise(*pieces, _scalar(b"")).to_pylist()
        for at in self._broken(cells):
            bodies[at] = None
        return bodies

    def _pieces(self, field: Field, cells: Cells, count: int) -> Sequence[pa.Array]:
        if field.name in self._own_texts:
            return self._texts[field.name].pieces(cells.columns[field.columns[0]])
        distinct = cells.of(field.columns)
        if field.name in self._texts and len(distinct.cells) > _MANY * count:
            self._own_texts.add(field.name)
        return [distinct.spread(field.parts_of(distinct.cells))]

    def _broken(self, cells: Cells) -> list[int]:
        """Rows that break a rule between fields."""
        broken: set[int] = set()
        for rule in self._columns.between:
            asked = [cells.of(field.columns) for field in rule.fields]
            if (pairs := self._pairs.get(rule)) is not None:
                rows = pairs.broken(*asked)
            else:
                distinct = together(asked)
                rows = ~np.array(rule.holds_for(distinct.cells), bool)[distinct.places]
            broken.update(np.flatnonzero(rows).tolist())
        return sorted(broken)


def _scalar(content: bytes) -> pa.Scalar:
    return pa.scalar(content, pa.binary())
