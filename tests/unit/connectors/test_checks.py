"""jobhub check: what a person at a Jobcenter reads about a file. Nothing is sent, nothing personal is shown."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from connectors.checks import check_file
from hub.cli.main import build
from hub.cli.output import set_language
from tests.support.deliveries import DELIVERIES, csv_text, jobcenter_of, row, small_jobcenter


def test_findings_carry_line_column_code_and_only_harmless_values(tmp_path: Path) -> None:
    path = tmp_path / "stellen_1.csv"
    rows = [
        row(),
        row(Nr="2", Beginn="31.02.2027"),
        row(Nr="3", Text="Kunde 317B678114"),
        row(Nr="4", Titel="x" * 400),
        row(Nr="5", PLZ="4814"),
    ]
    path.write_text(csv_text(rows), encoding="utf-8")
    found = check_file(small_jobcenter(), "stellen", path)

    assert [
        ("E102", 3, "Beginn", "31.02.2027"),
        ("E511", 4, "Text", None),
        ("E106", 5, "Titel", None),
        ("E112", 6, "PLZ", "4814"),
    ] == [(one.code, one.line, one.column, one.value) for one in found.findings]
    assert (5, 1, False) == (found.rows, found.valid, found.is_clean)


def test_a_customer_number_in_a_column_of_codes_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "stellen_1.csv"
    path.write_text(csv_text([row(PLZ="317B678114")]), encoding="utf-8")
    (one,) = check_file(small_jobcenter(), "stellen", path).findings

    assert (None, "PLZ") == (one.value, one.column)


def test_contradicting_rows_and_a_missing_end_are_found(tmp_path: Path) -> None:
    path = tmp_path / "stellen_1.csv"
    path.write_text(csv_text([row(), row(Titel="Koch")]) + "9;abgeschn", encoding="utf-8")
    found = check_file(small_jobcenter(), "stellen", path)

    assert {"E209": 1, "E207": 1, "E302": 1} == dict(found.codes)


def test_a_refused_file_says_why(tmp_path: Path) -> None:
    path = tmp_path / "stellen_1.csv"
    path.write_text("nichts\n", encoding="utf-8")

    assert ["E303"] == [one.code for one in check_file(small_jobcenter(), "stellen", path).findings]


@pytest.mark.parametrize("name", ["borken", "coesfeld", "muenster", "steinfurt", "warendorf"])
def test_what_check_says_is_what_the_connector_does(name: str) -> None:
    jobcenter = jobcenter_of(name)
    path = next(iter(sorted((DELIVERIES / name).glob(str(jobcenter.sources["stellen"].files)))))
    found = check_file(jobcenter, "stellen", path)

    expected = {"borken": 533, "coesfeld": 370, "muenster": 644, "steinfurt": 460, "warendorf": 286}
    assert (expected[name], True) == (found.valid, found.complete)


def test_the_command_ends_with_one_and_says_that_nothing_was_sent() -> None:
    set_language("de")
    done = CliRunner().invoke(build(), ["check", str(DELIVERIES / "borken" / "massnahmen.csv")])

    assert 1 == done.exit_code
    assert "Es wurde nichts gesendet." == done.stdout.splitlines()[-1]
    assert (
        'Zeile 16, Spalte frei: "15" Es sind mehr Plätze frei, als es gibt.  FEHLER  E205' in done.stdout.splitlines()
    )


def test_a_clean_file_ends_with_zero_and_as_json_it_is_one_object() -> None:
    done = CliRunner().invoke(build(), ["check", "--json", str(DELIVERIES / "coesfeld" / "vermittlungen.csv")])
    result = json.loads(done.stdout)

    assert (0, 1, 0, 291) == (done.exit_code, result["version"], result["sent"], result["files"][0]["valid"])
    assert "Kanarienvogel" not in done.output


@pytest.mark.parametrize(
    "arguments", [["check", "nirgends.csv"], ["check", __file__], ["check", __file__, "--jobcenter", "nirgends"]]
)
def test_a_file_that_fits_nothing_is_a_matter_of_usage(arguments: list[str]) -> None:
    from hub.cli.output import Exit, Failure

    done = CliRunner().invoke(build(), arguments)

    assert isinstance(done.exception, Failure)
    assert Exit.USAGE == done.exception.exit_code
