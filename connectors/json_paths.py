"""Paths inside JSON documents: where lists of items are, and which values an item has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from connectors.contract.source import Wanted
from connectors.json_items import Doubled

_PATHS_MAX, _DEPTH_MAX = 500, 6
_LOOKED_AT = 5
_PLACE = re.compile(r"/[0-9]+(?=/|$)")


class Unmapped:
    """Collects paths of items that nobody mapped and nobody left out on purpose."""

    def __init__(self, wanted: Wanted) -> None:
        self._columns = tuple(_PLACE.sub("", name) for name in wanted.columns)
        self._ignore = tuple(_PLACE.sub("", name) for name in wanted.ignore)
        self._paths = dict[str, None]()

    def note(self, item: Any) -> None:
        """Note the names of an item, not its values."""
        if len(self._paths) < _PATHS_MAX:
            self._paths.update(dict.fromkeys(_leaves(item, "", _DEPTH_MAX)))

    def names(self) -> list[str]:
        """Paths that nobody mapped, in the order they were met."""
        return [path for path in _ends(self._paths) if not self._is_known(path)]

    def _is_known(self, path: str) -> bool:
        # A part that is null or empty in one item is looked into in others.
        return any(path == name or name.startswith(f"{path}/") for name in (*self._columns, *self._ignore)) or any(
            fnmatchcase(path, pattern) or path.startswith(f"{pattern}/") for pattern in self._ignore
        )


def lists_of(document: Any) -> dict[str, list[Any]]:
    """Every list of objects that a path of names leads to, the longest first."""
    found = sorted(_lists(document, "", _DEPTH_MAX), key=lambda one: -len(one[1]))
    return dict(found)


def numbers_beside(document: Any, path: str) -> Iterator[tuple[str, int]]:
    """Whole numbers on the way to a list and in objects beside it, each with its path."""
    here, prefix = document, ""
    for part in path.split("/"):
        if not isinstance(here, dict):
            return
        yield from _numbers(here, prefix)
        for name, value in here.items():
            if isinstance(value, dict) and name != part and _can_be_named(name):
                yield from _numbers(value, f"{prefix}{name}/")
        here, prefix = here.get(part), f"{prefix}{part}/"


def _numbers(found: dict[str, Any], prefix: str) -> Iterator[tuple[str, int]]:
    for name, value in found.items():
        if isinstance(value, int) and not isinstance(value, bool) and _can_be_named(name):
            yield f"{prefix}{name}", value


def paths_of(items: Iterable[Any]) -> tuple[str, ...]:
    """Paths of all values of some items, in the order they are met; of a list of objects those of its first entry."""
    found: dict[str, None] = {}
    for item in items:
        found.update(dict.fromkeys(_leaves(item, "", _DEPTH_MAX, one_place=True)))
        if len(found) >= _PATHS_MAX:
            break
    return tuple(_ends(found))


def _ends(paths: Iterable[str]) -> list[str]:
    """Paths that none of the others goes on from: what is null in one item may be an object in the next."""
    found = list(paths)
    begun = {path[: place.start()] for path in found for place in re.finditer("/", path)}
    return [path for path in found if path not in begun]


def _lists(value: Any, path: str, depth: int) -> Iterator[tuple[str, list[Any]]]:
    if isinstance(value, list):
        if any(isinstance(one, (dict, Doubled)) for one in value):
            yield path, value
    elif isinstance(value, dict) and depth:
        for name, inner in value.items():
            if _can_be_named(name):
                yield from _lists(inner, f"{path}/{name}" if path else name, depth - 1)


def _leaves(value: Any, prefix: str, depth: int, *, one_place: bool = False) -> Iterator[str]:
    """Paths of values. Of lists of objects with `one_place` those of the first entry, by its number."""
    if isinstance(value, Doubled):
        value = value.once
    if isinstance(value, list):
        for one in value[: 1 if one_place else _LOOKED_AT]:
            if isinstance(one, (dict, Doubled)):
                yield from _leaves(one, f"{prefix}0/" if one_place else prefix, depth, one_place=one_place)
            elif prefix:
                yield prefix.removesuffix("/")
    elif isinstance(value, dict) and depth:
        for name, inner in value.items():
            if one_place and not _can_be_named(name):
                continue
            if isinstance(inner, (dict, list, Doubled)) and inner:
                yield from _leaves(inner, f"{prefix}{name}/", depth - 1, one_place=one_place)
            else:
                yield f"{prefix}{name}"


def _can_be_named(name: str) -> bool:
    """Whether a name can stand in a path and in a key."""
    return bool(name) and not name.isdigit() and not set(name) & set("/{}")
