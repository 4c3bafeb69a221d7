"""Lines split by column → the bodies of their events. What is made of a cell is the business of `connectors/columns`.

A body is put together in one step for all rows. One without a part is in doubt: it is null, as Arrow has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.columns import Columns, Field
from connectors.fast.binary import joined, scalar
from connectors.fast.distinct import Cells, together
from connectors.fast.pairs import Pairs
from connectors.fast.texts import Texts
from connectors.fast.versions import Bare
from schemas.writer import long_bytes

_NO_VERSION = scalar(long_bytes(0) + long_bytes(0))
_LONGEST_KEY = 100
_MANY = 0.5
"""If more of a column's cells are distinct, nothing is won by looking at each once."""


class Bodies:
    """Makes bodies of one source."""

    def __init__(self, columns: Columns, epoch: int) -> None:
        self._columns, self._epoch = columns, epoch
        self._key_heads = pa.array(
            [columns.jobcenter + long_bytes(size) for size in range(_LONGEST_KEY + 1)], pa.binary()
        )
        self._texts = {
            field.name: texts
            for field in columns.fields
            if isinstance(field, Field) and (texts := Texts.of(field)) is not None
        }
        self._own_texts: set[str] = set()  # fields whose cells hardly repeat
        self._pairs = {rule: Pairs(rule) for rule in columns.between if len(rule.fields) == 2}

    def made(self, keys: pa.StringArray, table: Mapping[str, pa.StringArray]) -> Bare:
        """The body of each row, without a version."""
        cells = Cells(table, len(keys))
        sizes = pc.binary_length(keys)
        is_short = pc.less_equal(sizes, _LONGEST_KEY)
        heads = self._key_heads.take(pc.if_else(is_short, sizes, None))
        before = pc.fill_null(pc.add(pc.binary_length(heads), sizes), 0)
        pieces: list[pa.Array | pa.Scalar] = [heads, keys.cast(pa.binary()), _NO_VERSION, scalar(self._columns.status)]
        for field in self._columns.fields:
            pieces += [scalar(field)] if isinstance(field, bytes) else self._pieces(field, cells, len(keys))
        return Bare(joined(pieces), before.to_numpy(), self._broken(cells), self._epoch)

    def _pieces(self, field: Field, cells: Cells, count: int) -> Sequence[pa.Array]:
        if field.name in self._own_texts:
            return self._texts[field.name].pieces(cells.columns[field.columns[0]])
        distinct = cells.of(field.columns)
        if field.name in self._texts and len(distinct.cells) > _MANY * count:
            self._own_texts.add(field.name)
        return [distinct.spread(field.parts_of(distinct.cells))]

    def _broken(self, cells: Cells) -> np.ndarray:
        """Of each row whether it breaks a rule between fields."""
        broken = np.zeros(cells.count, np.bool_)
        for rule in self._columns.between:
            asked = [cells.of(field.columns) for field in rule.fields]
            if (pairs := self._pairs.get(rule)) is not None:
                rows = pairs.broken(*asked)
            else:
                distinct = together(asked)
                rows = ~np.array(rule.holds_for(distinct.cells), bool)[distinct.places]
            broken |= rows
        return broken
