"""Rows of the wanted columns as text, to be kept until they are taken: what nobody mapped is not kept either."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.contract.row import Broken, Row


def dump(found: Row | Broken) -> bytes:
    """One line. Numbers with a point become text with the same digits, which every parser reads the same."""
    if isinstance(found, Row):
        entry: list[Any] = ["row", found.line, dict(found.values), found.ends]
    else:
        values = None if found.values is None else dict(found.values)
        entry = ["broken", found.line, found.code, found.column, values, found.bounds_known]
    # Escaped, so that half a character survives as it came and is refused where all texts are checked.
    return json.dumps(entry, default=_plain, ensure_ascii=True).encode() + b"\n"


def dump_end(*, complete: bool, unmapped: list[str]) -> bytes:
    """The last line: what was found out about the whole."""
    return json.dumps(["end", complete, unmapped]).encode() + b"\n"


def load(lines: Iterable[bytes]) -> Iterator[Row | Broken | tuple[bool, list[str]]]:
    """What the lines hold; the last thing is (complete, unmapped columns)."""
    for line in lines:
        kind, *entry = json.loads(line)
        if kind == "row":
            yield Row(*entry)
        elif kind == "broken":
            yield Broken(*entry)
        else:
            yield (bool(entry[0]), list(entry[1]))


def lines_of(path: Path) -> Iterator[bytes]:
    """Lines of a file, open as long as they are read."""
    with path.open("rb") as file:
        yield from file


class KeptReading:
    """Kept rows being read."""

    def __init__(self, lines: Iterable[bytes], load_kind: Any, description: str) -> None:
        self.load, self.complete, self.unmapped = load_kind, False, list[str]()
        self.description = description
        self._lines = lines

    def __iter__(self) -> Iterator[Row | Broken]:
        for found in load(self._lines):
            if isinstance(found, tuple):
                self.complete, self.unmapped = found
            else:
                yield found


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)
