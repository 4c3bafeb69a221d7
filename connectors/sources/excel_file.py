"""Rows from a sheet of an Excel or ODS workbook. Values are read, formulas are never computed."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator
from python_calamine import CalamineWorkbook

from connectors.contract.delivery import Delivery, Load
from connectors.contract.row import Broken, Row
from connectors.contract.source import SourceOptions, Wanted
from connectors.csv_records import FOOTER_WITHOUT_COUNT, NO_COUNT, footer_count
from connectors.errors import Stop
from connectors.file_source import FileSource
from connectors.header import place_columns, unmapped_columns
from connectors.names import heading
from connectors.regular_file import regular_file
from connectors.values.texts import number_text

# A real workbook shrinks to a tenth or a twentieth. One that inflates a hundredfold was made to do harm.
_RATIO_MAX, _SMALL_BYTES, _MEMBERS_MAX = 100, 10 << 20, 2000
_BLOCK_BYTES = 1 << 20


class Options(SourceOptions):
    """Where the table is."""

    sheet: str | None = Field(default=None, description="name of the sheet; without it the first one")
    header_row: int = Field(default=1, ge=1, description="row of the column headers, from 1")
    footer: str | None = Field(
        default=None,
        description="pattern of the last row, its filled cells joined by ';'; its group `count` names the rows",
    )
    megabytes_max: int = Field(default=200, ge=1, description="limit of the file, packed and unpacked")

    @field_validator("footer")
    @classmethod
    def _compiles(cls, footer: str | None) -> str | None:
        try:
            re.compile(footer or "")
        except re.error as error:
            raise ValueError(f"no pattern: {error}") from None
        return footer


class Source(FileSource):
    """Workbooks of a folder."""

    def __init__(self, name: str, options: Mapping[str, Any], wanted: Wanted, files: str | None, load: Load) -> None:
        super().__init__(name, wanted, files or "*.xlsx", load)
        self.options = Options.model_validate(dict(options))

    def read(self, delivery: Delivery) -> ExcelReading:
        """Open a workbook and check its header."""
        limit = self.options.megabytes_max << 20
        path = regular_file(delivery, limit)
        refuse_bombs(path, delivery.file, limit)
        return ExcelReading(delivery, path, self.options, self.wanted)


class ExcelReading:
    """One sheet being read."""

    def __init__(self, delivery: Delivery, path: Path, options: Options, wanted: Wanted) -> None:
        # A workbook whose directory is damaged does not open at all, so an open one is whole.
        self.load, self.complete, self.unmapped = delivery.load, False, list[str]()
        self.description = f"Excel, {options.sheet or 'Blatt 1'}"
        self._file, self._path, self._options, self._wanted = delivery.file, path, options, wanted

    def __iter__(self) -> Iterator[Row | Broken]:
        rows = self._cells()
        if len(rows) < self._options.header_row:
            return
        header = [heading(cell) for cell in rows[self._options.header_row - 1]]
        places = place_columns(header, self._wanted, self._file)
        self.unmapped = unmapped_columns(header, self._wanted)
        body, counted = self._without_footer(rows[self._options.header_row :])
        found = 0
        for number, cells in enumerate(body, start=self._options.header_row + 1):
            values = {name: cells[at] for name, at in places.items()}
            if any(value not in (None, "") for value in values.values()):
                found += 1
                yield Row(number, values)
        self.complete = found > 0 and counted in (found, FOOTER_WITHOUT_COUNT)

    def _without_footer(self, rows: list[list[Any]]) -> tuple[list[list[Any]], int]:
        """The rows above the closing one, and how many of them it names."""
        if self._options.footer is None:
            return rows, FOOTER_WITHOUT_COUNT
        last = next((place for place in reversed(range(len(rows))) if joined(rows[place])), None)
        found = None if last is None else re.match(self._options.footer, joined(rows[last]))
        return (rows, NO_COUNT) if found is None else (rows[:last], footer_count(found))

    def _cells(self) -> list[list[Any]]:
        wanted = self._options.sheet
        try:
            with CalamineWorkbook.from_path(self._path) as book:
                names = book.sheet_names
                if wanted is not None and heading(wanted) not in map(heading, names):
                    raise Stop("E304", f"{self._file}: no sheet {wanted!r}; there are: {', '.join(names)}")
                place = [heading(name) for name in names].index(heading(wanted)) if wanted else 0
                return book.get_sheet_by_index(place).to_python(skip_empty_area=False)
        except Stop:
            raise
        except BaseException as error:  # a damaged file may even make the reader panic, which is no Exception
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                raise
            raise Stop("E304", f"{self._file} is not a readable workbook ({type(error).__name__})") from None


def joined(cells: Sequence[Any]) -> str:
    """The filled cells of a row in one text, as the pattern of a closing row sees them."""
    return ";".join(text for text in (number_text(cell).strip() for cell in cells) if text)


def refuse_bombs(path: Path, file: str, limit: int) -> None:
    """Unpack once for counting only; sizes in the directory of an archive are what its author wrote there."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > _MEMBERS_MAX:
                raise Stop("E308", f"{file} has {len(members)} parts; a workbook has at most {_MEMBERS_MAX}")
            total = 0
            for member in members:
                if member.filename.startswith(("/", "\\")) or ".." in member.filename.replace("\\", "/").split("/"):
                    raise Stop("E307", f"{file}: one of its parts has a name that points out of it")
                unpacked = 0
                with archive.open(member) as part:
                    while block := part.read(_BLOCK_BYTES):
                        unpacked += len(block)
                        inflated = unpacked > _SMALL_BYTES and unpacked > _RATIO_MAX * max(member.compress_size, 1)
                        if total + unpacked > limit or inflated:
                            raise Stop("E308", f"{file}: its part {member.filename!r} inflates beyond the limit")
                total += unpacked
    except (Stop, PermissionError):
        raise
    except Exception as error:  # zipfile raises a dozen kinds for damaged archives
        raise Stop("E304", f"{file} is a damaged archive ({type(error).__name__})") from None
