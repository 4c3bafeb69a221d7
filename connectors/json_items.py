"""JSON into rows, strictly: a name that comes twice, NaN and endless numbers are found, not silently taken.

A column is the path of a value inside its item, names joined by `/`: `arbeitgeber/name`. A part of a path that meets
a list gives the values of all its entries; a number picks one of them (`orte/0/plz`).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal
from typing import Any

from connectors.contract.row import Broken, Row
from connectors.contract.source import Wanted
from connectors.errors import Stop
from connectors.names import heading

_DEPTH_MAX = 50
_NUMBER_MAX = 40
# A text without its end swallows the rest: each character is looked at once, whatever is written.
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_NOTHING = object()


class Unreadable(Exception):
    """A document that is no JSON; says where, never what stands there."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(what)
        self.code, self.what = code, what


class Doubled:
    """An object in which a name comes twice: which one is meant nobody knows. Names that come once are sound."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        count = Counter(name for name, _ in pairs)
        self.once = {name: value for name, value in pairs if count[name] == 1}
        self.twice = count.keys() - self.once.keys()


class _NoValue:
    """NaN or Infinity, which JSON does not know."""


class _BadValue(Exception):
    """What stands at a path cannot be one cell."""


def parse(data: bytes) -> Any:
    """One JSON document in UTF-8. Numbers with a point come as Decimal, so that nothing is lost.

    Raises:
        Unreadable: E305 not UTF-8, E304 not JSON, cut off, or nested too deeply.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("E305", f"not UTF-8 at byte {error.start}") from None
    if _is_too_deep(text):
        raise Unreadable("E304", f"nested more than {_DEPTH_MAX} levels deep")
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_decimal,
            parse_constant=lambda _: _NoValue(),
        )
    except json.JSONDecodeError as error:
        raise Unreadable("E304", f"not JSON in line {error.lineno}, column {error.colno}") from None


def items_of(document: Any, path: str) -> list[Any]:
    """The list of items at a path; an empty path means the document itself.

    Raises:
        Unreadable: E304 there is no list.
    """
    found = value_at(document, path) if path else document
    if not isinstance(found, list):
        raise Unreadable("E304", f"no list at {path or 'the top'!r}")
    return found


def value_at(document: Any, path: str) -> Any:
    """The value at a path, None if there is none. For what is not an item: totals, cursors, links."""
    try:
        found = _look(document, path.split("/"))
    except _BadValue:
        return None
    return None if found is _NOTHING else found


def row_of(number: int, item: Any, wanted: Wanted) -> Row | Broken:
    """One item as a row of the wanted columns; nothing else of it is looked at."""
    if not isinstance(item, (dict, Doubled)):
        return Broken(number, "E215", bounds_known=False)
    values: dict[str, Any] = {}
    faulty: str | None = None
    for name in wanted.columns:
        try:
            values[name] = _cell(_look(item, name.split("/")))
        except _BadValue:
            faulty = faulty or name
    # Of an item in which a name comes twice nothing is taken: which half is right is not ours to guess.
    if faulty is None and isinstance(item, dict):
        return Row(number, values)
    key = {name: values[name] for name in wanted.key if values.get(name) not in (None, "")}
    readable = len(key) == len(wanted.key)
    return Broken(number, "E215", faulty, key if readable else None, bounds_known=readable)


def refused(file: str, error: Unreadable) -> Stop:
    """The same as a refusal of a whole file."""
    return Stop(error.code, f"{file}: {error.what}")


# ------------------------------------------------------------------------------------------------------------- parts


def _object(pairs: list[tuple[str, Any]]) -> Any:
    named = [(heading(name), value) for name, value in pairs]
    found = dict(named)
    return found if len(found) == len(named) else Doubled(named)


def _whole(text: str) -> Any:
    return int(text) if len(text) <= _NUMBER_MAX else text  # as text it is refused where a number is due


def _decimal(text: str) -> Any:
    return Decimal(text) if len(text) <= _NUMBER_MAX else text


def _is_too_deep(text: str) -> bool:
    depth = 0
    for found in _STRUCTURE.finditer(text):
        first = found[0][0]
        if first in "[{":
            depth += 1
            if depth > _DEPTH_MAX:
                return True
        elif first in "]}":
            depth -= 1
    return False


def _look(value: Any, parts: list[str]) -> Any:
    for place, part in enumerate(parts):
        if isinstance(value, Doubled):
            if part in value.twice:
                raise _BadValue
            value = value.once.get(part, _NOTHING)
        elif isinstance(value, dict):
            value = value.get(part, _NOTHING)
        elif isinstance(value, list):
            if part.isascii() and part.isdigit():
                value = value[int(part)] if int(part) < len(value) else _NOTHING
            else:
                found = [_look(one, parts[place:]) for one in value]
                return [one for one in found if one is not _NOTHING and one is not None]
        elif value is None or value is _NOTHING:
            return _NOTHING
        else:
            raise _BadValue
    return value


def _cell(value: Any) -> Any:
    if value is _NOTHING or value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        if any(isinstance(one, list) for one in value):
            raise _BadValue
        return [_cell(one) for one in value]
    if isinstance(value, (dict, Doubled, _NoValue)):
        raise _BadValue
    return value
