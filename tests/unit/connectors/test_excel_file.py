import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from connectors.contract.delivery import Delivery
from connectors.contract.row import Row
from connectors.contract.source import Wanted
from connectors.errors import Stop
from connectors.sources import excel_file

HEADER = ["lfd. Nr.", "Std./\nWoche", "ab", "Geheim"]
WANTED = Wanted(columns=("lfd. Nr.", "Std./ Woche", "ab"), key=("lfd. Nr.",))


def workbook(path: Path, rows: list[list[Any]], sheet: str = "Offene Stellen") -> Path:
    book = xlsxwriter.Workbook(path, {"default_date_format": "dd.mm.yyyy"})
    page = book.add_worksheet(sheet)
    for number, cells in enumerate([["Titel"], [], HEADER, *rows]):
        for place, cell in enumerate(cells):
            page.write(number, place, cell)
    book.add_worksheet("Hinweise").write(0, 0, "ignorieren")
    book.close()
    return path


def read(path: Path, **options: Any) -> tuple[Any, list[Any]]:
    source = excel_file.Source("s", {"sheet": "Offene Stellen", "header_row": 3, **options}, WANTED, "*.xlsx", "full")
    reading = source.read(Delivery("s", path.name, path, "", None, "full"))
    return reading, list(reading)


def test_cells_keep_their_type_and_rows_their_number(tmp_path: Path) -> None:
    reading, rows = read(
        workbook(tmp_path / "a.xlsx", [[21124, 38.5, date(2026, 12, 15), "x"], [], ["A1", "39,0", "31.02.2027", "y"]])
    )

    assert [
        Row(4, {"lfd. Nr.": 21124.0, "Std./ Woche": 38.5, "ab": date(2026, 12, 15)}),
        Row(6, {"lfd. Nr.": "A1", "Std./ Woche": "39,0", "ab": "31.02.2027"}),
    ] == rows
    assert (True, ["Geheim"]) == (reading.complete, reading.unmapped)


def test_a_sheet_without_rows_is_not_complete(tmp_path: Path) -> None:
    reading, rows = read(workbook(tmp_path / "a.xlsx", []))

    assert ([], False) == (rows, reading.complete)


@pytest.mark.parametrize("options, code", [({"sheet": "Andere"}, "E304"), ({"header_row": 1}, "E303")])
def test_another_layout_is_refused(tmp_path: Path, options: dict[str, Any], code: str) -> None:
    with pytest.raises(Stop, match=code):
        read(workbook(tmp_path / "a.xlsx", [[1, 2, 3, 4]]), **options)


def test_a_truncated_workbook_is_refused(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "a.xlsx", [[1, 2, 3, 4]]).read_bytes()
    for size in (0, 10, len(whole) // 2, len(whole) - 30):
        (tmp_path / "b.xlsx").write_bytes(whole[:size])
        with pytest.raises(Stop, match="E304"):
            read(tmp_path / "b.xlsx")


def test_an_archive_that_inflates_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [[1, 2, 3, 4]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/x.bin", b"\0" * (50 << 20))

    with pytest.raises(Stop, match="E308"):
        read(path)


def test_a_file_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with path.open("wb") as file:
        file.truncate(3 << 20)

    with pytest.raises(Stop, match="E308"):
        read(path, megabytes_max=2)
