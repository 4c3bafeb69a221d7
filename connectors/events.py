"""Events by column, as a parcel holds them: their bytes, and what is to be traced of them, which outlives the bytes.

Whatever stands once for all events of a delivery is no column but the parcel's head (`connectors/event_wire.py`).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from typing import Any, Self

from connectors.compare import SENT, Outcome

_SENT = [outcome for outcome in Outcome if outcome in SENT]
_CODES = {outcome: code for code, outcome in enumerate(_SENT)}
_HASH_BYTES = 16
_EPOCH, _MS = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
_TRACES, _HEADS = "<{0}B{0}I{0}q{0}q", "<{0}I{0}I{0}q{0}B"


def ms_of(time: datetime) -> int:
    """Whole milliseconds since 1970 UTC, as many as `ce_time` tells."""
    return (time - _EPOCH) // _MS


def time_of(ms: int) -> datetime:
    """The other way round."""
    return _EPOCH + ms * _MS


class _Columns:
    """Columns of equal length."""

    __slots__: tuple[str, ...] = ()

    def cut(self, begin: int, end: int) -> Self:
        """Some neighbours."""
        return type(self)(*[column[begin:end] for column in self._all()])

    def pick(self, places: Sequence[int]) -> Self:
        """Those at these places."""
        return type(self)(*[[column[at] for at in places] for column in self._all()])

    def extend(self, more: Self) -> None:
        """Add others."""
        for mine, theirs in zip(self._all(), more._all(), strict=True):
            mine += theirs

    def append(self, *values: Any) -> None:
        """Add one, its values in the order of the columns."""
        for column, value in zip(self._all(), values, strict=True):
            column.append(value)

    def clear(self) -> None:
        """Have none."""
        for column in self._all():
            column.clear()

    def _all(self) -> list[list[Any]]:
        return [getattr(self, name) for name in self.__slots__]


@dataclass(slots=True)
class Contents(_Columns):
    """The bytes of some events, which are erased one by one: an erased one has neither key nor body."""

    keys: list[str] = field(default_factory=list)
    """Identifiers of their entities."""
    hashes: list[str] = field(default_factory=list)
    """Content hashes, 32 hexadecimal digits."""
    bodies: list[bytes] = field(default_factory=list)
    """Avro bodies."""
    times: list[int] = field(default_factory=list)
    """When the source changed them: milliseconds since 1970."""
    ended: list[bool] = field(default_factory=list)

    def erase(self, places: Iterable[int]) -> None:
        """Take the bytes of these away; the others keep their places."""
        for at in places:
            self.keys[at], self.hashes[at], self.bodies[at] = "", "0" * 2 * _HASH_BYTES, b""

    def is_empty(self) -> bool:
        """Whether all are erased."""
        return not any(self.bodies)

    def stored(self) -> bytes:
        """For the state file."""
        heads = struct.pack(
            _HEADS.format(len(self.keys)),
            *map(len, self.keys), *map(len, self.bodies), *self.times, *self.ended,
        )  # fmt: skip
        return b"".join((heads, bytes.fromhex("".join(self.hashes)), *self.bodies, "\n".join(self.keys).encode()))

    @classmethod
    def read(cls, stored: bytes, count: int) -> Contents:
        """From the state file."""
        heads = _HEADS.format(count)
        numbers = struct.unpack_from(heads, stored)
        begin = struct.calcsize(heads)
        hashes = stored[begin : begin + _HASH_BYTES * count].hex()
        ends = accumulate(numbers[count : 2 * count], initial=begin + _HASH_BYTES * count)
        bodies = [stored[start:end] for start, end in pairwise(ends)]
        keys = stored[begin + _HASH_BYTES * count + sum(map(len, bodies)) :].decode()
        starts = accumulate([size + 1 for size in numbers[:count]], initial=0)
        return cls(
            [keys[start : start + size] for start, size in zip(starts, numbers[:count], strict=False)],
            [hashes[at : at + 2 * _HASH_BYTES] for at in range(0, len(hashes), 2 * _HASH_BYTES)],
            bodies,
            list(numbers[2 * count : 3 * count]),
            list(map(bool, numbers[3 * count :])),
        )


@dataclass(slots=True)
class Traces(_Columns):
    """What `jobhub trace` tells of some events."""

    outcomes: list[Outcome] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    """From 1; 0: no row said it."""
    versions: list[int] = field(default_factory=list)
    previous: list[int] = field(default_factory=list)
    """Numbers of the events their entities were last sent with before; 0: there was none."""

    def stored(self) -> bytes:
        """For the state file."""
        codes = map(_CODES.__getitem__, self.outcomes)
        return struct.pack(
            _TRACES.format(len(self.outcomes)), *codes, *self.lines, *self.versions, *self.previous
        )  # fmt: skip

    @classmethod
    def read(cls, stored: bytes, count: int) -> Traces:
        """From the state file."""
        numbers: Sequence[int] = struct.unpack(_TRACES.format(count), stored)
        outcomes = [_SENT[code] for code in numbers[:count]]
        return cls(outcomes, *[list(numbers[at : at + count]) for at in range(count, 4 * count, count)])

    @staticmethod
    def one(stored: bytes, count: int, at: int) -> tuple[Outcome, int, int, int]:
        """Outcome, line, version and previous number of one event, without reading the others."""
        (line,) = struct.unpack_from("<I", stored, count + 4 * at)
        version, previous = (struct.unpack_from("<q", stored, size * count + 8 * at)[0] for size in (5, 13))
        return _SENT[stored[at]], line, version, previous
