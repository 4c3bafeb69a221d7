"""Short ways to write fixtures of files: one bad row between two sound ones, or one bad file between two sound ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tests.bad_input import rows
from tests.bad_input.fixture import AFTER, BAD, BEFORE, FileFixture

ENDINGS = {"csv_file": "csv", "excel_file": "xlsx", "hr_ba_xml": "xml", "sql_table": "sqlite", "json_file": "json"}
_MAKERS: dict[str, Callable[..., bytes]] = {
    "csv_file": rows.csv,
    "excel_file": rows.excel,
    "hr_ba_xml": rows.xml,
    "sql_table": rows.database,
    "json_file": rows.json,
}
_SOUND: dict[str, Callable[..., dict[str, Any]]] = {
    "csv_file": rows.sound,
    "excel_file": rows.sound,
    "hr_ba_xml": rows.point,
    "sql_table": rows.point,
    "json_file": rows.sound,
}
# Where row 2 stands: the line, the row of the sheet, the line of the element, the number of the record.
_LINES = {"csv_file": 3, "excel_file": 3, "hr_ba_xml": 6, "sql_table": 2, "json_file": 2}


def content(kind: str, *cells: Any) -> bytes:
    """A file of rows that are given by their cells."""
    return _MAKERS[kind]([_SOUND[kind](**one) if isinstance(one, dict) else one for one in cells])


def _one(kind: str, number: int, what: str, cells: Mapping[str, Any], **how: Any) -> FileFixture:
    bad = {"number": "2", **cells} if "Nr" not in cells else dict(cells)
    row = _SOUND[kind](**{key: value for key, value in bad.items() if key != "Nr"})
    if "Nr" in cells:
        row["Nr"] = cells["Nr"]
    files = {f"{BAD}.{ENDINGS[kind]}": _MAKERS[kind](rows.around(row, _SOUND[kind]))}
    return FileFixture(number, what, files=files, type=kind, **how)


def rejected(
    number: int, what: str, code: str, column: str | None, kind: str = "csv_file", cells: Any = None, **more: Any
) -> FileFixture:
    """Row 2 is refused, its neighbours arrive. Cells by name, or as `cells` where the name is no Python name."""
    how = {name: more.pop(name) for name in ("source",) if name in more}
    changed = {**(cells or {}), **more}
    return _one(
        kind, number, what, changed, outcome="R", code=code, column=column, line=_LINES[kind], absent=("2",), **how
    )


def repaired(number: int, what: str, shown: Mapping[str, Any], kind: str = "csv_file", **more: Any) -> FileFixture:
    """Row 2 is repaired without loss and arrives with these values."""
    how = {name: more.pop(name) for name in ("source", "code", "column", "line") if name in more}
    return _one(kind, number, what, more, outcome="F", arrive=("1", "2", "3"), shown={"2": shown}, **how)


def taken(number: int, what: str, shown: Mapping[str, Any], kind: str = "csv_file", **more: Any) -> FileFixture:
    """Row 2 is taken as it is."""
    return replace(repaired(number, what, shown, kind, **more), outcome="OK")


def of_lines(number: int, what: str, outcome: Any, *lines: Any, **how: Any) -> FileFixture:
    """A CSV file of these rows."""
    return FileFixture(number, what, outcome, files={f"{BAD}.csv": rows.csv(lines)}, **how)


def refused(
    number: int, what: str, code: str, bad: bytes, kind: str = "csv_file", says: str = "", name: str = BAD, **how: Any
) -> FileFixture:
    """The file is refused; those of the day before and after arrive."""
    end = ENDINGS[kind]
    files = {
        f"{BEFORE}.{end}": content(kind, {"number": "1"}),
        f"{name}.{end}": bad,
        f"{AFTER}.{end}": content(kind, {"number": "1"}, {"number": "3"}),
    }
    more: dict[str, Any] = {"bad": f"{name}.{end}"} if name != BAD else {}
    return FileFixture(number, what, "D", files=files, type=kind, code=code, says=says, absent=("2",), **more, **how)
