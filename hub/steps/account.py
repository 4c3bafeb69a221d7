"""Every raw offset gets its line in a receipt: ranges without gap or overlap, split where the delivery changes."""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from itertools import groupby
from operator import attrgetter

from hub.steps.batch import Fate, Ledger, Part, Row, Settled
from schemas.codec import avsc, codec
from schemas.wire import optional, varint

# A receipt stays far below a record's size limit, whatever becomes of its records.
OFFSETS_MAX = 5_000


def account(part: Part, ledger: Ledger, now_ms: int) -> list[Row]:
    """The rows for jobhub.receipts.<jobcenter>.v1: one for each run of records of one delivery."""
    rows, begin = [], 0
    for delivery, run in groupby(ledger.deliveries):
        end = begin + len(list(run))
        for start in range(begin, end, OFFSETS_MAX):
            rows.append(_receipt(part, delivery, ledger, range(start, min(start + OFFSETS_MAX, end)), now_ms))
        begin = end
    return rows


_offset = attrgetter("offset")


def _receipt(part: Part, delivery: str | None, ledger: Ledger, places: range, now_ms: int) -> Row:
    fates = ledger.fates[places.start : places.stop]
    first, end = ledger.first + places.start, ledger.first + places.stop
    value = codec("receipt").encode(
        {
            "topic": part.topic,
            "partition": part.partition,
            "first_offset": first,
            "last_offset": end - 1,
            "delivery": delivery,
            "new": fates.count(Fate.NEW),
            "changed": fates.count(Fate.CHANGED),
            "ended": fates.count(Fate.ENDED),
            "exceptions": [],
        }
    )
    told = ledger.exceptions
    exceptions = told[bisect_left(told, first, key=_offset) : bisect_left(told, end, key=_offset)]
    if exceptions:
        # The last field. Written by hand, for a third of all records may be exceptions and fastavro asks each of them
        # at length which branch of a union it is.
        value = b"".join((value[:-1], varint[len(exceptions)], *map(_exception, exceptions), _END))
    return Row(f"{part.topic}-{part.partition}".encode(), value, now_ms, [])


def _exception(entry: Settled) -> bytes:
    """Avro's form of an exception: offset, outcome, code, key."""
    code = entry.finding.code if entry.finding is not None else None
    return varint[entry.offset] + _outcome(entry.fate.told, code) + optional(entry.key)


@lru_cache(maxsize=1024)
def _outcome(told: str, code: str | None) -> bytes:
    return _OUTCOME[told] + optional(code.encode() if code is not None else None)


_END = varint[0]
_EXCEPTION = avsc("receipt")["fields"][-1]["type"]["items"]
_OUTCOME = {symbol: varint[place] for place, symbol in enumerate(_EXCEPTION["fields"][1]["type"]["symbols"])}
