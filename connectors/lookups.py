"""Translation tables that lie beside the deliveries, such as Steinfurt's DKZ numbers and their KldB codes."""

from __future__ import annotations

import csv
from pathlib import Path

from connectors.errors import Stop
from connectors.names import heading
from schemas.jobcenter import Lookup

Tables = dict[str, dict[str, str]]


def read_lookups(lookups: dict[str, Lookup], folder: Path) -> Tables:
    """All tables of a Jobcenter, by name. Read anew for each delivery, so a corrected table helps at once.

    Raises:
        Stop: E304 a table is missing or cannot be read, E303 it lacks a column.
    """
    return {name: _read(lookup, folder / lookup.file) for name, lookup in lookups.items()}


def _read(lookup: Lookup, path: Path) -> dict[str, str]:
    try:
        with path.open(encoding=lookup.encoding, newline="") as file:
            rows = csv.reader(file, delimiter=lookup.delimiter, strict=True)
            header = [heading(name) for name in next(rows, [])]
            try:
                key, value = header.index(lookup.key), header.index(lookup.value)
            except ValueError:
                raise Stop("E303", f"{lookup.file}: expected columns {lookup.key!r} and {lookup.value!r}") from None
            return {row[key].strip(): row[value].strip() for row in rows if len(row) > max(key, value)}
    except (OSError, UnicodeError, csv.Error) as error:
        raise Stop("E304", f"lookup table {lookup.file} cannot be read ({type(error).__name__})") from None
