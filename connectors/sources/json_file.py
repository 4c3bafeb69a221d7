"""Rows from JSON files: one document with a list of items, or one item a line (NDJSON)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Literal

from pydantic import Field, field_validator

from connectors.contract.delivery import Delivery, Load
from connectors.contract.row import Broken, Row
from connectors.contract.source import SourceOptions, Wanted
from connectors.file_source import FileSource
from connectors.json_items import Unreadable, items_of, parse, refused, row_of, value_at
from connectors.json_paths import Unmapped
from connectors.names import plain
from connectors.regular_file import regular_file
from connectors.transcoded import Transcoded, known_encoding

_LINE_BYTES_MAX = 1 << 20


class Options(SourceOptions):
    """Where the items are."""

    layout: Literal["document", "lines"] = Field(default="document", description="lines: one item a line (NDJSON)")
    items: str = Field(default="", description="path to the list of items; empty: the document is the list")
    total: str | None = Field(default=None, description="path to the number of items; a file that differs is not whole")
    encoding: str = Field(default="utf-8", description="how the file is written; JSON ought to be UTF-8")
    megabytes_max: int = Field(default=200, ge=1)

    @field_validator("encoding")
    @classmethod
    def _known(cls, encoding: str) -> str:
        return known_encoding(encoding)


class Source(FileSource):
    """JSON files of a folder."""

    def __init__(self, name: str, options: Mapping[str, Any], wanted: Wanted, files: str | None, load: Load) -> None:
        super().__init__(name, wanted, files or "*.json", load)
        self.options = Options.model_validate(dict(options))

    def read(self, delivery: Delivery) -> JsonReading:
        """Open a file."""
        path = regular_file(delivery, self.options.megabytes_max << 20)
        if self.options.encoding in ("utf-8", "utf-8-sig"):
            return JsonReading(delivery, path, self.options, self.wanted)
        copy = Transcoded(path, self.options.encoding, delivery.file)
        reading = JsonReading(delivery, copy.path, self.options, self.wanted)
        reading.copy = copy
        return reading


class JsonReading:
    """One JSON file being read."""

    def __init__(self, delivery: Delivery, path: Path, options: Options, wanted: Wanted) -> None:
        self.load, self.complete, self.unmapped = delivery.load, False, list[str]()
        self.counts_items = options.layout == "document"
        self.description = "JSON" if self.counts_items else "NDJSON"
        self.copy: Transcoded | None = None
        """What is read instead of the file, kept for as long as it is read."""
        self._file, self._path, self._options, self._wanted = delivery.file, path, options, wanted

    def __iter__(self) -> Iterator[Row | Broken]:
        unmapped = Unmapped(self._wanted)
        try:
            yield from self._lines(unmapped) if self._options.layout == "lines" else self._document(unmapped)
        except Unreadable as error:
            raise refused(self._file, error) from None
        self.unmapped = [plain(name) for name in unmapped.names()]

    def _document(self, unmapped: Unmapped) -> Iterator[Row | Broken]:
        data = self._path.read_bytes()
        if not data.strip():
            return  # no rows, and not whole
        document = parse(data)
        whole = True
        number = 0
        for number, item in enumerate(items_of(document, self._options.items), start=1):
            unmapped.note(item)
            found = row_of(number, item, self._wanted)
            whole &= not isinstance(found, Broken) or found.bounds_known
            yield found
        told = value_at(document, self._options.total) if self._options.total else number
        self.complete = whole and number > 0 and str(told) == str(number)

    def _lines(self, unmapped: Unmapped) -> Iterator[Row | Broken]:
        whole, rows, ended = True, 0, False
        with self._path.open("rb") as file:
            for number, (raw, ended) in enumerate(_raw_lines(file), start=1):  # noqa: B007 - the last one counts
                if raw is not None and not raw.strip():
                    continue
                rows += 1
                found = line_of(number, raw, self._wanted, unmapped)
                whole &= not isinstance(found, Broken) or found.bounds_known
                yield found
        self.complete = whole and rows > 0 and ended


def _raw_lines(file: BinaryIO) -> Iterator[tuple[bytes | None, bool]]:
    """Lines, None for one that is too long, and whether each was ended."""
    while raw := file.readline(_LINE_BYTES_MAX):
        line: bytes | None = raw
        while not raw.endswith(b"\n") and (rest := file.readline(_LINE_BYTES_MAX)):
            line, raw = None, rest
        yield line, raw.endswith(b"\n")


def line_of(number: int, raw: bytes | None, wanted: Wanted, unmapped: Unmapped) -> Row | Broken:
    """One line; what is wrong with it does not concern its neighbours. None stands for one that is too long."""
    if raw is None:
        return Broken(number, "E106", bounds_known=False)
    try:
        item = parse(raw)
    except Unreadable as error:
        return Broken(number, "E108" if error.code == "E305" else "E215", bounds_known=False)
    unmapped.note(item)
    return row_of(number, item, wanted)
