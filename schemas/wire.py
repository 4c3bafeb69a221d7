"""A record as Kafka has it on the wire: key, value and headers, each behind its length.

What lies before them, time and offset, depends on the batch the record is written in (`schemas/record_batch.py`).
Avro writes numbers and bytes in the same form, so this is also what its values are put together from.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from functools import lru_cache

from schemas.writer import long_bytes

Headers = Sequence[tuple[str, bytes | None]]


class _Varints(dict[int, bytes]):
    """Numbers in Kafka's form, which is that of Avro's long. Small ones are remembered."""

    _REMEMBERED = range(-1, 20_000)

    def __missing__(self, number: int) -> bytes:
        told = long_bytes(number)
        if number in self._REMEMBERED:
            self[number] = told
        return told


varint = _Varints()
_NULL = varint[-1]
NO_HEADERS = varint[0]
NULL, GIVEN = varint[0], varint[1]
"""Which branch of Avro's "null or one other" follows."""


def wire_of(key: bytes | None, value: bytes | None, headers: Headers) -> bytes:
    """A record as it lies on the wire."""
    return b"".join((sized(key), sized(value), wire_headers(headers)))


def header(told: tuple[str, bytes | None]) -> bytes:
    """A header."""
    name, value = told
    return _name(name) + (varint[len(value)] + value if value is not None else _NULL)


@lru_cache(maxsize=1024)
def _name(name: str) -> bytes:
    return sized(name.encode())


def sized(content: bytes | None) -> bytes:
    """Bytes behind their length."""
    return varint[len(content)] + content if content is not None else _NULL


def optional(content: bytes | None) -> bytes:
    """Avro's "null or text"; text as bytes."""
    return GIVEN + varint[len(content)] + content if content is not None else NULL


def wire_headers(headers: Headers) -> bytes:
    """Headers, their number first."""
    return b"".join((varint[len(headers)], *map(header, headers)))


def read_headers(content: bytes, only: Container[bytes] | None = None) -> list[tuple[str, bytes | None]]:
    """The other way round; `only`: those of these names. In a name that is no text, U+FFFD stands for what is not.

    Raises:
        ValueError, IndexError: these are no headers.
    """
    count, at = _number(content, 0)
    headers: list[tuple[str, bytes | None]] = []
    for _ in range(count):
        size = content[at]
        if size > 126 or size & 1:  # longer than usual, or not there
            name, at = read_sized(content, at)
        else:
            at, begin = at + 1 + (size >> 1), at + 1
            name = content[begin:at]
        size = content[at]
        value: bytes | None
        if size > 126 or size & 1:
            value, at = read_sized(content, at)
        else:
            at, begin = at + 1 + (size >> 1), at + 1
            value = content[begin:at]
        if only is None or name in only:
            headers.append(((name or b"").decode("utf-8", "replace"), value))
    if at != len(content):
        raise ValueError("headers do not end where they should")
    return headers


def read_sized(content: bytes, at: int) -> tuple[bytes | None, int]:
    """Bytes behind their length, and where they end."""
    size, at = _number(content, at)
    return (content[at : at + size], at + size) if size >= 0 else (None, at)


def _number(content: bytes, at: int) -> tuple[int, int]:
    byte = content[at]
    number, shift, at = byte & 127, 7, at + 1
    while byte > 127:
        byte = content[at]
        number, shift, at = number | (byte & 127) << shift, shift + 7, at + 1
    return (number >> 1) ^ -(number & 1), at
