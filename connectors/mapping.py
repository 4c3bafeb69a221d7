"""From a row to the record of an event, as the Jobcenter's file describes it. Pure: no file, no state, no Kafka."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib.metadata import version
from typing import Any

from connectors.cells import Cell, ParsedCell, Row, cell
from connectors.contract.source import Wanted
from connectors.errors import BadRow
from connectors.fields import IDENTITY, Field, blank, fields_of
from connectors.lookups import Tables
from connectors.names import heading
from connectors.values.numbers import integer
from connectors.values.texts import is_turned, text
from schemas import codelists
from schemas.codec import Record
from schemas.jobcenter import Column, ConfigurationError, Jobcenter, SourceConfig
from schemas.nothing import NOTHING

_PACKAGE = "muensterland-jobhub"
_KEY_PART = re.compile(r"\{([^{}]+)\}")
_USUAL = r"(?=[^0-9\n]*[0-9])[A-Za-z0-9][A-Za-z0-9._/:-]{3,99}"
_USUAL_KEY, _USUAL_KEYS = re.compile(_USUAL), re.compile(rf"(?:{_USUAL}\n)*+")
# Parts without which a record says nothing: a period without an amount is no pay.
_CARRIED_BY = {"pay": ("minimum", "maximum"), "industry": ("code",)}
# Only these fields follow from others when no column says them.
_COMPUTED = frozenset({"funder"})
_ADDRESSES = ("workplace", "location")


@dataclass(frozen=True, slots=True)
class Ending:
    """What a row's action says: the entity is gone, and why."""

    reason: str


def key_columns(config: SourceConfig) -> list[str]:
    """Columns of the key pattern '{Mandant}-{Nr}'."""
    return [heading(name) for name in _KEY_PART.findall(config.key)]


def wanted_columns(config: SourceConfig) -> Wanted:
    """The allow-list of a source: every column its mapping names, and no other."""
    parts = [*config.columns.values(), *(part for part in (config.modified,) if part)]
    names = [*key_columns(config), *([config.version] if config.version else [])]
    if config.action:
        names.append(config.action.column)
        parts += [config.action.reason] if config.action.reason else []
    names += [name for part in parts for name in part.names]
    return Wanted(
        columns=tuple(dict.fromkeys(heading(name) for name in names)),
        key=tuple(key_columns(config)),
        ignore=tuple(heading(name) for name in config.ignore),
    )


