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
from schemas.writer import long_bytes

_LONGEST_KEY = 100
_MANY = 0.5
"""If more of a column's cells are distinct, nothing is won by looking at each once."""


class Bodies:
    """Makes bodies of one source."""

    def __init__(self, columns: Columns, epoch: int) -> None:
        self._columns = columns
        self._no_version = _scalar(long_bytes(0) + long_bytes(0))
        self._first_version = _scalar(long_bytes(epoch) + long_bytes(1))
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

    def made(
        self, keys: pa.StringArray, table: Mapping[str, pa.StringArray]
    ) -> tuple[list[bytes | None], list[bytes | None], list[int]]:
        """Of each row its body without a version and as a first version, and how many bytes stand before that.

        None: a row in doubt.
        """
        cells = Cells(table, len(keys))
        sizes = pc.binary_length(keys)
        is_short = pc.less_equal(sizes, _LONGEST_KEY)
        before = _joined(self._key_heads.take(pc.if_else(is_short, sizes, None)), keys.cast(pa.binary()))
        pieces: list[pa.Array | pa.Scalar] = [_scalar(self._columns.status)]
        for field in self._columns.fields:
            pieces += [_scalar(field)] if isinstance(field, bytes) else self._pieces(field, cells, len(keys))
        after = _joined(*pieces)
        bare, first = (_joined(before, version, after) for version in (self._no_version, self._first_version))
        bodies = bare.to_pylist()
        for at in self._broken(cells):
            bodies[at] = None
        return bodies, first.to_pylist(), pc.fill_null(pc.binary_length(before), 0).to_pylist()

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


def _joined(*pieces: pa.Array | pa.Scalar) -> pa.BinaryArray:
    return pc.binary_join_element_wise(*pieces, _scalar(b""))


def _scalar(content: bytes) -> pa.Scalar:
    return pa.scalar(content, pa.binary())
