"""Events as they lie on the wire, by column, in pieces. One by one: `connectors/event_wire.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.event_wire import EventWire, moment
from connectors.fast.binary import BYTES, as_wide, joined, scalar, sizes_of, varints
from connectors.fast.ids import contexts, hexadecimal, id_digits, ids
from connectors.fast.parcels import Events
from schemas.identity import before_source_id

Piece = Any
"""A column of bytes, or a scalar where every row has the same (pyarrow tells no types)."""
_KINDS = [(is_end, has_line) for is_end in (False, True) for has_line in (False, True)]


def keys_of(events: Events) -> pa.BinaryArray:
    """Their Kafka keys."""
    return joined([_of_parcels(events, lambda writer: writer.before_key.encode()), events.keys])


def pieces_of(events: Events, keys: pa.BinaryArray) -> list[Piece]:
    """What lies on the wire of each, piece by piece."""
    hashes = hexadecimal(events.hashes)
    digits = id_digits(_id_inputs(events, as_wide(hashes)))
    subjects = joined([varints(sizes_of(keys)), keys])
    to_id, to_time, to_subject, to_context, to_line, end = _between(events)
    value_headers = _of_parcels(events, lambda writer: writer.value_header)
    return [
        subjects,
        varints(lengths([value_headers, events.bodies])),
        value_headers,
        events.bodies,
        to_id,
        ids(digits),
        to_time,
        _moments(events.times),
        to_subject,
        subjects,
        to_context,
        contexts(digits, hashes),
        to_line,
        *_lines(events.lines),
        end,
    ]


def lengths(pieces: Sequence[Piece]) -> np.ndarray:
    """Of all pieces of each."""
    columns = [sizes_of(one) for one in pieces if isinstance(one, pa.Array)]
    alike = sum(len(one.as_py()) for one in pieces if isinstance(one, pa.Scalar))
    found: np.ndarray = np.add.reduce(columns, axis=0, dtype=np.int64) + alike
    return found


def _id_inputs(events: Events, hashes: pa.BinaryArray) -> list[bytes]:
    """What ids are made of (`schemas/identity.event_ids`)."""

    def begin(writer: EventWire) -> bytes:
        return before_source_id(writer.head.jobcenter, writer.head.event)

    epochs = _of_parcels(events, lambda writer: b"\x1f%d\x1f" % writer.head.epoch)
    made = joined([_of_parcels(events, begin), events.keys, epochs, _decimal(events.versions), scalar(b"\x1f"), hashes])
    inputs: list[bytes] = made.to_pylist()
    return inputs


def _between(events: Events) -> list[Piece]:
    """What stands around the places where events of one delivery differ."""
    kinds = [writer.kinds[kind] for writer in events.writers for kind in _KINDS]
    of_each = len(_KINDS) * events.parcels + 2 * events.ended + (events.lines > 0)
    return [_spread(pieces, of_each) for pieces in zip(*kinds, strict=True)]


def _of_parcels(events: Events, told: Callable[[EventWire], bytes]) -> Piece:
    return _spread([told(writer) for writer in events.writers], events.parcels)


def _moments(times: np.ndarray) -> Piece:
    distinct, places = np.unique(times, return_inverse=True)
    return _spread([moment(ms) for ms in distinct.tolist()], places)


def _lines(lines: np.ndarray) -> list[Piece]:
    """Lengths and digits; neither of an event that no row said."""
    told = _decimal(lines)
    pieces = [varints(sizes_of(told)), told]
    is_none = lines == 0
    return [pc.if_else(pa.array(is_none), scalar(b""), one) for one in pieces] if is_none.any() else pieces


def _decimal(numbers: np.ndarray) -> pa.BinaryArray:
    return pa.array(numbers).cast(pa.string()).cast(BYTES)


def _spread(parts: Sequence[bytes], places: np.ndarray) -> Piece:
    """Of each row the part at its place; what all that are asked for have in common is written down once."""
    used = np.flatnonzero(np.bincount(places))
    if len({parts[at] for at in used.tolist()}) == 1:
        return scalar(parts[used[0]])
    return pa.array(parts, BYTES).take(pa.array(places))
