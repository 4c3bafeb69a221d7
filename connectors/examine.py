"""From rows to records that may leave the house: key, mapping, then every rule and the leak guard, in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.contract.lines import SplitLines, Unread
from connectors.contract.reading import Reading
from connectors.contract.row import Broken, Row
from connectors.errors import BadRow
from connectors.mapping.row_mapping import Ending, RowMapping
from connectors.outgoing import Content
from connectors.values.texts import is_turned
from schemas import rules
from schemas.codec import Record
from schemas.codes import Finding
from schemas.leak_guard import CODES, leak_in

_SEPARATOR = "\0"  # no number reaches across it


@dataclass(slots=True)
class Examined:
    """A row after examination: a key and a record, or a code that says why not.

    `key` is there whenever it could be read, so that a rejected row still counts as seen.
    """

    line: int
    key: str | None = None
    record: Record | None = None
    version: int | None = None
    ending: Ending | None = None
    row: Row | None = None
    code: str | None = None
    column: str | None = None
    turned: str | None = None
    """A column whose text was rid of marks that turn the direction of reading."""
    made: Content | None = None
    """What is sent, if the row was made by column; then there is no record."""
    equal_to: str | None = None
    """Content hash of what was sent, when the row equals the one it was made from and need not be read again."""

    def reject(self, code: str, column: str | None) -> None:
        """The row stays in the house."""
        self.code, self.column, self.record = code, column, None


def in_batches(reading: Reading, size: int) -> Iterator[list[Row | Broken | Unread | SplitLines]]:
    """Rows of a reading, some at a time."""
    batch: list[Row | Broken | Unread | SplitLines] = []
    rows = 0
    for row in reading:
        batch.append(row)
        rows += len(row.raws) if isinstance(row, Unread | SplitLines) else 1
        if rows >= size:
            yield batch
            batch, rows = [], 0
    if batch:
        yield batch


def identify(mapping: RowMapping, row: Row | Broken | Unread | SplitLines) -> Examined:
    """Read the key of a row."""
    return identify_all(mapping, [row])[0]


def identify_all(mapping: RowMapping, rows: Sequence[Row | Broken | Unread | SplitLines]) -> list[Examined]:
    """Read the keys of rows. One search over all keys costs less than one for each."""
    found = [_identified(mapping, row) for row in rows]
    if leak_in(_SEPARATOR.join([one.key for one in found if one.key is not None])) is None:
        return found
    for one in found:
        if one.key is not None and (leak := leak_in(one.key)) is not None:
            one.key = None
            if one.row is not None:  # else it is broken, which it is refused for
                one.reject(leak, mapping.key_column)
    return found


def _identified(mapping: RowMapping, row: Row | Broken | Unread | SplitLines) -> Examined:
    if isinstance(row, Row):
        found = Examined(row.line, row=row)
        try:
            found.key = mapping.key(row.values)
        except BadRow as error:
            found.reject(error.code, error.column)
        return found
    if isinstance(row, Unread | SplitLines):
        raise TypeError("an unread row has to be read before")
    found = Examined(row.line, code=row.code, column=row.column)
    if row.values is not None:
        try:
            found.key = mapping.key(row.values)
        except BadRow:
            found.key = None
    return found


def map_row(mapping: RowMapping, found: Examined) -> None:
    """Make the record of an identified row, or reject it. Rows that only end something need no record yet."""
    row = found.row
    if found.made is not None or row is None or found.key is None or found.code is not None:
        return
    try:
        if row.ends:
            found.ending = Ending("UNKNOWN")
            return
        found.version = mapping.version(row.values)
        found.ending = mapping.ending(row.values)
        found.record = mapping.record(row.values, found.key)
        if is_turned(_all_text(row)):
            found.turned = next(name for name, cell in row.values.items() if is_turned(cell))
    except BadRow as error:
        # An end needs no more than its key: its content is known from before.
        if found.ending is None:
            found.reject(error.code, error.column)
        else:
            found.code, found.column = error.code, error.column


def _all_text(row: Row) -> str:
    try:
        return "".join(row.values.values())
    except TypeError:  # not all cells are text
        return "".join([cell for cell in row.values.values() if isinstance(cell, str)])


def check_rules(mapping: RowMapping, batch: Sequence[Examined]) -> None:
    """Ask all rules of a batch at once; what breaks one is rejected with the first code, leaks before all others."""
    asked = [found for found in batch if found.record is not None]
    verdicts = rules.check_batch(mapping.config.event, [_required(found.record) for found in asked])
    for found, findings in zip(asked, verdicts, strict=True):
        if not findings:
            continue
        first = worst(findings)
        found.reject(first.code, mapping.column_of(first.field))


def worst(findings: Sequence[Finding]) -> Finding:
    """The finding a row is known by: client data first, so that nobody shows its values."""
    return next((found for found in findings if is_leak(found.code)), findings[0])


def is_leak(code: str | None) -> bool:
    """Whether a code speaks of client data."""
    return code in CODES


def _required(record: Record | None) -> dict[str, Any]:
    if record is None:
        raise TypeError("only records are checked")
    return record
