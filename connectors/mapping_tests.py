"""Runs the tests of a Jobcenter's file: each row through the engine that runs at night, the outcome compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.contract.row import Row
from connectors.examine import Examined, check_rules, identify, map_row
from connectors.lookups import Tables
from connectors.mapping.row_mapping import RowMapping
from connectors.mapping.wanted import wanted_columns
from connectors.names import heading
from schemas.jobcenter import ConfigurationError, Jobcenter, MappingTest

_NOTHING = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """What was looked at, what should have been there, and what was there."""

    what: str
    expected: Any
    actual: Any


@dataclass(frozen=True, slots=True)
class TestRun:
    """A test that was run."""

    source: str
    name: str
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Everything was as expected."""
        return not self.differences


def run_tests(jobcenter: Jobcenter, name: str, tables: Tables) -> list[TestRun]:
    """Run all tests of one source.

    Raises:
        ConfigurationError: a test names a column that is not mapped, or another test that does not stand before it.
    """
    source = jobcenter.sources[name]
    mapping = RowMapping(jobcenter, name, tables)
    columns = wanted_columns(source).columns
    rows: dict[str, dict[str, Any]] = {}
    runs = []
    for number, test in enumerate(source.tests):
        where = f"{jobcenter.id}.yaml: sources.{name}.tests.{number}"
        row = _row(test, rows, columns, where)
        rows[test.name] = row
        runs.append(TestRun(name, test.name, tuple(_differences(test, _examine(mapping, row)))))
    return runs


def _row(
    test: MappingTest, before: Mapping[str, dict[str, Any]], columns: tuple[str, ...], where: str
) -> dict[str, Any]:
    if test.like is not None and test.like not in before:
        raise ConfigurationError(
            f"{where}.like",
            f"no test {test.like!r} stands before it",
            de=f"vor diesem steht kein Test {test.like!r}",
        )
    own = {heading(column): value for column, value in test.row.items()}
    stranger = next((column for column in own if column not in columns), None)
    if stranger is not None:
        raise ConfigurationError(
            f"{where}.row",
            f"no field reads a column {stranger!r}; mapped: {', '.join(columns)}",
            de=f"kein Feld liest eine Spalte {stranger!r}; zugeordnet: {', '.join(columns)}",
        )
    base = before[test.like] if test.like is not None else dict.fromkeys(columns, "")
    return {**base, **own}


def _examine(mapping: RowMapping, row: dict[str, Any]) -> Examined:
    one = identify(mapping, Row(1, row))
    map_row(mapping, one)
    check_rules(mapping, [one])
    return one


def _differences(test: MappingTest, one: Examined) -> Iterator[Difference]:
    refused = one.code if one.ending is None else None
    if test.code is not None:
        if refused != test.code:
            yield Difference("code", test.code, refused)
        elif test.column is not None and one.column != test.column:
            yield Difference("column", test.column, one.column)
        return
    if test.ends is not None:
        actual = one.ending.reason if one.ending is not None else None
        if actual != test.ends:
            yield Difference("ends", test.ends, actual if refused is None else refused)
        return
    if refused is not None or one.record is None:
        yield Difference("code", None, f"{refused} ({one.column})" if one.column else refused)
        return
    for path, expected in (test.expect or {}).items():
        actual = _at(one.record, path)
        if actual is _NOTHING:
            yield Difference(path, plain_value(expected), "–")
        elif not _equal(expected, actual):
            yield Difference(path, plain_value(expected), plain_value(actual))


def _at(record: Mapping[str, Any], path: str) -> Any:
    value: Any = record
    for name in path.split("."):
        if value is None:
            return None
        if not isinstance(value, Mapping) or name not in value:
            return _NOTHING
        value = value[name]
    return value


def _equal(expected: Any, actual: Any) -> bool:
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        return all(name in actual and _equal(value, actual[name]) for name, value in expected.items())
    one, other = plain_value(expected), plain_value(actual)
    if one == other:
        return True
    if isinstance(actual, Decimal | float | int) and not isinstance(actual, bool) and expected is not None:
        try:
            return Decimal(str(expected)) == Decimal(str(actual))
        except InvalidOperation:
            return False
    return False


def plain_value(value: Any) -> Any:
    """A value as YAML and JSON would write it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {name: plain_value(inner) for name, inner in value.items()}
    return [plain_value(inner) for inner in value] if isinstance(value, list) else value
