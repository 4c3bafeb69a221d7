"""A delivery being read, and what a reading can do besides, if its format allows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from connectors.contract.delivery import Load
from connectors.contract.lines import KnownRows, SplitLines, Unread
from connectors.contract.row import Broken, Row


class Reading(Protocol):
    """A delivery being read. Iterated once; what it says about the whole holds after the last row."""

    complete: bool
    """The end of the file was there and agrees with what was read. Only then may absence mean an end."""
    load: Load
    """Kind of delivery; a file that says so itself overrules the configuration."""
    unmapped: list[str]
    """Columns nobody mapped. Nothing below their header was looked at."""
    description: str
    """Format in a few words, for `jobhub check`."""

    def __iter__(self) -> Iterator[Row | Broken | Unread | SplitLines]: ...


@runtime_checkable
class SumsItself(Protocol):
    """A reading that sums up the very bytes it reads."""

    check_sum: int | None
    """CRC-32C of the whole delivery, after the last row; None if that is not known."""


@runtime_checkable
class PassesOver(Protocol):
    """A reading that need not read what it knows by its mark."""

    def pass_over(self, known: KnownRows, meaning: bytes) -> None:
        """Hand out rows as `Unread` if their mark is known. Called before the first row.

        Args:
            known: rows by their marks.
            meaning: fingerprint of everything outside the file that a row's meaning depends on.
        """

    def read_after_all(self, line: int, raw: bytes, mark: bytes) -> Row | Broken:
        """The row of a line that was handed out unread, or split with others."""


@runtime_checkable
class SplitsLines(Protocol):
    """A reading that passes over what it knows, and can split many lines at once."""

    def split_lines(self) -> None:
        """Hand out lines as `SplitLines` where that can be done. Called after `pass_over`."""


@runtime_checkable
class CountsItems(Protocol):
    """A reading that may number rows by item, since its format has no lines by which a person would find them."""

    counts_items: bool
    """Whether `Row.line` is such a number."""
