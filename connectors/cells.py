"""From one cell to the value of a field: empty → parse → codes → lookup → otherwise, as the Jobcenter's file says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from connectors.errors import BadRow
from connectors.lookups import Tables
from connectors.names import heading
from connectors.values.parsers import PARSERS, Parser
from connectors.values.texts import number_text, short_text, text, texts
from schemas.jobcenter import Column, ConfigurationError
from schemas.nothing import NOTHING

Row = Mapping[str, Any]
Cell = Callable[[Row], Any]

_SHORT_TEXTS = ("title", "name", "place", "street", "provider", "phone", "email")
_DEFAULT_PARSERS = {"int": "integer", "long": "integer", "boolean": "boolean_de"}
_NEEDS_NOTATION = {"date": "date_de, date_iso", "double": "decimal_de, decimal_point", "decimal": "decimal_de, money"}
_REPEATS_LENGTH, _REPEATS_MAX = 40, 5000


def cell(column: Column, path: str, kind: str, tables: Tables, where: str) -> Cell:
    """One function that makes the value of a field from a row.

    Args:
        column: how the field is made.
        path: the field, "pay.minimum".
        kind: its type in the event's schema.
        tables: lookup tables of the Jobcenter.
        where: place in the Jobcenter's file, for errors.

    Raises:
        ConfigurationError: unknown parser or table, or a notation is not declared.
    """
    short = path.rpartition(".")[2] in _SHORT_TEXTS
    name = column.parse or _DEFAULT_PARSERS.get(kind) or ("short_text" if short else "text")
    if name not in PARSERS:
        known = ", ".join(sorted(PARSERS))
        raise ConfigurationError(
            f"{where}.parse",
            f"unknown parser {name!r}; known: {known}",
            de=f"die Schreibweise {name!r} gibt es nicht; möglich: {known}",
        )
    if kind in _NEEDS_NOTATION and not column.parse and column.constant is None and not column.codes:
        raise ConfigurationError(
            where,
            f"name its notation under parse: {_NEEDS_NOTATION[kind]}, …",
            de=f"die Schreibweise unter parse angeben: {_NEEDS_NOTATION[kind]}, …",
        )
    if column.lookup is not None and column.lookup not in tables:
        known = ", ".join(tables) or "–"
        raise ConfigurationError(
            f"{where}.lookup",
            f"unknown table {column.lookup!r}; known: {known}",
            de=f"die Tabelle {column.lookup!r} steht nicht unter lookups; dort stehen: {known}",
        )
    parser = PARSERS["text" if column.codes and not column.parse else name]
    names = tuple(heading(name) for name in ([column.column] if column.column else column.columns or []))
    own: Cell = _told(column.constant)
    if column.constant is None:
        own = ParsedCell(column, names, parser, tables[column.lookup] if column.lookup else None, kind)
    if column.also is None:
        return own
    return partial(_first_or_both, own, cell(column.also, path, kind, tables, f"{where}.also"))


def _first_or_both(first: Callable[[Row], Any], second: Callable[[Row], Any], row: Row) -> Any:
    found = first(row)
    if isinstance(found, list):
        return list(dict.fromkeys([*found, *(second(row) or [])]))
    return second(row) if found is None else found


def _told(constant: Any) -> Cell:
    return lambda row: constant


class ParsedCell:
    """Empty → parse → codes → lookup → otherwise, then the type the field has."""

    def __init__(
        self,
        column: Column,
        names: tuple[str, ...],
        parser: Parser,
        table: dict[str, str] | None,
        kind: str,
    ) -> None:
        self._column, self._names, self._parser, self._table, self._kind = column, names, parser, table, kind
        self.only = names[0] if len(names) == 1 else None
        """Its column, if it is one."""
        # Days, codes and numbers repeat from row to row: what a short text was made to. Lists are copied, records may
        # change them.
        self._known: dict[str, Any] = {}

    def __call__(self, row: Row) -> Any:
        raw = row.get(self.only) if self.only is not None else _joined(row, self._names)
        if not isinstance(raw, str) or len(raw) > _REPEATS_LENGTH:
            return self._made(raw)
        found = self._known.get(raw, self)
        if found is self:  # never seen
            if len(self._known) >= _REPEATS_MAX:
                self._known.clear()
            found = self._known[raw] = self._made(raw)
        return found.copy() if found.__class__ is list or found.__class__ is dict else found

    @property
    def nothing(self) -> frozenset[str] | None:
        """Texts that mean nothing, if the field is the text of its only column; None: it is made of it."""
        column = self._column
        if self.only is None or self._kind != "string" or column.codes is not None or self._table is not None:
            return None
        return NOTHING.union(column.empty) if self._parser in (text, short_text) else None

    def remember(self, cells: Iterable[str]) -> None:
        """Make many short texts at once, as far as that comes to the same."""
        short = [cell for cell in set(cells).difference(self._known) if len(cell) <= _REPEATS_LENGTH]
        if len(self._known) + len(short) > _REPEATS_MAX:
            self._known.clear()
        if len(short) <= _REPEATS_MAX and (made := self.many(short)) is not None:
            self._known.update(zip(short, made, strict=True))

    def many(self, cells: Sequence[str]) -> list[Any] | None:
        """The same of many texts of this field's only column; None: they have to be made one by one."""
        nothing, otherwise = self.nothing, self._column.otherwise
        if nothing is None or (found := texts(cells)) is None:
            return None
        return [otherwise if one in nothing else one for one in found]

    def _made(self, raw: Any) -> Any:
        cells = raw if isinstance(raw, list) else [raw]
        try:
            if self._kind == "array":
                found = [one for cell in cells for one in _listed(self._one(cell))]
                return list(found) if found and isinstance(found[0], dict) else list(dict.fromkeys(found))
            return _typed(self._one(cells[0] if cells else None), self._kind)
        except BadRow as error:
            raise BadRow(error.code, error.column or self._names[0]) from None

    def _one(self, cell: Any) -> Any:
        return _one(self._column, self._parser, self._table, cell)


