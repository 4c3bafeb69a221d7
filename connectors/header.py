"""Where the wanted columns stand in a header, and the cells of a row picked by those places."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from connectors.contract.source import Wanted
from connectors.errors import Stop


def place_columns(header: list[str], wanted: Wanted, file: str, ignored: Collection[str] = ()) -> dict[str, int]:
    """Where the wanted columns stand in a header row.

    Raises:
        Stop: E310 a header occurs twice, E303 a wanted column is missing.
    """
    names = [name for name in header if name]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Stop("E310", f"{file}: column {twice[0]!r} occurs {names.count(twice[0])} times")
    missing = [name for name in wanted.columns if name not in names and name not in ignored]
    if missing:
        there = ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
        raise Stop("E303", f"{file}: no column {missing[0]!r}; the header has: {there}")
    return {name: header.index(name) for name in wanted.columns if name in names}


def unmapped_columns(header: list[str], wanted: Wanted) -> list[str]:
    """Columns that are neither mapped nor left out on purpose."""
    known = {*wanted.columns, *wanted.ignore}
    return [name for name in header if name and name not in known]


def picker(places: Sequence[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """What stands at these places of a list or mapping, in this order."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda cells: tuple(cells[at] for at in places)


class Cells(Mapping[str, Any]):
    """Cells of a row by the names of their columns. Most rows are looked at by column, and need no dictionary."""

    __slots__ = ("cells", "places")

    def __init__(self, places: Mapping[str, int], cells: Sequence[Any]) -> None:
        """`places` is where in `cells` a column's cell stands, the same object for all rows of a file."""
        self.places, self.cells = places, cells

    def __getitem__(self, name: str) -> Any:
        return self.cells[self.places[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)
