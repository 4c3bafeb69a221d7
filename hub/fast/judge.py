"""Which records of a batch are surely good, without decoding them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import structlog
from pydantic import TypeAdapter

from hub.fast.across import LISTS, across
from hub.fast.columns import Columns, Table
from hub.fast.copies import copied
from hub.fast.heads import heads_of_parts
from hub.fast.raws import Raws, columns_of
from hub.fast.readers import Compiler, Read, Unsupported
from hub.fast.stamps import stamps
from hub.fast.texts import doubt_texts
from hub.fast.walk import Mask, Walk
from hub.steps.batch import Batch, Good, Letterhead, Part, Sure
from hub.steps.deduplicate import state_key
from hub.steps.fan_out import SMALL_COUNTS
from schemas.codec import avsc, codec
from schemas.events import MODELS
from schemas.topics import Event

log = structlog.get_logger(__name__)

BYTES_MAX = 32 * 1024
"""Larger records go the plain way: they are rare, and a batch of giants is not to be copied."""
RECORDS_MIN = 24
"""Fewer than that are read sooner one by one: here a batch of one costs as much as a batch of a hundred."""
SOURCE_ID_MAX = 63  # bytes; longer ones have a length of two bytes, see _doubt_keys


class Judge:
    """The fast way of one kind of event."""

    def __init__(self, event: Event) -> None:
        self._prefix = state_key(event, b"")
        self._header, self._across, self._unchanged = codec(event).header, across(event), _UNCHANGED[event]
        self._read: Read | None = None
        """None: the schema or its rules say something the fast way does not know."""
        compiler = Compiler(TypeAdapter(MODELS[event]).json_schema(), LISTS[event], ("jobcenter", "source_id"))
        self._symbols = compiler.symbols
        try:
            self._read = compiler.compile(avsc(event))
        except Unsupported as unsupported:
            log.warning("every record goes the plain way", event_type=event, reason=str(unsupported))

    def judge(self, batch: Batch) -> list[Sure | Good | None]:
        """For each record of the batch: what the flow must know of it, or None in doubt."""
        count = sum(len(part.records) for part in batch.parts)
        return self._judge(batch, self._read) if self._read is not None and count >= RECORDS_MIN else [None] * count

    def _judge(self, batch: Batch, read: Read) -> list[Sure | Good | None]:
        raws, columns, found = Raws([], [], [], [], []), Columns(), [columns_of(part) for part in batch.parts]
        for some in found:
            raws.extend(some)
        heads = heads_of_parts(some.headers for some in found)
        keys, values = _given(raws.keys), _given(raws.values)
        walk = Walk.over(_bounded(values))
        walk.expect(self._header)
        read(walk, None, columns)
        table = Table(walk, columns, self._symbols)
        _doubt_keys(table, batch.parts, keys)
        self._across(table)
        doubt_texts(walk, walk.finish(), columns)
        walk.doubt |= np.fromiter((head is None for head in heads.letterheads), bool, walk.count)
        epochs, versions, ended = table.numbers("epoch"), table.numbers("version"), table.is_symbol("status", "ENDED")
        unchanged = self._unchanged(table, ended)
        sure: list[Any] = list(
            zip(
                [self._prefix + key for key in keys],
                stamps(epochs, versions, ended, values),
                copied(batch, keys, values, raws, heads),
                heads.letterheads,
                strict=True,
            )
        )
        for place in np.flatnonzero(~(unchanged | walk.doubt)).tolist():
            facts = int(epochs[place]), int(versions[place]), bool(ended[place])
            sure[place] = Good(*facts, cast("Letterhead", heads.letterheads[place]))
        for place in np.flatnonzero(walk.doubt).tolist():
            sure[place] = None
        return sure


def in_doubt(parts: Sequence[Part], sure: Sequence[object]) -> list[Part]:
    """The parts with the doubtful records only."""
    begin, doubtful = 0, []
    for part in parts:
        end = begin + len(part.records)
        places = [place for place, one in enumerate(sure[begin:end]) if one is None]
        doubtful.append(replace(part, records=[part.records[place] for place in places]))
        begin = end
    return doubtful


def _given(some: list[bytes | None]) -> list[bytes]:
    return [one or b"" for one in some] if None in some else cast("list[bytes]", some)


def _bounded(values: list[bytes]) -> list[bytes]:
    large = max(map(len, values)) > BYTES_MAX
    return [value if len(value) <= BYTES_MAX else b"" for value in values] if large else values


def _doubt_keys(table: Table, parts: Sequence[Part], keys: Sequence[bytes]) -> None:
    """The Jobcenter is that of the topic's name, and the Kafka key is "<jobcenter>:<source_id>".

    A value begins with both, each after its length in one byte. So the key stands in it letter for letter, with the
    length of the source_id in place of the colon.
    """
    walk, (_, jobcenter_at, jobcenter_length) = table.walk, table.text("jobcenter")
    _, _, source_id_length = table.text("source_id")
    trusted = [trust for part in parts for trust in [part.jobcenter.encode() + b":"] * len(part.records)]
    colon = np.fromiter(map(len, trusted), np.int64, len(keys)) - 1
    size = np.fromiter(map(len, keys), np.int64, len(keys))
    foreign = ~np.fromiter(map(bytes.startswith, keys, trusted), bool, len(keys))
    table.doubt(foreign | (jobcenter_length != colon) | (source_id_length != size - colon - 1))
    table.doubt((source_id_length < 1) | (source_id_length > SOURCE_ID_MAX))

    key = np.frombuffer(b"".join(keys), np.uint8).copy()
    begin = np.cumsum(size) - size
    there = np.arange(len(key)) + np.repeat(jobcenter_at - begin, size)
    told = walk.bytes[np.minimum(there, len(walk.bytes) - 1)]
    colons = (begin + colon)[~walk.doubt]
    key[colons] = ord("~")  # a sign like any other
    told[colons] = ord("~")
    # A source_id holds no blank, here: signs of ASCII, and letters with a mark on them.
    letter = (key - np.uint8(0x21) <= 0x7E - 0x21) | (key == 0xC3) | ((key >= 0x80) & (key < 0xC0))
    bad = (told != key) | ~letter
    if bad.any():
        walk.doubt[np.repeat(np.arange(len(keys)), size)[bad]] = True


def _open_and_public(table: Table, ended: Mask) -> Mask:
    return table.is_symbol("visibility", "PUBLIC") & ~ended


def _without_small_counts(table: Table, _: Mask) -> Mask:
    small = np.zeros(table.walk.count, bool)
    for name in ("entries", "exits", "early_exits", "employed_after_6_months"):
        small |= np.isin(table.numbers(f"outcomes.{name}"), SMALL_COUNTS)
    return ~small


def _all(table: Table, _: Mask) -> Mask:
    return np.ones(table.walk.count, bool)


# Which records every subscriber gets as they came, byte for byte.
_UNCHANGED: dict[Event, Callable[[Table, Mask], Mask]] = {
    "vacancy": _open_and_public,
    "measure": _without_small_counts,
    "placement": _all,
}
