"""What trials with exports of invented houses taught the recogniser."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from connectors.checks import check_recognised
from connectors.file_source import day_of
from connectors.recognise import kinds
from connectors.recognise.header import likeness
from connectors.recognise.layout import footer_of
from connectors.recognise.office import kreis_of, pattern_of
from connectors.recognise.recognised import Recognised, recognise

HEADER = "Chiffre;Titel;KldB;PLZ;Ort;Anzahl;Beginn;Gemeldet am;VEROEFF_KZ"


def rows(start: str = "sofort", seen: str = "V") -> list[list[str]]:
    places = [("48565", "Steinfurt"), ("48429", "Rheine"), ("48268", "Greven"), ("49477", "Ibbenbüren")]
    return [
        f"A-{70 + number * 3};Koch (m/w/d);29302;{plz};{place};1;"
        f"{start if number % 2 else '01.12.2026'};20.11.2026;{seen}".split(";")
        for number, (plz, place) in enumerate(places)
    ]


def written(path: Path, told: list[list[str]], *, closing: str = "") -> Recognised:
    text = "\n".join([HEADER, *(";".join(row) for row in told)]) + "\n" + closing
    path.write_text(text, encoding="utf-8")
    return recognise(path)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Freig.", "freigabe"),
        ("Veröff. bis", "veröffentlicht bis"),
        ("Erf.-Datum", "erfasst am"),
        ("BEFKZ", "befristung"),
    ],
)
def test_a_word_cut_short_stands_for_the_one_it_begins(header: str, name: str) -> None:
    assert likeness(header, [name]) > 0.5


def test_without_the_full_stop_a_beginning_is_another_word() -> None:
    assert 0.0 == likeness("Bet", ["betrieb"])


def test_words_in_place_of_a_day_count_as_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    found = written(path, rows())

    assert "sofort" in found.proposal.columns["start_on"]["empty"]
    assert 4 == check_recognised(path, found).valid

    monkeypatch.setattr(kinds, "_is_no_day", lambda text: text in kinds.FAR_DAYS)
    assert 2 == check_recognised(path, recognise(path)).valid


@pytest.mark.parametrize(
    ("day", "parser"),
    [
        ("20261120", "date_compact"),
        ("2026-11-20T05:12:00Z", "day_of_timestamp"),
        ("20.11.2026 05:12", "day_of_timestamp"),
    ],
)
def test_the_notation_of_days_is_seen(day: str, parser: str, tmp_path: Path) -> None:
    told = [[*row[:7], day, row[8]] for row in rows()]
    path = tmp_path / "a.csv"
    found = written(path, told)

    assert parser == found.proposal.columns["published_from"]["parse"]
    assert 4 == check_recognised(path, found).valid


@pytest.mark.parametrize(
    ("day", "pay", "parsers"),
    [("2026-12-01", "16.50", ("date_iso", "decimal_point")), ("01.12.2026", "16,50", ("date_de", "decimal_de"))],
)
def test_an_empty_column_is_taken_to_be_written_as_the_others_are(
    day: str, pay: str, parsers: tuple[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    head = f"{HEADER};Veröffentlicht bis;Lohn von;Lohn bis"
    lines = [";".join([*row[:6], day, day, row[8], "NULL", pay, "NULL"]) for row in rows()]
    path.write_text("\n".join([head, *lines, ""]), encoding="utf-8")
    columns = recognise(path).proposal.columns

    assert parsers == (columns["published_until"]["parse"], columns["pay.maximum"]["parse"])


def test_a_number_of_the_row_is_no_identifier(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = [f"{number};{';'.join(row)}" for number, row in enumerate(rows(), start=1)]
    path.write_text("\n".join([f"lfd. Nr.;{HEADER}", *lines, ""]), encoding="utf-8")

    assert "{Chiffre}" == recognise(path).proposal.key


def test_a_column_whose_values_nobody_knows_is_named_as_a_candidate(tmp_path: Path) -> None:
    found = written(tmp_path / "a.csv", rows(seen="V"))

    assert {"constant": "INTERNAL"} == found.proposal.columns["visibility"]
    assert "VEROEFF_KZ" == found.proposal.candidates["visibility"].column.header


def test_the_kreis_is_that_of_most_places_of_work(tmp_path: Path) -> None:
    assert "05566" == kreis_of(written(tmp_path / "a.csv", rows()))


@pytest.mark.parametrize(("last", "width", "pattern"), [("99|4", 20, r"^99\|(?P<count>[0-9]+)"), ("99|4", 4, None)])
def test_a_closing_record_with_its_own_type_is_seen(last: str, width: int, pattern: str | None) -> None:
    assert pattern == footer_of(f"10|a|b\n{last}\n", "|", width)


def workbook(path: Path, closing: list[Any]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Stellen")
        for number, row in enumerate([["Offene Stellen"], [], HEADER.split(";"), *rows(), [], closing]):
            sheet.write_row(number, 0, row)
    return path


@pytest.mark.parametrize(("closing", "complete"), [(["Gesamt", 4], True), (["Gesamt", 5], False)])
def test_the_closing_row_of_a_workbook_is_no_row_and_its_number_is_asked(
    closing: list[Any], complete: bool, tmp_path: Path
) -> None:
    path = workbook(tmp_path / "a.xlsx", closing)
    found = check_recognised(path, recognise(path))

    assert (4, 4, complete) == (found.rows, found.valid, found.complete)
    assert ([] if complete else ["E302"]) == [one.code for one in found.findings]


def test_a_workbook_without_its_agreed_closing_row_is_not_whole(tmp_path: Path) -> None:
    found = recognise(workbook(tmp_path / "a.xlsx", ["Gesamt", 4]))
    later = workbook(tmp_path / "b.xlsx", [])

    assert not check_recognised(later, found).complete


@pytest.mark.parametrize(
    ("name", "day", "pattern"),
    [
        ("stellen_20261122.csv", date(2026, 11, 22), "stellen_*.csv"),
        ("DELTA_20261122_0530.txt", date(2026, 11, 22), "DELTA_*.txt"),
        ("Liste November.xlsx", None, "Liste *.xlsx"),
        ("V000012345_20261399.csv", None, "V*.csv"),
    ],
)
def test_days_and_months_in_names_of_files(name: str, day: date | None, pattern: str) -> None:
    assert (day, pattern) == (day_of(name), pattern_of(name))
