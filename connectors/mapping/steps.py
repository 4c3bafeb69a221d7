"""Which fields of the event are made from which columns, checked against its schema before any row is."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.cells import Cell, cell
from connectors.fields import IDENTITY, Field, fields_of
from connectors.lookups import Tables
from schemas.jobcenter import Column, ConfigurationError, SourceConfig

# Parts without which a record says nothing: a period without an amount is no pay.
_CARRIED_BY = {"pay": ("minimum", "maximum"), "industry": ("code",)}
# Only these fields follow from others when no column says them.
_COMPUTED = frozenset({"funder"})


@dataclass(frozen=True, slots=True)
class Step:
    """One mapped field: where it goes, how it is made, and whether something must stand there."""

    holder: str | None
    name: str
    field: Field
    make: Cell
    is_due: bool


@dataclass(frozen=True, slots=True)
class OptionalRecord:
    """A record inside the event that may be absent: fields that must say something for it to be there, and all."""

    path: str
    carriers: tuple[str, ...]
    fields: tuple[tuple[str, Field], ...]


class Steps:
    """The columns of one source against the fields of its event."""

    def __init__(self, config: SourceConfig, tables: Tables, where: str) -> None:
        """`where` is the source in the Jobcenter's file, for errors.

        Raises:
            ConfigurationError: a field does not exist, cannot be filled, or names an unknown parser.
        """
        self._config, self._tables, self._where = config, tables, where
        self.fields = fields_of(config.event)
        self.all = [
            self._step(path, self._field(path), self.cell(column, path)) for path, column in config.columns.items()
        ]
        self._check_coverage()
        self.optional_records = [
            self._optional_record(field.path)
            for field in self.fields.values()
            if field.kind == "record" and field.nullable
        ]

    def cell(self, column: Column, path: str) -> Cell:
        """What makes a value from a row; `path` need not be a field."""
        field = self.fields.get(path)
        self._require_symbols(column, field)
        return cell(column, path, field.kind if field else "string", self._tables, f"{self._where}.columns.{path}")

    @staticmethod
    def _step(path: str, field: Field, make: Cell) -> Step:
        holder, _, name = path.rpartition(".")
        return Step(holder or None, name, field, make, not field.nullable and field.kind != "record")

    def _optional_record(self, path: str) -> OptionalRecord:
        inner = [field for field in self.fields.values() if field.path.startswith(f"{path}.")]
        names = [field.path.removeprefix(f"{path}.") for field in inner]
        mapped = {name: self._config.columns.get(f"{path}.{name}") for name in names}
        told = [name for name, column in mapped.items() if column is not None and column.constant is None]
        return OptionalRecord(path, _CARRIED_BY.get(path) or tuple(told), tuple(zip(names, inner, strict=True)))

    def _field(self, path: str) -> Field:
        field = self.fields.get(path)
        if field is None or path in IDENTITY:
            raise ConfigurationError(
                f"{self._where}.columns.{path}",
                f"{self._config.event} has no such field to map",
                de=f"dieses Feld hat {self._config.event} nicht, oder es ist nicht zuzuordnen",
            )
        return field

    def _check_coverage(self) -> None:
        mapped = self._config.columns
        for field in self.fields.values():
            parent = field.path.rpartition(".")[0]
            if field.nullable or field.has_default or field.path in mapped or field.path in (*IDENTITY, *_COMPUTED):
                continue
            if field.kind == "record" or parent in mapped:
                continue
            if parent and self.fields[parent].nullable and not any(name.startswith(f"{parent}.") for name in mapped):
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
