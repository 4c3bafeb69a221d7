"""Where fields of many records lie in them: one field of all records, then the next. No rule is asked of a value.

For readers of what the hub wrote itself. A record that is not surely in the one right form is doubtful.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from hub.fast.readers import Unsupported
from hub.fast.walk import Numbers, Some, Walk

# What has more is left to the plain way.
_ITEMS_MAX = 1_000  # of an array
_BYTES_MAX = 1 << 20  # of a text


class Span(NamedTuple):
    """Of some records, where something begins and ends."""

    some: Some
    begin: Numbers
    end: Numbers

    def cut(self, walk: Walk, absent: bytes | None) -> list[Any]:
        """The bytes, for each record of the batch; `absent` where there are none."""
        found = walk.cut(self.begin, self.end)
        if self.some is None:
            return found
        every: list[Any] = [absent] * walk.count
        for place, one in zip(self.some.tolist(), found, strict=True):
            every[place] = one
        return every


@dataclass(slots=True)
class Spans:
    """By path. `fields`: all of a field, as Avro has it; `texts`: a text without its length; `numbers`: values."""

    fields: dict[str, Span] = field(default_factory=dict)
    texts: dict[str, Span] = field(default_factory=dict)
    numbers: dict[str, Numbers] = field(default_factory=dict)


Read = Callable[[Walk, Some, Spans], None]


def reader(avro: Any, wanted: Collection[str]) -> tuple[Read, dict[str, Any]]:
    """What notes where the wanted fields lie, and the schema of each of them.

    Raises:
        Unsupported: the schema holds a type that is not known here, or not a wanted field.
    """
    schemas: dict[str, Any] = {}
    read = _record(avro, "", wanted, schemas)
    if strange := set(wanted) - schemas.keys():
        raise Unsupported(", ".join(sorted(strange)))
    return read, schemas


def _record(avro: Any, prefix: str, wanted: Collection[str], schemas: dict[str, Any]) -> Read:
    fields = [_noted(one["type"], prefix + one["name"], wanted, schemas) for one in avro["fields"]]

    def read(walk: Walk, some: Some, spans: Spans) -> None:
        for one in fields:
            one(walk, some, spans)

    return read


def _noted(avro: Any, path: str, wanted: Collection[str], schemas: dict[str, Any]) -> Read:
    inner = _type(avro, path, wanted, schemas)
    if path not in wanted:
        return inner
    schemas[path] = avro

    def read(walk: Walk, some: Some, spans: Spans) -> None:
        begin = walk.here(some)
        inner(walk, some, spans)
        spans.fields[path] = Span(some, begin, walk.here(some))

    return read


def _type(avro: Any, path: str, wanted: Collection[str], schemas: dict[str, Any]) -> Read:
    if isinstance(avro, list):
        return _optional(avro, path, wanted, schemas)
    kind = avro["type"] if isinstance(avro, dict) else avro
    if kind == "record":
        return _record(avro, f"{path}.", wanted, schemas)
    if kind == "array":
        return _array(avro["items"], path)
    if kind in ("int", "long"):
        return _number(path)
    if kind == "enum":
        return _enum(len(avro["symbols"]))
    if kind in ("string", "bytes"):
        return _sized(path, text=kind == "string")
    if kind == "boolean":
        return lambda walk, some, spans: walk.suspect(some, walk.byte(some) > 1)
    if kind == "double":
        return _double
    raise Unsupported(f"{path}: {kind}")


def _optional(avro: list[Any], path: str, wanted: Collection[str], schemas: dict[str, Any]) -> Read:
    if len(avro) != 2 or avro[0] != "null":
        raise Unsupported(path)
    inner = _type(avro[1], path, wanted, schemas)

    def read(walk: Walk, some: Some, spans: Spans) -> None:
        branch = walk.byte(some)
        given = branch == 2
        walk.suspect(some, (branch != 0) & ~given)
        if given.any():
            inner(walk, np.flatnonzero(given) if some is None else some[given], spans)

    return read


def _array(items: Any, path: str) -> Read:
    inner = _type(items, f"{path}[]", (), {})

    def read(walk: Walk, some: Some, spans: Spans) -> None:
        count = walk.number(some)
        strange = (count < 0) | (count > _ITEMS_MAX)  # more than one block, or the other form of one
        walk.suspect(some, strange)
        count = np.where(strange, 0, count)
        records = np.arange(walk.count) if some is None else some
        for place in range(int(count.max(initial=0))):
            inner(walk, records[count > place], spans)
        if (filled := records[count > 0]).size:
            walk.suspect(filled, walk.number(filled) != 0)

    return read


def _number(path: str) -> Read:
    def read(walk: Walk, some: Some, spans: Spans) -> None:
        values = walk.number(some)
        if some is None:
            spans.numbers[path] = values

    return read


def _enum(symbols: int) -> Read:
    def read(walk: Walk, some: Some, spans: Spans) -> None:
        values = walk.number(some)
        walk.suspect(some, (values < 0) | (values >= symbols))

    return read


def _sized(path: str, *, text: bool) -> Read:
    def read(walk: Walk, some: Some, spans: Spans) -> None:
        length = walk.number(some)
        bad = (length < 0) | (length > _BYTES_MAX)
        walk.suspect(some, bad)
        length = np.where(bad, 0, length)
        begin = walk.skip(some, length, text=text)
        if text:
            spans.texts[path] = Span(some, begin, begin + length)

    return read


def _double(walk: Walk, some: Some, spans: Spans) -> None:
    walk.double(some)
