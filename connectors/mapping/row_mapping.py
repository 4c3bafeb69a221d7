"""The mapping of one source: key, version, end and record of a row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib.metadata import version
from typing import Any

from connectors.cells import ParsedCell, Row
from connectors.errors import BadRow
from connectors.fields import Field, blank
from connectors.lookups import Tables
from connectors.mapping.key import Key
from connectors.mapping.steps import OptionalRecord, Step, Steps
from connectors.names import heading
from connectors.values.numbers import integer
from connectors.values.texts import text
from schemas import codelists
from schemas.codec import Record
from schemas.jobcenter import Jobcenter
from schemas.nothing import NOTHING

_PACKAGE = "muensterland-jobhub"
_ADDRESSES = ("workplace", "location")


@dataclass(frozen=True, slots=True)
class Ending:
    """What a row's action says: the entity is gone, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Part:
    """One field of an event (not those inside it): the columns it is made from, and how. `make` raises BadRow.

    `many` makes it of many texts of its only column at once, if that comes to the same; None: one by one, and `ready`
    is told before which cells are to come. Where the field is the text that stands in its only column, `nothing` are
    those that mean nothing.
    """

    name: str
    columns: tuple[str, ...]
    make: Callable[[Row], Any]
    many: Callable[[Sequence[str]], list[Any] | None] = lambda cells: None
    ready: Callable[[Sequence[Any]], None] = lambda cells: None
    nothing: frozenset[str] | None = None


