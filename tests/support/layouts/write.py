"""Writes a layout as a CSV file and tells its gold mapping."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from connectors.recognise.sample import Sample
from tests.support.layouts.jobs import Written, cells

_NOT_MAPPED = ("clerk", "remark", "tenant", "other")
ROWS = 60
_READS_THE_SAME = {"iso-8859-15": ("cp1252",)}
"""Without a euro sign or the like nothing tells these two apart, and nothing reads differently."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout: how its file is written, and field -> header."""

    name: str
    encoding: str
    delimiter: str
    written: Written
    columns: dict[str, str]

    @property
    def gold(self) -> dict[str, str]:
        """The mapping a person would make; `key` is the identifier."""
        return gold_of(self.columns)

    def is_read_as_written(self, sample: Sample) -> bool:
        """Whether the file was taken for what it is."""
        encoding = {"utf-8-sig": "utf-8"}.get(self.encoding, self.encoding)
        read = sample.options["encoding"] in (encoding, *_READS_THE_SAME.get(encoding, ()))
        return read and sample.options["delimiter"] == self.delimiter

    def write(self, path: Path) -> None:
        """Write the file."""
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer, delimiter=self.delimiter)
        writer.writerow(self.columns.values())
        for number in range(ROWS):
            row = cells(number, self.written)
            writer.writerow([row[field] for field in self.columns])
        path.write_bytes(buffer.getvalue().encode(self.encoding))


def layouts(name: str) -> list[Layout]:
    """All layouts of a file beside this one."""
    loaded: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / f"{name}.yaml").read_text(encoding="utf-8"))
    return [_layout(entry) for entry in loaded]


def gold_of(columns: dict[str, str]) -> dict[str, str]:
    """The columns that a person would map."""
    return {field: header for field, header in columns.items() if field.partition(".")[0] not in _NOT_MAPPED}


def written_of(entry: dict[str, Any]) -> Written:
    """How an entry of a file of layouts writes days, numbers and codes."""
    how: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in entry.get("written", {}).items()
    }
    return Written(**how)


def _layout(entry: dict[str, Any]) -> Layout:
    return Layout(entry["name"], entry["encoding"], entry["delimiter"], written_of(entry), entry["columns"])
