"""Files as other programs write them are recognised and read without a word of configuration.

Microsoft Excel does not run here: what it writes is made by XlsxWriter and in the form it gives its CSV files. Kept
files of other programs: tests/unit/connectors/test_foreign_files.py.
"""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path

import psycopg
import pytest
import xlsxwriter

from connectors.checked import Checked
from connectors.checks import check_file, check_recognised
from connectors.recognise.recognised import recognise
from tests.support.deliveries import DELIVERIES
from tests.support.layouts.jobs import Written, cells

_COLUMNS = {
    "key": "Stellen-Nr",
    "title": "Bezeichnung",
    "description": "Beschreibung",
    "kldb2010": "KldB",
    "visibility": "Sichtbarkeit",
    "employer.name": "Arbeitgeber",
    "workplace.plz": "PLZ",
    "workplace.place": "Ort",
    "working_time": "Arbeitszeit",
    "weekly_hours": "Wochenstunden",
    "openings": "Anzahl",
    "start_on": "Beginn",
    "published_from": "Veröffentlicht ab",
}
HEADER = list(_COLUMNS.values())
ROWS = 40


def rows(written: Written) -> list[list[str]]:
    """Sound vacancies, one of them with quotes, a separator and a line break in its text."""
    found = [[cells(number, written)[field] for field in _COLUMNS] for number in range(ROWS)]
    found[3][2] = 'Wir suchen "Köche";\nund Köchinnen, 14 € je Stunde'
    return found


def checked(path: Path) -> Checked:
    """The file as anybody's check sees it."""
    return check_recognised(path, recognise(path))


def all_good(path: Path, *, text: str | None = None) -> None:
    found = checked(path)

    assert (None, ROWS, ROWS) == (found.refused, found.rows, found.valid), found.findings[:3]
    assert {field: [header] for field, header in _COLUMNS.items() if field != "key"}.items() <= found.mapping.items()
    assert text is None or text in found.format


_ISO = Written(day="%Y-%m-%d", comma=False, never="")


def test_csv_by_postgresql_copy(fresh_database: str, tmp_path: Path) -> None:
    path = tmp_path / "copy.csv"
    kinds = {"Beginn": "date", "Veröffentlicht ab": "date", "Wochenstunden": "numeric"}
    columns = ", ".join(f'"{name}" {kinds.get(name, "text")}' for name in HEADER)
    with psycopg.connect(fresh_database) as connection:
        connection.execute(f"CREATE TABLE stellen ({columns})")
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO stellen VALUES ({', '.join(['%s'] * len(HEADER))})",
                rows(_ISO),
            )
            with cursor.copy("COPY stellen TO STDOUT (FORMAT csv, HEADER true)") as copy, path.open("wb") as file:
                for block in copy:
                    file.write(bytes(block))

    all_good(path, text='","')


def test_text_by_postgresql_copy_with_tabs(fresh_database: str, tmp_path: Path) -> None:
    path = tmp_path / "copy.tsv"
    with psycopg.connect(fresh_database) as connection:
        connection.execute("CREATE TABLE stellen (" + ", ".join(f'"{name}" text' for name in HEADER) + ")")
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO stellen VALUES ({', '.join(['%s'] * len(HEADER))})", rows(_ISO))
            options = "FORMAT csv, HEADER true, DELIMITER E'\\t', ENCODING 'WIN1252'"
            with cursor.copy(f"COPY stellen TO STDOUT ({options})") as copy, path.open("wb") as file:
                for block in copy:
                    file.write(bytes(block))

    all_good(path, text="Tabulator")


def test_csv_by_the_shell_of_sqlite(tmp_path: Path) -> None:
    """Python's own csv module in its `unix` form: line feeds, everything quoted."""
    path = tmp_path / "sqlite.csv"
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE stellen (" + ", ".join(f'"{name}" TEXT' for name in HEADER) + ")")
        connection.executemany(f"INSERT INTO stellen VALUES ({', '.join('?' * len(HEADER))})", rows(_ISO))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, dialect="unix")
            writer.writerow(HEADER)
            writer.writerows(connection.execute("SELECT * FROM stellen"))

    all_good(path)


def _excel(encoding: str, *, sep: bool = False, preamble: bytes = b"") -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, dialect="excel", delimiter=";")
    writer.writerow(HEADER)
    writer.writerows(rows(Written()))
    return (b"sep=;\r\n" if sep else b"") + preamble + buffer.getvalue().encode(encoding)


EXCEL: dict[str, Callable[[], bytes]] = {
    "semicolon, Windows-1252": lambda: _excel("cp1252"),
    "with a line sep=;": lambda: _excel("cp1252", sep=True),
    "CSV UTF-8 of Excel": lambda: _excel("utf-8-sig"),
    "with lines of title": lambda: _excel("cp1252", preamble=b"Offene Stellen;;;\r\n\r\nStand: 22.11.2026\r\n"),
    "Unicode text": lambda: _excel("utf-16"),
    "Unicode text without a mark": lambda: _excel("utf-16-le"),
    "Mac": lambda: _excel("mac_roman"),
}


@pytest.mark.parametrize("form", EXCEL)
def test_csv_by_excel(form: str, tmp_path: Path) -> None:
    path = tmp_path / "excel.csv"
    path.write_bytes(EXCEL[form]())

    all_good(path)


def test_a_workbook_with_days_and_numbers_as_such(tmp_path: Path) -> None:
    path = tmp_path / "stellen.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Hinweise").write(0, 0, "Bitte nicht ändern")
        sheet, day = book.add_worksheet("Stellen"), book.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write(0, 0, "Offene Stellen")
        sheet.write_row(2, 0, HEADER)
        for number, row in enumerate(rows(_ISO), start=3):
            for place, (name, cell) in enumerate(zip(HEADER, row, strict=True)):
                if name in ("Beginn", "Veröffentlicht ab"):
                    sheet.write_datetime(number, place, date.fromisoformat(cell), day)
                elif name in ("Wochenstunden", "Anzahl", "PLZ"):
                    sheet.write_number(number, place, float(cell))
                else:
                    sheet.write_string(number, place, cell)

    all_good(path, text="Excel")


def test_hr_ba_xml_with_the_table_of_occupations_beside_it() -> None:
    folder = DELIVERIES / "steinfurt"
    path = sorted(folder.glob("DS*.xml"))[0]
    found = recognise(path)
    result = check_file(found.jobcenter(), "datei", path)

    assert ("hr_ba_xml", []) == (found.sample.type, found.proposal.missing)
    assert (474, 460) == (result.rows, result.valid)


def test_hr_ba_xml_alone_says_that_the_table_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "DS.xml"
    path.write_bytes(sorted((DELIVERIES / "steinfurt").glob("DS*.xml"))[0].read_bytes())
    result = checked(path)

    assert "kldb2010" == next(one.column for one in result.findings if one.code == "E321")
