"""Texts of their own in every row, titles and descriptions, without an object of Python for each.

What is printable, composed and short enough is taken as it stands. A cell with anything else in it, and one that might
hold a client's number, is made, judged and written like all others (`Field.parts_of`).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.columns import Field
from connectors.fast.binary import ends_of
from connectors.fast.digits import with_digits
from connectors.values.texts import are_plain
from schemas.writer import long_bytes

_PROBE = "x"


class Texts:
    """A field that takes any printable text up to a length, as it stands in its only column."""

    def __init__(self, field: Field, longest: int, nothing: frozenset[str], branch: bytes) -> None:
        self._field, self._longest = field, longest
        self._nothing = pa.array(sorted(nothing), pa.string())
        self._heads = pa.array([branch + long_bytes(size) for size in range(longest + 1)], pa.binary())

    @classmethod
    def of(cls, field: Field) -> Texts | None:
        """None: the field is of another kind."""
        longest, nothing, written = field.longest_text, field.nothing, field.written(_PROBE)
        if longest is None or nothing is None or written is None:
            return None
        return cls(field, longest, nothing, written.removesuffix(long_bytes(1) + _PROBE.encode()))

    def pieces(self, cells: pa.StringArray) -> list[pa.Array]:
        """The field's part of each body in two pieces: what stands before the text, and the text. Null: doubt."""
        texts = pc.ascii_trim(cells, " ")
        sizes = pc.binary_length(texts)
        odd = pc.or_(pc.is_in(texts, value_set=self._nothing), pc.greater(sizes, self._longest))
        # A NumPy array of its own, to mark more of them in.
        is_odd = odd.to_numpy(zero_copy_only=False).copy()
        data, ends = laid_out(texts)
        is_odd[with_digits(data, ends)] = True
        if not are_plain(data.tobytes().decode()):
            is_odd |= [not are_plain(text) for text in texts.to_pylist()]
        heads = self._heads.take(pc.if_else(pa.array(is_odd), 0, sizes))
        bodies = texts.cast(pa.binary())
        if is_odd.any():
            mask = pa.array(is_odd)
            parts = self._field.parts_of(cells.filter(mask).to_pylist())
            heads = pc.replace_with_mask(heads, mask, pa.array(parts, pa.binary()))
            bodies = pc.if_else(mask, pa.scalar(b"", pa.binary()), bodies)
        return [heads, bodies]


def laid_out(texts: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
    """Bytes of all texts one behind the other; where the first begins in them and each ends."""
    ends, content = ends_of(texts), texts.buffers()[2]
    data = np.frombuffer(content if content is not None else b"", np.uint8)[ends[0] : ends[-1]]
    return data, ends - ends[0]
