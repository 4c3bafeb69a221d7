"""jobhub check: what a person at a Jobcenter reads about a file. Nothing is sent, nothing personal is shown."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from connectors import checks
from connectors.checks import check_file
from hub.cli.main import build
from hub.cli.output import set_language
from schemas import rule_set as rule_set_module
from tests.support.deliveries import DELIVERIES, HEADER, connector, csv_text, jobcenter_of, row, small_jobcenter


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

    assert {"E209": 2, "E207": 1, "E302": 1} == dict(found.codes)
    assert 0 == found.valid


REPEATS = [
    [row(), row(Titel="Koch"), row(), row(Nr="2")],
    [row(), row(), row(PLZ="4814"), row(Nr="2")],
    [row(PLZ="4814"), row(), row(Nr="2", PLZ="48143"), row(Nr="2")],
    [row(Nr=""), row(), row(Nr="2", Beginn="x"), row(Nr="2"), row(Nr="3", Text="Kunde 317B678114")],
]


@pytest.mark.parametrize("rows", REPEATS, ids=range(len(REPEATS)))
def test_the_connector_refuses_the_very_lines_check_refuses(rows: list[dict[str, str]], tmp_path: Path) -> None:
    text = csv_text(rows)
    with connector(tmp_path, small_jobcenter()) as house:
        report = house.take_file("stellen_1.csv", text)
        checked = check_file(house.jobcenter, "stellen", house.folder / "stellen_1.csv")
    firsts = {one.line for one in checked.findings if one.is_error and one.line}

    assert {one["line"] for one in report["findings"] if one["code"].startswith("E")} == firsts
    assert report["rows_read"] - report["rejected"] == checked.valid


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
    said = done.stdout.splitlines()
    at = said.index('FEHLER  E205  Zeile 16, Spalte frei: "15"')
    assert "        Es sind mehr Plätze frei, als es gibt." == said[at + 1]


def test_a_clean_file_ends_with_zero_and_as_json_it_is_one_object() -> None:
    done = CliRunner().invoke(build(), ["check", "--json", str(DELIVERIES / "coesfeld" / "vermittlungen.csv")])
    result = json.loads(done.stdout)

    assert ["version", "ok", "rows", "rule_set", "findings", "next"] == list(result)
    assert (0, 1, True, 291) == (done.exit_code, result["version"], result["ok"], result["rows"])
    assert "Kanarienvogel" not in done.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "nirgends.csv"],
        ["check", __file__, "--source", "stellen"],
        ["check", __file__, "--jobcenter", "nirgends"],
    ],
)
def test_a_file_that_fits_nothing_is_a_matter_of_usage(arguments: list[str]) -> None:
    from hub.cli.output import Exit, Failure

    done = CliRunner().invoke(build(), arguments)

    assert isinstance(done.exception, Failure)
    assert Exit.USAGE == done.exception.exit_code


def test_a_file_of_which_nothing_is_known_is_refused_with_the_headers_it_has() -> None:
    done = CliRunner().invoke(build(), ["check", "--json", __file__])
    result = json.loads(done.stdout)

    assert (1, False, ["E320"]) == (done.exit_code, result["ok"], [one["code"] for one in result["findings"]])


def test_every_finding_says_row_line_column_value_message_and_fix(tmp_path: Path) -> None:
    path = tmp_path / "offen.csv"
    path.write_text("Stand heute\r\n\r\n" + csv_text([row(), row(Nr="2", PLZ="4814")]), encoding="utf-8")
    done = CliRunner().invoke(build(), ["check", "--json", str(path)])
    (found,) = [one for one in json.loads(done.stdout)["findings"] if one["code"] == "E112"]

    assert ["code", "severity", "row", "line", "column", "value", "message", "fix"] == list(found)
    assert ("error", 2, 5, "PLZ", "4814") == (
        found["severity"],
        found["row"],
        found["line"],
        found["column"],
        found["value"],
    )


def test_what_is_wrong_in_many_rows_is_one_cause(tmp_path: Path) -> None:
    path = tmp_path / "offen.csv"
    path.write_text(csv_text([row(Nr=str(number), PLZ="4814") for number in range(1, 413)]), encoding="utf-8")
    set_language("de")
    done = CliRunner().invoke(build(), ["check", str(path)])

    assert "FEHLER  E112  1 Ursache, 412 Zeilen · Spalte PLZ" in done.stdout.splitlines()


@pytest.mark.parametrize("ending", [".xlsx", ".html", ".xml"])
def test_a_report_is_written_by_its_ending(tmp_path: Path, ending: str) -> None:
    path, report = tmp_path / "offen.csv", tmp_path / f"fehler{ending}"
    path.write_text(csv_text([row(), row(Nr="2", PLZ="4814"), '3;"offen']), encoding="utf-8")
    CliRunner().invoke(build(), ["check", str(path), "--report", str(report)])

    if ending == ".xlsx":
        cells = CalamineWorkbook.from_path(report).get_sheet_by_index(0).to_python()
        assert ["Fehler", "Zeile", *HEADER] == cells[0]
        assert [str(value) for value in row().values()] == cells[1][2:]
        assert ("", 2) == (cells[1][0], cells[1][1])
        assert str(cells[2][0]).startswith("E112 PLZ: ")
        assert '3;"offen' == cells[3][2]
    elif ending == ".xml":
        suite = ElementTree.parse(report).getroot()
        names = {case.get("name") for case in suite.findall("testcase")}
        assert {"read", "E302", "E112 PLZ", "E207"} <= names
        assert "3" == suite.get("failures")
    else:
        assert "4814" in report.read_text(encoding="utf-8")


def test_a_report_never_replaces_the_file_that_was_checked(tmp_path: Path) -> None:
    path = tmp_path / "offen.xlsx"
    path.write_bytes(b"PK")
    done = CliRunner().invoke(build(), ["check", str(path), "--report", str(path)])

    assert b"PK" == path.read_bytes()
    assert done.exception is not None


def test_the_rule_set_changes_with_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    before = rule_set_module.rule_set()
    monkeypatch.setattr(rule_set_module, "_MODULES", ("rules.py",))
    rule_set_module.rule_set.cache_clear()
    after = rule_set_module.rule_set()
    rule_set_module.rule_set.cache_clear()

    assert before != after
    assert 12 == len(before)


def test_a_folder_in_which_nothing_was_checked_does_not_look_good(tmp_path: Path) -> None:
    done = CliRunner().invoke(build(), ["check", str(tmp_path)])

    assert "E732" in str(done.exception)


def test_a_folder_gives_one_object_with_a_part_for_each_file(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(csv_text([row(), row(Nr="2")]), encoding="utf-8")
    done = CliRunner().invoke(build(), ["check", str(tmp_path), "--json"])
    result = json.loads(done.stdout)

    assert [("a.csv", True, 2), ("b.csv", True, 2)] == [
        (Path(one["file"]).name, one["ok"], one["rows"]) for one in result["files"]
    ]


def test_the_shape_of_client_data_is_hidden_too(tmp_path: Path) -> None:
    path = tmp_path / "offen.csv"
    path.write_text(csv_text([row(), row(Nr="2", Titel="317B678114")]), encoding="utf-8")
    done = CliRunner().invoke(build(), ["check", str(path)])

    assert "317B678114" not in done.stdout
    assert "999X999999" not in done.stdout
    assert "‹•••›" in done.stdout


def test_a_check_that_shows_client_data_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: every value is shown as it is."""
    path = tmp_path / "offen.csv"
    path.write_text(csv_text([row(), row(Nr="2", Titel="317B678114")]), encoding="utf-8")
    monkeypatch.setattr(checks, "shown_value", lambda mapping, values, column, code: values.get(column))
    done = CliRunner().invoke(build(), ["check", str(path)])

    assert "317B678114" in done.stdout
