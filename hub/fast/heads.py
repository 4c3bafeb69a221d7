"""The headers of many records side by side: to which delivery each record belongs, and what subscribers get of them.

A connector writes the same names in the same order, record after record. Records that have those of the first one are
read here; the others alone, by hub/steps/headers.py, which decides about all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, groupby
from typing import NamedTuple

import numpy as np

from hub.fast.walk import Walk
from hub.steps.batch import Letterhead
from hub.steps.headers import PASSED_ON_BYTES_MAX, Layout, layout_of, letterhead, letterhead_of
from schemas.wire import Headers, header, read_headers, sized, varint


class Heads(NamedTuple):
    """For each record."""

    letterheads: list[Letterhead | None]
    """None: its headers are too many, too large or unreadable."""
    counts: list[int]
    """How many of them subscribers get."""
    passed_on: list[bytes]
    """These, as they lie on the wire."""

    def extend(self, more: Heads) -> None:
        """Take over what follows."""
        self.letterheads.extend(more.letterheads)
        self.counts.extend(more.counts)
        self.passed_on.extend(more.passed_on)

    def put(self, place: int, headers: Headers) -> None:
        """What becomes of the headers of one record."""
        head = self.letterheads[place] = letterhead(headers)
        passed_on = [header(one) for one in head.passed_on(headers)] if head is not None else []
        self.counts[place], self.passed_on[place] = len(passed_on), b"".join(passed_on)


def heads_of_parts(parts: Iterable[Sequence[bytes]]) -> Heads:
    """Read the headers of each record of several raw partitions; as many side by side as begin with the same names."""
    heads = Heads([], [], [])
    for _, alike in groupby((blocks for blocks in parts if blocks), lambda blocks: _names(blocks[0])):
        heads.extend(read_heads(list(chain.from_iterable(alike))))
    return heads


def _names(block: bytes) -> tuple[str, ...]:
    return tuple(name for name, _ in read_headers(block))


def read_heads(blocks: Sequence[bytes]) -> Heads:
    """Read the headers of each record, given as they lie on the wire."""
    names = _names(blocks[0])
    layout = layout_of(names)
    if _in_one_piece(layout):
        walk = Walk.over(blocks)
        heads = _side_by_side(walk, names, layout)
        alone: Sequence[int] = np.flatnonzero(walk.doubt).tolist()
    else:
        count = len(blocks)
        heads, alone = Heads([None] * count, [0] * count, [b""] * count), range(count)
    for place in alone:
        heads.put(place, read_headers(blocks[place]))
    return heads


def _in_one_piece(layout: Layout) -> bool:
    """Whether what is passed on stands together, and first."""
    return layout.usual and layout.places == list(range(len(layout.places))) != []


def _side_by_side(walk: Walk, names: Sequence[str], layout: Layout) -> Heads:
    walk.expect(varint[len(names)])
    begin, end = walk.at, walk.at
    delivery, delivery_length = walk.at, np.zeros(walk.count, np.int64)
    for place, name in enumerate(names):
        walk.expect(sized(name.encode()))
        length = walk.number(None)
        walk.doubt |= (length < 0) | (length > PASSED_ON_BYTES_MAX)
        at = walk.skip(None, np.clip(length, 0, PASSED_ON_BYTES_MAX), text=True)
        if place == layout.delivery:
            delivery, delivery_length = at, length
        if place == layout.places[-1]:
            end = walk.at
    walk.doubt |= walk.at != walk.end
    deliveries = walk.cut(delivery, delivery + delivery_length)
    head = {one: letterhead_of(one if layout.delivery is not None else None, layout) for one in set(deliveries)}
    return Heads([head[one] for one in deliveries], [len(layout.places)] * walk.count, walk.cut(begin, end))
