"""Records of one raw partition as columns: what most of them need no object for.

Key, value and headers are bytes as they lie on the wire. A record comes into being for whoever asks for one: the plain
way, a refusal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self, overload

from hub.steps.batch import Part, RawRecord
from schemas.envelope import STAYS_INSIDE
from schemas.wire import NO_HEADERS, Headers, read_headers, wire_headers


@dataclass(slots=True)
class Raw:
    """One record. Its headers are read when somebody asks for them."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    wire_headers: bytes

    @property
    def headers(self) -> Headers:
        """Names and values."""
        return read_headers(self.wire_headers)

    @property
    def headers_of_origin(self) -> Headers:
        """Those of them that tell where it comes from at its Jobcenter."""
        return read_headers(self.wire_headers, _OF_ORIGIN)


_OF_ORIGIN = frozenset(name.encode() for name in STAYS_INSIDE)


class Raws(Sequence[RawRecord]):
    """Columns of the same length, in the order of the offsets.

    Args:
        offsets: offsets.
        timestamps: in milliseconds.
        keys: Kafka keys.
        values: values.
        headers: headers as they lie on the wire, their number first.
    """

    __slots__ = ("headers", "keys", "offsets", "timestamps", "values")

    def __init__(
        self,
        offsets: list[int],
        timestamps: list[int],
        keys: list[bytes | None],
        values: list[bytes | None],
        headers: list[bytes],
    ) -> None:
        self.offsets, self.timestamps, self.keys, self.values, self.headers = offsets, timestamps, keys, values, headers

    @classmethod
    def of(cls, records: Iterable[RawRecord], poison: Collection[int] = ()) -> Self:
        """Columns of records that are objects; of poison nothing but the offset is looked at."""
        columns = [
            (raw.offset, raw.timestamp, raw.key, raw.value, wire_headers(raw.headers))
            if raw.offset not in poison
            else (raw.offset, 0, b"", b"", NO_HEADERS)
            for raw in records
        ]
        return cls(*(list(column) for column in zip(*columns, strict=True))) if columns else cls([], [], [], [], [])

    def extend(self, more: Sequence[RawRecord]) -> None:
        """Take over records that follow."""
        columns = more if isinstance(more, Raws) else Raws.of(more)
        for own, others in zip(self._columns(), columns._columns(), strict=True):
            own += others

    def __len__(self) -> int:
        return len(self.offsets)

    @overload
    def __getitem__(self, place: int) -> Raw: ...
    @overload
    def __getitem__(self, place: slice) -> Raws: ...
    def __getitem__(self, place: int | slice) -> Raw | Raws:
        if isinstance(place, slice):
            return Raws(*(column[place] for column in self._columns()))
        return Raw(
            self.offsets[place], self.timestamps[place], self.keys[place], self.values[place], self.headers[place]
        )

    def __iter__(self) -> Iterator[RawRecord]:
        return (self[place] for place in range(len(self)))

    def _columns(self) -> tuple[list[Any], ...]:
        return self.offsets, self.timestamps, self.keys, self.values, self.headers


def columns_of(part: Part) -> Raws:
    """The records of a part, with nothing in them of those that are poison."""
    records = part.records
    return records if isinstance(records, Raws) and not part.poison else Raws.of(records, part.poison)