def _one(column: Column, parser: Parser, table: dict[str, str] | None, cell: Any) -> Any:
    if _is_nothing(cell, column.empty):
        return column.otherwise
    value = parser(cell)
    if column.codes is not None:
        value = _translated(column.codes, value)
    if table is not None:
        value = table.get(str(value))
        if value is None:
            raise BadRow("E117")
    # A parser may find that nothing is left, for instance of invisible marks.
    return column.otherwise if value is None or value == "" else value


def _is_nothing(cell: Any, empty: list[str]) -> bool:
    if cell is None:
        return True
    if isinstance(cell, str):
        bare = cell.strip()
        return bare in NOTHING or bare in empty
    return bool(empty) and (str(cell) in empty or number_text(cell) in empty)


def _translated(codes: dict[str, Any], value: Any) -> Any:
    if value in codes:
        return codes[value]
    begin = value if isinstance(value, str) else ""
    while begin:  # the longest beginning that is listed
        if f"{begin} *" in codes:
            return codes[f"{begin} *"]
        begin = begin.rpartition(" ")[0]
    if "*" in codes:
        return codes["*"]
    raise BadRow("E105")


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _joined(row: Row, names: tuple[str, ...]) -> str:
    cells = (number_text(row.get(name)).strip() for name in names)
    return " ".join(cell for cell in cells if cell not in NOTHING)


def _typed(value: Any, kind: str) -> Any:
    """The value in the type the schema wants, if that loses nothing."""
    if value is None:
        return None
    if kind == "double":
        return float(value)
    if kind == "decimal":
        cents = Decimal(value).quantize(Decimal("0.01"))
        if cents != value:
            raise BadRow("E103")
        return cents
    if kind == "int" and not -(2**31) <= value < 2**31:
        raise BadRow("E104")
    if kind == "record":
        return {name: _typed(part, "decimal") if isinstance(part, Decimal) else part for name, part in value.items()}
    return value
