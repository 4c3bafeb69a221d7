"""From records to items: whatever cannot be understood becomes an exception of its own, with a code."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

import fastavro

from hub.sinks.engine.decide import Noted, Outcome
from hub.sinks.engine.target import Item, KafkaRecord, Target
from schemas.codec import Record, codec
from schemas.codes import Refused
from schemas.envelope import Coordinates, read_coordinates

INTERNAL_ERROR = "E901"
_HEADER_BYTES = 5
_KEY_LETTERS_MAX = 300
_READ_AT_A_TIME = 50
_PACKED_AT_A_TIME = 1_000
_IN_A_THREAD_MIN = 200

PACKED_MIN = 24
"""Fewer records than that are read sooner one by one."""


@dataclass(frozen=True, slots=True)
class Came:
    """A record as the ledger counts it: where from, when, and whether it carried a value."""

    origin: Coordinates | None
    timestamp: int
    removal: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What a batch of records holds."""

    items: list[Item]
    refused: list[Noted]
    came: list[Came]


async def read(target: Target, records: Sequence[KafkaRecord]) -> Reading:
    """Read each record on its own, so that a broken one harms no other; many at once as long as none is broken.

    Lets others run meanwhile: the database writes the batches before, and wants to be fed.
    """
    reading = Reading([], [], [])
    for begin in range(0, len(records), _PACKED_AT_A_TIME):
        part = records[begin : begin + _PACKED_AT_A_TIME]
        packed = await _packed(target, part)
        for place, record in enumerate(part):
            if record.offset in packed:
                _note(reading, record, packed[record.offset])
                continue
            if place % _READ_AT_A_TIME == 0:
                await asyncio.sleep(0)
            _read_one(target, record, reading)
    return reading


async def _packed(target: Target, records: Sequence[KafkaRecord]) -> dict[int, Item]:
    """By offset the items of records with a value, if there is a quick way and it is sure of all of them."""
    filled = [record for record in records if record.value is not None]
    if target.pack is None or len(filled) < PACKED_MIN:
        return {}
    try:
        # A thread for what takes longer than to begin one.
        pack = asyncio.to_thread(target.pack, filled) if len(filled) >= _IN_A_THREAD_MIN else None
        items = await pack if pack is not None else target.pack(filled)
        return {item.offset: item for item in items}
    except Exception:  # whatever it is, the plain way meets it again, and knows whose it is
        return {}


def _read_one(target: Target, record: KafkaRecord, reading: Reading) -> None:
    try:
        item = target.read(record)
    except Exception as error:
        # An error nobody thought of is the record's own too: it is not in the shape we were promised.
        code = error.code if isinstance(error, Refused) else INTERNAL_ERROR
        reading.refused.append(Noted(record.offset, Outcome.REJECTED, key_text(record.key), code))
        reading.came.append(Came(read_coordinates(record.headers), record.timestamp, record.value is None))
    else:
        _note(reading, record, item)


def _note(reading: Reading, record: KafkaRecord, item: Item) -> None:
    reading.items.append(item)
    reading.came.append(Came(item.origin, record.timestamp, record.value is None))


def decode(schema: str, value: bytes | None) -> Record:
    """The event in a value that the hub wrote itself.

    The form was checked before it was written, so it is not checked again by writing it back.

    Raises:
        Refused: as Codec.decode does.
    """
    ours = codec(schema)
    if value is None or value[:_HEADER_BYTES] != ours.header:
        return ours.decode(value)
    stream = io.BytesIO(value)
    stream.seek(_HEADER_BYTES)
    try:
        record: Record = fastavro.schemaless_reader(stream, ours.schema, None)  # type: ignore[assignment]
    except Exception as error:  # fastavro raises EOFError, IndexError, OverflowError, UnicodeDecodeError, …
        raise Refused("E602") from error
    if stream.read(1):
        raise Refused("E603")
    return record


def fingerprint(value: bytes | None) -> bytes:
    """Tells equal values from others; the same eight bytes as in the hub's own state."""
    return hashlib.sha1(value or b"", usedforsecurity=False).digest()[:8]


def key_text(key: bytes | None) -> str | None:
    """A Kafka key as text that every column can hold; None if there is none."""
    return key.decode(errors="replace").replace("\0", "\ufffd")[:_KEY_LETTERS_MAX] if key is not None else None
