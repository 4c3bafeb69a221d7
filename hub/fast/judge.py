"""Which records of a batch are surely good, without decoding them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import structlog
from pydantic import TypeAdapter

from hub.fast.across import LISTS, across
from hub.fast.columns import Columns, Table
from hub.fast.readers import Compiler, Read, Unsupported
from hub.fast.texts import doubt_texts
from hub.fast.walk import Mask, Walk
from hub.steps.batch import Good, Letterhead, Part
from hub.steps.fan_out import SMALL_COUNTS
from hub.steps.headers import letterhead
from schemas.codec import avsc, codec
from schemas.envelope import Origin
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
        self._header, self._across, self._unchanged = codec(event).header, across(event), _UNCHANGED[event]
        self._read: Read | None = None
        """None: the schema or its rules say something the fast way does not know."""
        compiler = Compiler(TypeAdapter(MODELS[event]).json_schema(), LISTS[event], ("jobcenter", "source_id"))
        self._symbols = compiler.symbols
        try:
            self._read = compiler.compile(avsc(event))
        except Unsupported as unsupported:
            log.warning("every record goes the plain way", event_type=event, reason=str(unsupported))

    def judge(self, parts: Sequence[Part]) -> list[Good | None]:
        """For each record of the parts: what the flow must know of it, or None in doubt."""
        count = sum(len(part.records) for part in parts)
        return self._judge(parts, self._read) if self._read is not None and count >= RECORDS_MIN else [None] * count

    def _judge(self, parts: Sequence[Part], read: Read) -> list[Good | None]:
        raws = [(raw, raw.offset in part.poison) for part in parts for raw in part.records]
        heads = [_NO_HEAD if poison else letterhead(raw.headers) or _NO_HEAD for raw, poison in raws]
        columns: Columns = {}
        walk = Walk([b"" if poison else _bounded(raw.value) for raw, poison in raws], self._header)
        read(walk, None, columns)
        table = Table(walk, columns, self._symbols)
        table.doubt(np.fromiter((head is _NO_HEAD for head in heads), bool, len(heads)))
        _doubt_keys(table, parts)
        self._across(table)
        doubt_texts(walk, walk.finish(), columns)
        ended = table.is_symbol("status", "ENDED")
        facts = (table.numbers("epoch"), table.numbers("version"), ended, self._unchanged(table, ended))
        goods: list[Good | None] = list(map(Good, *(fact.tolist() for fact in facts), heads))
        for place in np.flatnonzero(walk.doubt).tolist():
            goods[place] = None
        return goods


_NO_HEAD = Letterhead(Origin(), lambda _: ())


def in_doubt(parts: Sequence[Part], sure: Sequence[Good | None]) -> list[Part]:
    """The parts with the doubtful records only."""
    goods = iter(sure)
    return [replace(part, records=[raw for raw in part.records if next(goods) is None]) for part in parts]


def _bounded(value: bytes | None) -> bytes:
    return value if value is not None and len(value) <= BYTES_MAX else b""


def _doubt_keys(table: Table, parts: Sequence[Part]) -> None:
    """The Jobcenter is that of the topic's name, and the Kafka key is "<jobcenter>:<source_id>".

    A value begins with both, each after its length in one byte. So the key stands in it letter for letter, with the
    length of the source_id in place of the colon.
    """
    walk, (_, jobcenter_at, jobcenter_length) = table.walk, table.text("jobcenter")
    _, _, source_id_length = table.text("source_id")
    keys = [raw.key or b"" for part in parts for raw in part.records]
    trusted = [part.jobcenter.encode() + b":" for part in parts for _ in part.records]
    colon = np.fromiter(map(len, trusted), np.int64, len(keys)) - 1
    size = np.fromiter(map(len, keys), np.int64, len(keys))
    foreign = np.fromiter((not k.startswith(t) for k, t in zip(keys, trusted, strict=True)), bool, len(keys))
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
