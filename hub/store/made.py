"""How columns of a table are made of the fields of an event: told once, followed for one event or for many at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Made:
    """A column made of some fields, given by their paths ("pay.minimum"). The same values always make the same.

    A path into an optional part that an event does not have leads to None.
    """

    make: Callable[..., Any]
    paths: tuple[str, ...]

    def of(self, event: Event) -> Any:
        """The value of the column for one event."""
        return self.make(*(value_at(event, path) for path in self.paths))


class Own(Made):
    """A text, or none, taken over as it stands, and seldom the same twice: nothing of it is worth remembering."""

    def __init__(self, path: str) -> None:
        super().__init__(as_is, (path,))


Columns = Mapping[str, Made]


def made(make: Callable[..., Any], *paths: str) -> Made:
    """A column made of these fields."""
    return Made(make, paths)


def taken_over(*names: str, under: str = "", called: str = "") -> dict[str, Made]:
    """Columns that are fields as they stand. `under`: the part they are in; `called`: what goes before their names."""
    prefix = f"{under}." if under else ""
    return {called + name: Made(as_is, (prefix + name,)) for name in names}


def row_of(columns: Columns, event: Event) -> dict[str, Any]:
    """The row of one event."""
    return {name: column.of(event) for name, column in columns.items()}


def value_at(event: Event, path: str) -> Any:
    """What stands at a path."""
    found: Any = event
    for name in path.split("."):
        if found is None:
            return None
        found = found[name]
    return found


def as_is(value: Any) -> Any:
    """The value of a field, unchanged."""
    return value
