"""Rows from CSV files dropped into a folder: semicolons, tabs or commas, any encoding that is declared."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from connectors import fast
from connectors.contract.delivery import Delivery, Load
from connectors.contract.lines import KnownRows, SplitLines, Unread
from connectors.contract.row import Broken, Row
from connectors.contract.source import SourceOptions, Wanted
from connectors.csv_records import FOOTER_WITHOUT_COUNT, CsvRecord, Splitting, csv_records, split_line
from connectors.errors import Stop
from connectors.file_source import FileSource
from connectors.header import Cells, picker, place_columns, unmapped_columns
from connectors.lines import Lines
from connectors.marks import Marks, can_be_cut
from connectors.names import heading
from connectors.regular_file import regular_file
from connectors.transcoded import Transcoded, known_encoding
from schemas.faults import Wrong

# Beyond these the file as a whole is not what was agreed.
_FOREIGN_SHARE, _FOREIGN_FEW = 0.05, 3
_Pick = Callable[[Any], tuple[Any, ...]]
_UNREADABLE = re.compile("[\\x00\ufffd]")


class Options(SourceOptions):
    """How the export is written. Nothing of it is guessed."""

    encoding: str
    delimiter: str = Field(default=";", min_length=1, max_length=1)
    quotes: Literal["double", "none"] = Field(
        default="double", description='none: the export knows no quotes; a " is a character like any other'
    )
    header_row: int = Field(default=1, ge=1, description="physical line of the column headers, from 1")
    footer: str | None = Field(default=None, description="pattern of the last line; its group `count` names the rows")
    ends_with_newline: bool = Field(
        default=True, description="the export ends its last line; one that does not is cut off"
    )
    megabytes_max: int = Field(default=2000, ge=1)

    @field_validator("encoding")
    @classmethod
    def _known(cls, encoding: str) -> str:
        return known_encoding(encoding)

    @field_validator("footer")
    @classmethod
    def _compiles(cls, footer: str | None) -> str | None:
        try:
            re.compile(footer or "")
        except re.error as error:
            raise Wrong(f"not a valid pattern: {error}", de=f"kein gültiges Muster: {error}") from None
        return footer


class Source(FileSource):
    """CSV files of a folder."""

    def __init__(self, name: str, options: Mapping[str, Any], wanted: Wanted, files: str | None, load: Load) -> None:
        super().__init__(name, wanted, files or "*.csv", load)
        self.options = Options.model_validate(dict(options))

    def read(self, delivery: Delivery) -> CsvReading:
        """Open a file and check its header."""
        path = regular_file(delivery, self.options.megabytes_max << 20)
        if not self.options.encoding.startswith("utf-16"):
            return CsvReading(delivery, path, self.options, self.wanted)
        copy = Transcoded(path, self.options.encoding, delivery.file)
        reading = CsvReading(delivery, copy.path, self.options.model_copy(update={"encoding": "utf-8"}), self.wanted)
        reading.description, reading.copy = f"{reading.description} (UTF-16)", copy
        return reading


class CsvReading:
    """One CSV file being read."""

    def __init__(self, delivery: Delivery, path: Path, options: Options, wanted: Wanted) -> None:
        self.load, self.complete, self.unmapped = delivery.load, False, list[str]()
        self._file, self._path, self._options, self._wanted = delivery.file, path, options, wanted
        self._has_quotes = options.quotes == "double"
        separator = {"\t": "Tabulator"}.get(options.delimiter, f'"{options.delimiter}"')
        self.description = f"CSV, {separator}, {options.encoding}"
        self._rows = self._foreign = 0
        self._known: tuple[KnownRows, bytes] | None = None
        self._splits = False
        self.check_sum: int | None = None
        self.copy: Transcoded | None = None
        """What is read instead of the file, kept for as long as it is read."""

    def pass_over(self, known: KnownRows, meaning: bytes) -> None:
        """Hand out lines as `Unread` if their mark is known."""
        self._known = known, meaning

    def split_lines(self) -> None:
        """Hand out lines by column where that is sure, if the extra `fast` is installed."""
        self._splits = fast.IS_THERE

    def read_after_all(self, line: int, raw: bytes, mark: bytes) -> Row | Broken:
        """The row of a line."""
        lines = self._lines
        record = split_line(lines, line, raw, lines.decoded(raw), self._options.delimiter, self._width, mark)
        return self._row(record, self._places, self._pick)

    def __iter__(self) -> Iterator[Row | Broken | Unread | SplitLines]:
        options = self._options
        footer = re.compile(options.footer) if options.footer else None
        with Lines(self._path, options.encoding) as lines:
            try:
                header = self._header(lines)
            except EOFError:
                if self.load == "delta":
                    raise Stop("E306", f"{self._file} is empty") from None
                return  # not even a header: no rows, and not complete
            places = place_columns(header, self._wanted, self._file)
            self.unmapped = unmapped_columns(header, self._wanted)
            pick, self._order = picker(tuple(places.values())), {name: at for at, name in enumerate(places)}
            self._lines, self._places, self._pick, self._width = lines, places, pick, len(header)
            whole, counted = True, None
            marks = self._marks(header)
            split = self._split(header, footer) if self._splits and marks is not None else None
            for record in csv_records(
                lines, options.delimiter, len(header), footer, marks, split, has_quotes=self._has_quotes
            ):
                if isinstance(record, CsvRecord) and record.footer is not None:
                    counted = record.footer
                    continue
                if isinstance(record, Unread | SplitLines):
                    self._rows += len(record.raws)
                    yield record
                    continue
                self._rows += 1
                result = self._row(record, places, pick)
                whole &= not isinstance(result, Broken) or result.bounds_known
                yield result
            self._refuse_if_foreign()
            self.check_sum = lines.check_sum if self.copy is None else None
            self.complete = whole and self._is_whole(lines, footer is not None, counted)

    def _header(self, lines: Lines) -> list[str]:
        for _ in range(self._options.header_row - 1):
            if lines.take() is None:
                raise EOFError
        raw = lines.take()
        if raw is None:
            raise EOFError
        if lines.foreign_mark or b"\0" in raw:
            raise Stop("E305", f"{self._file} is not written in {self._options.encoding}")
        text = lines.decoded(raw)
        if text is None:
            raise Stop("E305", f"{self._file}: its header is not written in {self._options.encoding}")
        try:
            cells = next(
                csv.reader(
                    [text],
                    delimiter=self._options.delimiter,
                    strict=True,
                    quoting=csv.QUOTE_MINIMAL if self._has_quotes else csv.QUOTE_NONE,
                ),
                [],
            )
        except csv.Error:
            raise Stop("E303", f"{self._file}: its header in line {self._options.header_row} cannot be read") from None
        names = [heading(cell) for cell in cells]
        if len(names) < 2 <= len(self._wanted.columns):
            raise Stop("E303", f"{self._file}: {_guess(text, self._options.delimiter)}")
        return names

    def _row(self, record: CsvRecord, places: dict[str, int], pick: _Pick) -> Row | Broken:
        cells = record.cells
        if record.code is None:
            return Row(record.line, Cells(self._order, pick(cells)), mark=record.mark)
        if record.code == "E108":
            self._foreign += 1
        key = {name: cells[places[name]] for name in self._wanted.key if places[name] < len(cells)}
        readable = len(key) == len(self._wanted.key) and all(
            value.strip() and "�" not in value for value in key.values()
        )
        # In what should have been two rows and reads as one, a second key may hide.
        column = next((name for name, at in places.items() if at < len(cells) and _UNREADABLE.search(cells[at])), None)
        return Broken(
            record.line, record.code, column, key if readable else None, bounds_known=readable and not record.cut
        )

    def _marks(self, header: list[str]) -> Marks | None:
        if self._known is None or not can_be_cut(self._options.encoding):
            return None
        delimiter = self._options.delimiter.encode(self._options.encoding)
        return Marks(*self._known, header, self._places.values(), delimiter)

    def _split(self, header: list[str], footer: re.Pattern[str] | None) -> Splitting:
        from connectors.fast.split import Split

        options = self._options
        return Split(options.encoding, options.delimiter, header, self._places, self._wanted.key, footer)

    def _refuse_if_foreign(self) -> None:
        if self._foreign > _FOREIGN_SHARE * self._rows and (
            self._foreign >= _FOREIGN_FEW or self._foreign == self._rows
        ):
            raise Stop(
                "E305",
                f"{self._file}: {self._foreign} of {self._rows} rows are not written in {self._options.encoding}",
            )

    def _is_whole(self, lines: Lines, wants_footer: bool, counted: int | None) -> bool:
        if wants_footer:
            return counted in (self._rows, FOOTER_WITHOUT_COUNT)
        return self._rows > 0 and (lines.ended_with_newline or not self._options.ends_with_newline)


def _guess(header: str, declared: str) -> str:
    """What to say of a header that is one single column."""
    best = max(";\t,|", key=header.count)
    if best == declared or not header.count(best):
        return "its header has one column only"
    return f"its header has one column only; its delimiter seems to be {best!r}, declared is {declared!r}"
