"""Rows handed out many at once and not read one by one: lines that are known, and lines split into columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Unread:
    """Rows in lines that follow each other and whose marks are known: they say what they said before.

    One is read after all where that does not settle it.
    """

    line: int
    """Of the first one."""
    raws: Sequence[bytes]
    marks: Sequence[bytes]


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
