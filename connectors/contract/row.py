"""A row of a delivery as its source gives it, or what is left of one that could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)  # not frozen: of these there are millions, and frozen ones take thrice as long to make
class Row:
    """One row: the values of the mapped columns only, as the format gives them, and its place.

    `line` counts from 1 as a person does who opens the file: the physical line, the spreadsheet row, the
    number of the record. `ends` marks a row that only says that the entity is gone. `mark` is a fingerprint of all
    that is said here and of how it is read, if the source has a cheaper one than that of the values.
    """

    line: int
    values: Mapping[str, Any]
    ends: bool = False
    mark: bytes | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that could not be read. `values` holds the key columns that were readable all the same.

    `bounds_known` is False when something else may be hidden in it; such a delivery is not complete.
    """

    line: int
    code: str
    column: str | None = None
    values: Mapping[str, Any] | None = None
    bounds_known: bool = True
