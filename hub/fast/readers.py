"""From the .avsc and the field rules of schemas/events.py to functions that read and check one field of a whole batch.

The rules are taken from the models' JSON Schema. A rule nobody here knows is `Unsupported`, at start: then all
records of that event go the plain way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from hub.fast.columns import Column, Columns
from hub.fast.memory import Passes, Remembered
from hub.fast.walk import Mask, Some, Walk
from schemas import events

DAYS_MAX = 60_000  # in the year 2134; Python's dates reach further, and records of that day are not in a hurry
CENTS_BYTES_MAX = 6
LENGTH_MAX = 300  # of a text that has a pattern and no maximum
_DEFINITIONS = "#/$defs/"
_EVERYWHERE = {"type", "title", "description", "format", "additionalProperties", "required", "properties"}


class Unsupported(Exception):
    """A schema or a rule the fast way does not know."""


Read = Callable[[Walk, Some, Columns], None]
Rules = Mapping[str, Passes]
"""Code lists by path: what a text must pass beside the pattern of its field."""

_PRINTABLE = TypeAdapter(events.Text).json_schema()["pattern"]
_NOT_BLANK = TypeAdapter(events.Title).json_schema()["pattern"]


class Compiler:
    """Makes what reads a record of one schema.

    Args:
        model: JSON Schema of the typed model.
        lists: code lists by path.
        elsewhere: paths of texts whose pattern is looked at by the caller.
    """

    def __init__(self, model: Mapping[str, Any], lists: Rules, elsewhere: Collection[str]) -> None:
        self._model, self._lists, self._elsewhere = model, lists, elsewhere
        self.symbols: dict[str, list[str]] = {}
        """Values of every enum, by path."""

    def compile(self, avro: Any) -> Read:
        """What reads and checks a whole record of a schema, given as its file has it.

        Raises:
            Unsupported: a type or a rule that is not known here.
        """
        return self._record(avro, self._model, "")

    def _record(self, avro: Any, rule: Mapping[str, Any], path: str) -> Read:
        prefix = f"{path}." if path else ""
        names = [field["name"] for field in avro["fields"]]
        if set(names) != rule["properties"].keys():
            raise Unsupported(path)
        fields = [self._field(f["type"], rule["properties"][f["name"]], prefix + f["name"]) for f in avro["fields"]]

        def read(walk: Walk, some: Some, columns: Columns) -> None:
            for field in fields:
                field(walk, some, columns)

        return read

    def _field(self, avro: Any, rule: Mapping[str, Any], path: str) -> Read:
        if isinstance(avro, list):
            return self._optional(avro, rule, path)
        if (reference := rule.get("$ref")) is not None:
            rule = self._model["$defs"][reference.removeprefix(_DEFINITIONS)]
        kind = avro.get("logicalType", avro["type"]) if isinstance(avro, dict) else avro
        known = {
            "record": lambda: self._record(avro, rule, path),
            "array": lambda: self._array(avro, rule, path),
            "enum": lambda: self._enum(avro["symbols"], rule, path),
            "string": lambda: _string(rule, self._remembered(rule, path), path),
            "int": lambda: _integer(rule, path),
            "long": lambda: _integer(rule, path),
            "date": lambda: _integer({"minimum": 0, "maximum": DAYS_MAX}, path),
            "double": lambda: _double(rule, path),
            "boolean": lambda: _boolean(path),
            "decimal": lambda: _cents(path),
        }
        if kind not in known:
            raise Unsupported(f"{path}: {kind}")
        return known[kind]()

    def _optional(self, avro: list[Any], rule: Mapping[str, Any], path: str) -> Read:
        if len(avro) != 2 or avro[0] != "null":
            raise Unsupported(path)
        [*present] = (choice for choice in rule["anyOf"] if choice.get("type") != "null")
        # A Decimal may be written in two ways in JSON; here it is bytes.
        inner = self._field(avro[1], present[0], path)

        def read(walk: Walk, some: Some, columns: Columns) -> None:
            branch = walk.byte(some)
            given = branch == 2
            walk.suspect(some, (branch != 0) & ~given)
            columns[f"{path}?"] = Column(some, given.astype(np.int64))
            if given.all():
                inner(walk, some, columns)
            elif given.any():
                inner(walk, np.flatnonzero(given) if some is None else some[given], columns)

        return read

    def _array(self, avro: Any, rule: Mapping[str, Any], path: str) -> Read:
        _only(rule, {"items", "maxItems"}, path)
        most = rule["maxItems"]
        items = [self._field(avro["items"], rule["items"], f"{path}.{place}") for place in range(most)]

        def read(walk: Walk, some: Some, columns: Columns) -> None:
            count = walk.number(some)
            walk.suspect(some, (count < 0) | (count > most))
            records = np.arange(walk.count) if some is None else some
            for place in range(min(most, int(count.max(initial=0)))):
                items[place](walk, records[count > place], columns)
            filled = records[count > 0]
            if filled.size:  # one block, then the end; in more than one it is not in its right form
                walk.suspect(filled, walk.number(filled) != 0)

        return read

    def _enum(self, symbols: list[str], rule: Mapping[str, Any], path: str) -> Read:
        _only(rule, {"enum", "const"}, path)
        self.symbols[path] = symbols
        bad = np.ones(256, bool)
        bad[[2 * symbols.index(symbol) for symbol in rule["enum"]]] = False

        def read(walk: Walk, some: Some, columns: Columns) -> None:
            found = walk.byte(some)
            walk.suspect(some, bad[found])
            columns[path] = Column(some, (found >> 1).astype(np.int64))

        return read

    def _remembered(self, rule: Mapping[str, Any], path: str) -> Remembered | None:
        pattern, passes = rule.get("pattern", _PRINTABLE), self._lists.get(path)
        if pattern not in (_PRINTABLE, _NOT_BLANK) and path not in self._elsewhere:
            fits = re.compile(pattern).fullmatch
            return Remembered(lambda text: fits(text) is not None and (passes is None or passes(text)))
        if passes is not None:
            raise Unsupported(path)
        return None


def _only(rule: Mapping[str, Any], known: set[str], path: str) -> None:
    if strange := rule.keys() - known - _EVERYWHERE:
        raise Unsupported(f"{path}: {', '.join(sorted(strange))}")


def _boolean(path: str) -> Read:
    def read(walk: Walk, some: Some, columns: Columns) -> None:
        walk.suspect(some, walk.byte(some) > 1)

    return read


def _limits(rule: Mapping[str, Any], path: str) -> Callable[[Any], Mask]:
    _only(rule, {"minimum", "maximum", "exclusiveMinimum"}, path)
    least, above, most = rule.get("minimum"), rule.get("exclusiveMinimum"), rule["maximum"]

    def outside(values: Any) -> Mask:
        inside = values <= most  # not a number is not below anything
        if least is not None:
            inside &= values >= least
        if above is not None:
            inside &= values > above
        return np.asarray(~inside)

    return outside


def _integer(rule: Mapping[str, Any], path: str) -> Read:
    outside = _limits(rule, path)

    def read(walk: Walk, some: Some, columns: Columns) -> None:
        values = walk.number(some)
        walk.suspect(some, outside(values))
        columns[path] = Column(some, values)

    return read


def _double(rule: Mapping[str, Any], path: str) -> Read:
    outside = _limits(rule, path)

    def read(walk: Walk, some: Some, columns: Columns) -> None:
        walk.suspect(some, outside(walk.double(some)))

    return read


def _cents(path: str) -> Read:
    """Decimal with two places: an integer, most significant byte first, in as few bytes as it needs."""

    def read(walk: Walk, some: Some, columns: Columns) -> None:
        length = walk.number(some)
        bad = (length < 1) | (length > CENTS_BYTES_MAX)
        length = np.where(bad, 1, length)
        at = walk.skip(some, length, text=False)
        rows = walk.wide(at, CENTS_BYTES_MAX).astype(np.int64)
        cents = np.zeros(len(at), np.int64)
        for place in range(CENTS_BYTES_MAX):
            cents = np.where(length > place, cents << 8 | rows[:, place], cents)
        # Negative amounts are none; a leading nought byte is right only where the next would look like a sign.
        bad |= rows[:, 0] > 127
        bad |= (length > 1) & (rows[:, 0] == 0) & (rows[:, 1] < 128)
        walk.suspect(some, bad)
        columns[path] = Column(some, cents)

    return read


def _string(rule: Mapping[str, Any], known: Remembered | None, path: str) -> Read:
    """A text's length, and its pattern; what concerns every byte of every text is in hub/fast/texts.py."""
    _only(rule, {"minLength", "maxLength", "pattern"}, path)
    # In bytes it is at least as long as in characters.
    least, most = rule.get("minLength", 0), rule.get("maxLength", LENGTH_MAX)
    not_blank = rule.get("pattern") == _NOT_BLANK
    if least > 1:
        raise Unsupported(path)

    def read(walk: Walk, some: Some, columns: Columns) -> None:
        length = walk.number(some)
        bad = (length < least) | (length > most)
        length = np.where(bad, 0, length)
        at = walk.skip(some, length, text=True)
        if known is not None:
            bad |= known.fail(walk, at, length)
        elif not_blank:
            # Begins with a sign of ASCII that is no blank, or with a letter with a mark on it.
            first = walk.bytes[at]
            bad |= ~((first > 0x20) & (first < 0x7F) | (first == 0xC3))
        walk.suspect(some, bad)
        columns[path] = Column(some, at, length)

    return read