class RowMapping:
    """The mapping of one source, checked against the event's schema and ready to use."""

    def __init__(self, jobcenter: Jobcenter, name: str, tables: Tables) -> None:
        """Raises ConfigurationError: a field does not exist, cannot be filled, or names an unknown parser."""
        self.jobcenter, self.name, self.config = jobcenter, name, jobcenter.sources[name]
        where = f"{jobcenter.id}.yaml: sources.{name}"
        steps = Steps(self.config, tables, where)
        self._fields, self._steps, self._optional_records = steps.fields, steps.all, steps.optional_records
        self._mapped = frozenset(self.config.columns)
        self._columns = {path: column.names for path, column in self.config.columns.items()}
        action = self.config.action
        self._reason = steps.cell(action.reason, "end_reason") if action and action.reason else None
        self._modified = steps.cell(self.config.modified, "modified") if self.config.modified else None
        key = Key(self.config, where)
        # Asked for every row, and so not passed on.
        self.key, self.usual_keys = key.of, key.usual
        self.key_alone, self.key_column = key.alone, key.columns[0]
        """The column that is the key by itself, if it is one; the first column, for findings that speak of the key."""
        # A row equal to the one sent before need not be mapped again, as long as nothing of this has changed.
        self.fingerprint = hashlib.sha256(
            json.dumps(
                [version(_PACKAGE), self.config.model_dump(mode="json"), tables, jobcenter.epoch], sort_keys=True
            ).encode()
        ).digest()

    # ------------------------------------------------------------------------------------------------ per row

    def version(self, row: Row) -> int | None:
        """Version the source gives, None if it keeps none."""
        column = self.config.version
        if column is None:
            return None
        try:
            number = integer(row.get(heading(column)))
        except BadRow as error:
            raise BadRow(error.code, column) from None
        if not 1 <= number <= 2**62:
            raise BadRow("E104", column)
        return number

    def ending(self, row: Row) -> Ending | None:
        """Whether the row's action ends the entity."""
        action = self.config.action
        if action is None:
            return None
        raw = row.get(heading(action.column))
        said = text(raw[0] if isinstance(raw, list) and raw else raw)
        if said in action.upsert:
            return None
        if said not in action.end:
            raise BadRow("E101" if said in NOTHING else "E105", action.column)
        return Ending((self._reason(row) if self._reason else None) or "UNKNOWN")

    def modified(self, row: Row) -> datetime | None:
        """When the source changed the row, for the header only; an unreadable time rejects nothing."""
        try:
            found = self._modified(row) if self._modified else None
        except BadRow:
            return None
        return found if isinstance(found, datetime) else None

    def record(self, row: Row, key: str) -> Record:
        """The event's record, version 1 until somebody assigns one.

        Raises:
            BadRow: a value cannot be read or a mandatory one is missing.
        """
        record = blank(self.config.event)
        record.update(
            jobcenter=self.jobcenter.id, source_id=key, epoch=self.jobcenter.epoch, version=1, status="ACTIVE"
        )
        self._fill(record, self._steps, row)
        for optional in self._optional_records:
            self._complete(record, optional)
        self._derive(record)
        return record

    def part(self, name: str) -> Part:
        """How one field of the event is made: from which columns, and the function that makes it, as `record` does."""
        sources = ("instrument", "start_on") if name == "funder" and "funder" not in self._mapped else (name,)
        steps = [step for step in self._steps if (step.holder or step.name) in sources]
        paths = [path for path in self.config.columns if path.partition(".")[0] in sources]
        columns = dict.fromkeys(heading(column) for path in paths for column in self.config.columns[path].names)

        if [step.field.path for step in steps] == [name] and self._fields[name].kind != "record":
            single = partial(self._single, steps[0])
            if isinstance(steps[0].make, ParsedCell) and not steps[0].is_due:
                return Part(name, tuple(columns), single, steps[0].make.many, nothing=steps[0].make.nothing)
            return Part(name, tuple(columns), single)
        empty, wanted = blank(self.config.event), {*sources, name}
        copied = [field for field in wanted if isinstance(empty[field], (dict, list))]

        def make(row: Row) -> Any:
            record = {field: empty[field] for field in wanted}
            for field in copied:
                record[field] = record[field].copy()
            self._fill(record, steps, row)
            for optional in self._optional_records:
                if optional.path == name:
                    self._complete(record, optional)
            self._derive(record)
            return record[name]

        return Part(name, tuple(columns), make, ready=partial(_remember, tuple(columns), steps))

    def _single(self, step: Step, row: Row) -> Any:
        value = step.make(row)
        return self._substitute(step.field) if value is None and step.is_due else value

    def _fill(self, record: Record, steps: Sequence[Step], row: Row) -> None:
        for step in steps:
            value = step.make(row)
            if value is None and step.is_due:
                value = self._substitute(step.field)
            if step.holder is None:
                record[step.name] = value
            elif (inner := record[step.holder]) is None:
                record[step.holder] = {step.name: value}
            else:
                inner[step.name] = value

    def column_of(self, field: str | None) -> str | None:
        """Column of the source a field of the event comes from; the field's own name if none does."""
        if field == "source_id":
            return self.key_column
        path = field or ""
        while path:
            if self._columns.get(path):
                return self._columns[path][0]
            inner = next(
                (names[0] for name, names in self._columns.items() if names and name.startswith(f"{path}.")), None
            )
            if inner:
                return inner
            path = path.rpartition(".")[0]
        return field

    # ------------------------------------------------------------------------------------------------ the whole record

    def _complete(self, record: Record, optional: OptionalRecord) -> None:
        """An optional record of which nothing is known is absent; otherwise its other fields take their defaults."""
        inner = record.get(optional.path)
        if not isinstance(inner, dict):
            return
        for name in optional.carriers:
            if inner.get(name) is not None:
                break
        else:
            record[optional.path] = None
            return
        for name, field in optional.fields:
            if name not in inner:
                inner[name] = field.default
            if inner[name] is None and not field.nullable:
                raise BadRow("E101", self.column_of(field.path))

    def _substitute(self, field: Field) -> Any:
        """What stands in a field that got no value. In an optional record it waits until we know there is one."""
        if field.has_default:
            return field.default
        parent = field.path.rpartition(".")[0]
        if parent and self._fields[parent].nullable:
            return None
        raise BadRow("E101", self.column_of(field.path))

    def _derive(self, record: Record) -> None:
        """What follows from other fields when the source does not say it."""
        for place in _ADDRESSES:
            address = record.get(place)
            if (
                address
                and address["ags"] is None
                and address["country"] == "DE"
                and address["plz"]
                and address["place"]
            ):
                address["ags"] = codelists.ags_of(address["plz"], address["place"])
        if "funder" in record and "funder" not in self._mapped:
            record["funder"] = codelists.funder(record["instrument"], record["start_on"])


def _remember(columns: Sequence[str], steps: Sequence[Step], cells: Sequence[Any]) -> None:
    """Let what is the text of one column be made of all cells at once."""
    rows = [(cell,) for cell in cells] if len(columns) == 1 else cells
    by_column = dict(zip(columns, zip(*rows, strict=True), strict=True))
    for step in steps:
        if isinstance(step.make, ParsedCell) and (told := by_column.get(step.make.only or "")) is not None:
            step.make.remember(told)