@dataclass(frozen=True, slots=True)
class _Step:
    """One mapped field: where it goes, how it is made, and whether something must stand there."""

    holder: str | None
    name: str
    field: Field
    make: Cell
    is_due: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One field of an event (not those inside it): the columns it is made from, and how. `make` raises BadRow.

    `many` makes it of many texts of its only column at once, if that comes to the same; None: one by one. Where the
    field is the text that stands in that column, `nothing` are those that mean nothing.
    """

    name: str
    columns: tuple[str, ...]
    make: Callable[[Row], Any]
    many: Callable[[Sequence[str]], list[Any] | None] = lambda cells: None
    nothing: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class _OptionalRecord:
    """A record inside the event that may be absent: fields that must say something for it to be there, and all."""

    path: str
    carriers: tuple[str, ...]
    fields: tuple[tuple[str, Field], ...]


class RowMapping:
    """The mapping of one source, checked against the event's schema and ready to use."""

    def __init__(self, jobcenter: Jobcenter, name: str, tables: Tables) -> None:
        """Raises ConfigurationError: a field does not exist, cannot be filled, or names an unknown parser."""
        self.jobcenter, self.name, self.config = jobcenter, name, jobcenter.sources[name]
        self._where = f"{jobcenter.id}.yaml: sources.{name}"
        self._fields = fields_of(self.config.event)
        self._steps = [
            self._step(path, self._field(path), self._cell(column, path, tables))
            for path, column in self.config.columns.items()
        ]
        self._check_coverage()
        self._mapped = frozenset(self.config.columns)
        self._optional_records = [
            self._optional_record(field.path)
            for field in self._fields.values()
            if field.kind == "record" and field.nullable
        ]
        self._columns = {path: column.names for path, column in self.config.columns.items()}
        action = self.config.action
        self._reason = self._cell(action.reason, "end_reason", tables) if action and action.reason else None
        self._modified = self._cell(self.config.modified, "modified", tables) if self.config.modified else None
        self._key = key_columns(self.config)
        self._key_pattern = _KEY_PART.sub(lambda found: "{" + heading(found[1]) + "}", self.config.key)
        if not self._key:
            raise ConfigurationError(
                f"{self._where}.key",
                "names no column; expected something like '{Nr}'",
                de="nennt keine Spalte; erwartet ist etwas wie '{Nr}'",
            )
        self.key_alone = self._key[0] if self._key_pattern == f"{{{self._key[0]}}}" else None
        """The column that is the key by itself, if it is one."""
        # A row equal to the one sent before need not be mapped again, as long as nothing of this has changed.
        self.fingerprint = hashlib.sha256(
            json.dumps(
                [version(_PACKAGE), self.config.model_dump(mode="json"), tables, jobcenter.epoch], sort_keys=True
            ).encode()
        ).digest()

    @property
    def key_column(self) -> str:
        """First column of the key, for findings that speak of the key."""
        return self._key[0]

    # ------------------------------------------------------------------------------------------------ per row

    def key(self, row: Row) -> str:
        """Identifier of the entity a row speaks of.

        Raises:
            BadRow: E208 a part of it is missing, E109 it contains blanks or control characters.
        """
        if self.key_alone is not None:
            alone = row.get(self.key_alone)
            if isinstance(alone, str) and _USUAL_KEY.fullmatch(alone):
                return alone  # nothing in it to repair or refuse
        parts: dict[str, str] = {}
        for column in self._key:
            raw = row.get(column)
            if is_turned(raw):
                raise BadRow("E109", column)
            try:
                part = text(raw[0] if isinstance(raw, list) and raw else raw)
            except BadRow as error:
                raise BadRow("E109" if error.code == "E107" else error.code, column) from None
            if part in NOTHING:
                raise BadRow("E208", column)
            parts[column] = part
        key = _KEY_PART.sub(lambda found: parts[found[1]], self._key_pattern)
        if len(key) > 100 or any(char.isspace() or not char.isprintable() for char in key):
            raise BadRow("E109", self._key[0])
        return key

    def usual_keys(self, cells: Sequence[str]) -> list[str | None]:
        """Identifiers from the cells of a key that is one column; None: `key` is to look at that row."""
        if _USUAL_KEYS.fullmatch("\n".join([*cells, ""])):
            return list(cells)
        return [cell if _USUAL_KEY.fullmatch(cell) else None for cell in cells]

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
                return Part(name, tuple(columns), single, steps[0].make.many, steps[0].make.nothing)
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

        return Part(name, tuple(columns), make)

    def _single(self, step: _Step, row: Row) -> Any:
        value = step.make(row)
        return self._substitute(step.field) if value is None and step.is_due else value

    def _fill(self, record: Record, steps: Sequence[_Step], row: Row) -> None:
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

    def _complete(self, record: Record, optional: _OptionalRecord) -> None:
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

    # ------------------------------------------------------------------------------------------------ at the start

    @staticmethod
    def _step(path: str, field: Field, make: Cell) -> _Step:
        holder, _, name = path.rpartition(".")
        return _Step(holder or None, name, field, make, not field.nullable and field.kind != "record")

    def _optional_record(self, path: str) -> _OptionalRecord:
        inner = [field for field in self._fields.values() if field.path.startswith(f"{path}.")]
        names = [field.path.removeprefix(f"{path}.") for field in inner]
        mapped = {name: self.config.columns.get(f"{path}.{name}") for name in names}
        told = [name for name, column in mapped.items() if column is not None and column.constant is None]
        return _OptionalRecord(path, _CARRIED_BY.get(path) or tuple(told), tuple(zip(names, inner, strict=True)))

    def _field(self, path: str) -> Field:
        field = self._fields.get(path)
        if field is None or path in IDENTITY:
            raise ConfigurationError(
                f"{self._where}.columns.{path}",
                f"{self.config.event} has no such field to map",
                de=f"dieses Feld hat {self.config.event} nicht, oder es ist nicht zuzuordnen",
            )
        return field

    def _check_coverage(self) -> None:
        mapped = self.config.columns
        for field in self._fields.values():
            parent = field.path.rpartition(".")[0]
            if field.nullable or field.has_default or field.path in mapped or field.path in (*IDENTITY, *_COMPUTED):
                continue
            if field.kind == "record" or parent in mapped:
                continue
            if parent and self._fields[parent].nullable and not any(name.startswith(f"{parent}.") for name in mapped):
                continue
            raise ConfigurationError(
                f"{self._where}.columns",
                f"the mandatory field {field.path!r} is not mapped",
                de=f"das Pflichtfeld {field.path!r} ist nicht zugeordnet",
            )

    def _require_symbols(self, column: Column, field: Field | None) -> None:
        """A meaning that is none would refuse every row, and the row would be blamed for it."""
        if field is None or not field.symbols:
            return
        told = [*(column.codes or {}).values(), column.constant, column.otherwise]
        flat = [one for value in told for one in (value if isinstance(value, list) else [value])]
        if wrong := [one for one in flat if one is not None and one not in field.symbols]:
            known = ", ".join(symbol for symbol in field.symbols if symbol != "UNKNOWN")
            raise ConfigurationError(
                f"{self._where}.columns.{field.path}",
                f"{wrong[0]!r} is not known here; known: {known}",
                de=f"„{wrong[0]}“ gibt es hier nicht; möglich: {known}",
            )

    def _cell(self, column: Column, path: str, tables: Tables) -> Cell:
        field = self._fields.get(path)
        self._require_symbols(column, field)
        return cell(column, path, field.kind if field else "string", tables, f"{self._where}.columns.{path}")
