"""Rows handed out many at once and not read one by one: lines that are known, and lines split into columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

MARK_BYTES = 16


class KnownRows(Protocol):
    """Rows that entities were last sent for, each with a place of its own, by their marks."""

    def __len__(self) -> int: ...

    def find(self, marks: Sequence[bytes | None]) -> Sequence[int]:
        """Places of rows by their marks, from the first one on for as long as they are known.

        One that is known may be left out: it is read then, and says what it said before.
        """

    def unknown(self, marks: Sequence[bytes | None]) -> int:
        """How many of these rows, from the first one on, have a mark that is not known."""


@dataclass(slots=True)
class Unread:
    """Rows in lines that follow each other and whose marks are known: they say what they said before.

    One is read after all where that does not settle it.
    """

    line: int
    """Of the first one."""
    raws: Sequence[bytes]
    marks: Sequence[bytes]
    places: Sequence[int]
    """In what is known (`KnownRows`)."""


@dataclass(slots=True)
class SplitLines:
    """Rows in lines that follow each other, split into columns all at once and not read one by one.

    One is read after all where the fast way is in doubt about it.
    """

    line: int
    """Of the first one."""
    raws: Sequence[bytes]
    marks: Sequence[bytes]
    columns: Mapping[str, Any]
    """Cells by the name of their column (`pyarrow.StringArray`)."""
