"""Every raw offset gets its line in a receipt: ranges without gap or overlap, split where the delivery changes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from hub.steps.batch import Fate, Part, Row, Settled
from hub.steps.wire import optional, varint
from schemas.codec import avsc, codec

# A receipt stays far below a record's size limit, whatever becomes of its records.
OFFSETS_MAX = 5_000


def account(part: Part, settled: Sequence[Settled], now_ms: int) -> list[Row]:
    """The rows for jobhub.receipts.<jobcenter>.v1: one for each run of records of one delivery."""
    rows = []
    for delivery, run in groupby(settled, _delivery):
        entries = list(run)
        for start in range(0, len(entries), OFFSETS_MAX):
            rows.append(_receipt(part, delivery, entries[start : start + OFFSETS_MAX], now_ms))
    return rows


_delivery = attrgetter("origin.delivery")


def _receipt(part: Part, delivery: str | None, entries: Sequence[Settled], now_ms: int) -> Row:
    fates = [entry.fate for entry in entries]
    value = codec("receipt").encode(
        {
            "topic": part.topic,
            "partition": part.partition,
            "first_offset": entries[0].offset,
            "last_offset": entries[-1].offset,
            "delivery": delivery,
            "new": fates.count(Fate.NEW),
            "changed": fates.count(Fate.CHANGED),
            "ended": fates.count(Fate.ENDED),
            "exceptions": [],
        }
    )
    exceptions = [_exception(entry) for entry in entries if not (entry.fate.applied and entry.public)]
    if exceptions:
        # The last field. Written by hand, for a third of all records may be exceptions and fastavro asks each of them
        # at length which branch of a union it is.
        value = b"".join((value[:-1], varint[len(exceptions)], *exceptions, _END))
    return Row(f"{part.topic}-{part.partition}".encode(), value, now_ms, [])


def _exception(entry: Settled) -> bytes:
    """Avro's form of an exception: offset, outcome, code, key."""
    outcome = "APPLIED_NOT_PUBLIC" if entry.fate.applied else entry.fate.name
    code = entry.finding.code if entry.finding is not None else None
    return varint[entry.offset] + _OUTCOME[outcome] + optional(code) + optional(entry.key)


_END = varint[0]
_EXCEPTION = avsc("receipt")["fields"][-1]["type"]["items"]
_OUTCOME = {symbol: varint[place] for place, symbol in enumerate(_EXCEPTION["fields"][1]["type"]["symbols"])}
