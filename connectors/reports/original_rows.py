"""All rows of a delivery with all their columns, as they stand in the file. For reports only: nothing of it is sent."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from connectors.contract.delivery import Delivery
from connectors.contract.reading import CountsItems, Reading
from connectors.contract.row import Broken, Row
from connectors.contract.source import Wanted
from connectors.errors import Stop
from connectors.mapping.key import key_columns
from connectors.names import plain
from connectors.recognise.look import samples_of
from connectors.registry import build_source
from schemas.jobcenter import Jobcenter

_LINE_MAX = 32 << 10
_TELL_AT_THE_END = ("hr_ba_xml", "json_file")
"""Types whose readings know only at their end which columns there are."""


@dataclass(frozen=True, slots=True)
class OriginalRow:
    """A row, or the text of one that could not be split into cells."""

    line: int
    cells: tuple[Any, ...]


class OriginalRows:
    """Columns and rows of a file that a check has read before."""

    def __init__(self, jobcenter: Jobcenter, name: str, path: Path) -> None:
        self._config, self._path = jobcenter.sources[name], path
        self._delivery = Delivery(name, plain(path.name), path, None, None, self._config.load)
        probe = build_source(jobcenter, name).read(self._delivery)
        first = next(iter(probe), None)
        if self._config.type in _TELL_AT_THE_END:
            for _ in probe:
                pass
        mapped = list(first.values or ()) if isinstance(first, Row | Broken) else []
        names = list(dict.fromkeys([*mapped, *probe.unmapped]))
        order = self._order() if self._config.type != "hr_ba_xml" else []
        self.columns: tuple[str, ...] = tuple(sorted(names, key=order.index) if set(names) <= set(order) else names)
        self._starts: list[int] = []

    def __iter__(self) -> Iterator[OriginalRow]:
        reading = self._reading()
        is_item = isinstance(reading, CountsItems) and reading.counts_items
        for row in reading:
            if isinstance(row, Row):
                yield OriginalRow(row.line, tuple(row.values.get(name) for name in self.columns))
            elif isinstance(row, Broken):
                yield OriginalRow(row.line, self._broken(row, is_item))

    def _broken(self, row: Broken, is_item: bool) -> tuple[Any, ...]:
        """The line as it is; of an item of a document, which has none, the key as far as it was readable."""
        if is_item:
            return tuple((row.values or {}).get(name) for name in self.columns)
        return (self._raw_line(row.line),)

    def _reading(self) -> Reading:
        module = importlib.import_module(f"connectors.sources.{self._config.type}")
        wanted = Wanted(self.columns, tuple(key_columns(self._config)))
        source = module.Source("report", self._config.options, wanted, self._config.files, self._config.load)
        reading: Reading = source.read(self._delivery)
        return reading

    def _order(self) -> list[str]:
        try:
            return list(dict.fromkeys(name for sample in samples_of(self._path) for name in sample.header))
        except Stop:
            return []

    def _raw_line(self, line: int) -> str:
        encoding = str(self._config.options.get("encoding", "utf-8"))
        with self._path.open("rb") as file:
            if not self._starts:
                self._starts = list(accumulate((len(raw) for raw in file), initial=0))
            file.seek(self._starts[line - 1])
            return file.readline(_LINE_MAX).decode(encoding, "replace").replace("\0", "�").rstrip("\r\n")
