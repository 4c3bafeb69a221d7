"""jobhub init and jobhub test: a description made of a file, and the tests inside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner, Result

from connectors.checked import Checked
from connectors.checks import check_file
from connectors.recognise.recognised import recognise
from hub.cli import _init_answers
from hub.cli._init_answers import Answers
from hub.cli.main import build
from hub.cli.output import Exit, Failure, set_language
from schemas.jobcenter import Jobcenter
from tests.support.deliveries import DELIVERIES, DEPLOY, csv_text, row
from tests.support.layouts.write_json import json_layouts

BORKEN = DELIVERIES / "borken" / "stellen_voll_2026-11-22.csv"


def run(*arguments: str | Path) -> Result:
    set_language("de")
    return CliRunner().invoke(build(), [str(argument) for argument in arguments])


def test_a_file_becomes_a_description_that_passes_check_at_once(tmp_path: Path) -> None:
    target = tmp_path / "borken.yaml"
    done = run("init", BORKEN, "--load", "full", "--out", target, "--yes")
    checked = run("check", BORKEN, "--config", target, "--json")
    result = json.loads(checked.stdout)

    assert (0, 541) == (done.exit_code, result["rows"])
    assert "Geprüft      533 von 541 Zeilen sind damit gültig" in done.stdout.splitlines()
    assert "Es wurde nichts gesendet." == done.stdout.splitlines()[-1]
    made = yaml.safe_load(target.read_text(encoding="utf-8"))
    assert ("05554", "stellen_voll_*.csv") == (made["kreis"], made["sources"]["stellen"]["files"])


def test_a_file_of_json_becomes_a_description_with_paths(tmp_path: Path) -> None:
    path, target = tmp_path / "stellen_2026-11-22.json", tmp_path / "steinfurt.yaml"
    json_layouts("json")[0].write(path)
    done = run("init", path, "--load", "full", "--out", target, "--yes", "--json")
    checked = json.loads(run("check", path, "--config", target, "--json").stdout)
    source = yaml.safe_load(target.read_text(encoding="utf-8"))["sources"]["stellen"]

    assert (0, 60) == (done.exit_code, json.loads(done.stdout)["valid"])
    assert (True, 60, []) == (checked["ok"], checked["rows"], checked["findings"])
    assert ("json_file", "stellen_*.json") == (source["type"], source["files"])
    assert {"items": "lieferung/stellen", "total": "lieferung/anzahl"} == source["options"]
    assert ("{stellennummer}", "arbeitsort/plz") == (source["key"], source["columns"]["workplace.plz"])
    assert "# Feld: Pfad im Datensatz" in target.read_text(encoding="utf-8")


def test_full_or_delta_is_never_guessed(tmp_path: Path) -> None:
    done = run("init", BORKEN, "--out", tmp_path / "borken.yaml", "--yes")

    assert isinstance(done.exception, Failure)
    assert (Exit.USAGE, "E722") == (done.exception.exit_code, done.exception.code)
    assert not (tmp_path / "borken.yaml").exists()


def test_what_is_there_is_replaced_by_force_only(tmp_path: Path) -> None:
    target = tmp_path / "borken.yaml"
    target.write_text("precious", encoding="utf-8")
    refused = run("init", BORKEN, "--load", "full", "--out", target, "--yes")
    kept = target.read_text(encoding="utf-8")
    forced = run("init", BORKEN, "--load", "full", "--out", target, "--yes", "--force")

    assert isinstance(refused.exception, Failure)
    assert ("E721", "precious") == (refused.exception.code, kept)
    assert 0 == forced.exit_code


def test_a_second_source_is_added_and_the_first_stays_as_it_was_written(tmp_path: Path) -> None:
    target = tmp_path / "borken.yaml"
    run("init", BORKEN, "--load", "full", "--out", target, "--yes")
    before = target.read_text(encoding="utf-8") + "# ours\n"
    target.write_text(before, encoding="utf-8")
    courses = DELIVERIES / "borken" / "massnahmen.csv"
    added = run("init", courses, "--load", "full", "--out", target, "--yes", "--add")
    again = run("init", courses, "--load", "full", "--out", target, "--yes", "--add")

    assert 0 == added.exit_code, added.output
    assert target.read_text(encoding="utf-8").startswith(before)
    assert ["stellen", "massnahmen"] == list(yaml.safe_load(target.read_text(encoding="utf-8"))["sources"])
    assert isinstance(again.exception, Failure)
    assert "E721" == again.exception.code


def test_what_no_column_says_is_told_for_all_rows(tmp_path: Path) -> None:
    source = tmp_path / "liste.csv"
    source.write_bytes(BORKEN.read_bytes().replace("Veröffentlicht am".encode("cp1252"), b"Qqq", 1))
    target = tmp_path / "borken.yaml"
    options = ("--load", "full", "--out", target, "--yes", "--fixed")
    wrong = run("init", source, *options, "published_from=bald")
    done = run("init", source, *options, "published_from=20.11.2026")

    assert isinstance(wrong.exception, Failure)
    assert "E731" == wrong.exception.code
    assert 0 == done.exit_code, done.output
    columns = yaml.safe_load(target.read_text(encoding="utf-8"))["sources"]["stellen"]["columns"]
    assert "2026-11-20" == str(columns["published_from"]["constant"])


def test_the_name_of_the_file_says_which_jobcenter(tmp_path: Path) -> None:
    done = run("init", BORKEN, "--load", "full", "--out", tmp_path / "hamm.yaml", "--yes", "--kreis", "05915")

    assert 0 == done.exit_code, done.output


def test_a_meaning_that_is_none_is_a_fault_of_the_file_not_of_its_rows(tmp_path: Path) -> None:
    target = tmp_path / "borken.yaml"
    run("init", BORKEN, "--load", "full", "--out", target, "--yes")
    target.write_text(target.read_text(encoding="utf-8").replace(": PUBLIC", ": OEFFENTLICH", 1), encoding="utf-8")
    checked = run("check", BORKEN, "--config", target)

    assert isinstance(checked.exception, Failure)
    assert (Exit.CONFIGURATION, "E701") == (checked.exception.exit_code, checked.exception.code)
    assert "„OEFFENTLICH“ gibt es hier nicht; möglich: PUBLIC, ANONYMOUS, INTERNAL" in checked.exception.what


def test_every_question_is_an_option(tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    path.write_text(
        csv_text([row(Sicht="A", Nr=str(n)) for n in range(5)]).replace("KldB", "Spalte7"), encoding="utf-8"
    )
    target = tmp_path / "hamm.yaml"
    options: list[str | Path] = [
        "--jobcenter",
        "hamm",
        "--load",
        "delta",
        "--name",
        "offen",
        "--files",
        "liste_*.csv",
        "--map",
    ]
    told: list[str | Path] = [
        *options,
        "kldb2010=Spalte7",
        "--code",
        "Sicht:A=PUBLIC",
        "--title",
        "Jobcenter Hamm",
        "--out",
        target,
    ]
    done = run("init", path, *told, "--json")
    made = yaml.safe_load(target.read_text(encoding="utf-8"))
    source = made["sources"]["offen"]

    assert (0, "Jobcenter Hamm", "05915") == (done.exit_code, made["name"], made["kreis"])
    assert ("delta", "liste_*.csv") == (source["load"], source["files"])
    assert {"A": "PUBLIC"} == source["columns"]["visibility"]["codes"]
    assert (5, "Spalte7") == (json.loads(done.stdout)["valid"], source["columns"]["kldb2010"]["column"])


def test_a_mandatory_field_nobody_has_ends_init_with_the_columns_left(tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    path.write_text(csv_text([row(KldB="?")]).replace("KldB", "Spalte7"), encoding="utf-8")
    done = run("init", path, "--jobcenter", "hamm", "--load", "full", "--out", tmp_path / "hamm.yaml", "--yes")

    assert isinstance(done.exception, Failure)
    assert ("E320", True) == (done.exception.code, "Spalte7" in (done.exception.why or ""))


def test_in_a_window_it_asks_and_an_answer_outweighs_the_proposal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {"„1“": 1, "„2“": 0, "„3“": 2, "Enthält": "delta"}
    asked: list[str] = []

    def prompt(question: str, **_: object) -> object:
        asked.append(question)
        return next(answer for words, answer in answers.items() if words in question)

    monkeypatch.setattr(typer, "prompt", prompt)
    monkeypatch.setattr(_init_answers, "_someone_is_there", lambda: True)
    done = run("init", BORKEN, "--out", tmp_path / "borken.yaml")
    source = yaml.safe_load((tmp_path / "borken.yaml").read_text(encoding="utf-8"))["sources"]["stellen"]

    assert (0, 4) == (done.exit_code, len(asked))  # the file's name says which Jobcenter
    assert {"1": "PUBLIC", "3": "ANONYMOUS"} == source["columns"]["visibility"]["codes"]
    assert "delta" == source["load"]
    doubted = [line for line in (tmp_path / "borken.yaml").read_text(encoding="utf-8").splitlines() if "PRÜFEN" in line]
    assert ["load"] == [line.split(":")[0].strip() for line in doubted]  # and no column says what has ended


_DELTA = """Vorgang;Auftrag;Stelle;KldB;Freigabe;PLZ;Ort;Plätze;veröffentlicht
NEU;1;Koch (m/w/d);29302;1;48143;Münster;1;20.11.2026
ÄND;2;Koch (m/w/d);29302;1;48143;Münster;2;20.11.2026
LÖSCH;3;Koch (m/w/d);29302;1;48143;Münster;1;20.11.2026
"""


def _delta(folder: Path, text: str, *options: str) -> tuple[Result, dict[str, Any]]:
    (folder / "aenderungen.csv").write_text(text, encoding="utf-8")
    told = ("--load", "delta", "--yes", "--code", "Freigabe:1=PUBLIC", "--map", "key=Auftrag", *options)
    done = run("init", folder / "aenderungen.csv", "--out", folder / "borken.yaml", *told)
    return done, yaml.safe_load((folder / "borken.yaml").read_text(encoding="utf-8"))["sources"]["stellen"]


def test_what_a_row_of_changes_did_is_recognised(tmp_path: Path) -> None:
    done, source = _delta(tmp_path, _DELTA)

    assert {"column": "Vorgang", "upsert": ["NEU", "ÄND"], "end": ["LÖSCH"]} == source["action"]
    assert "nichts endet" not in done.output


def test_changes_of_which_none_can_be_an_end_are_doubted_aloud(tmp_path: Path) -> None:
    strange = _DELTA.replace("Vorgang", "X7").replace("NEU;", "q;").replace("ÄND;", "r;").replace("LÖSCH;", "s;")
    done, source = _delta(tmp_path, strange)
    told, mapped = _delta(
        tmp_path, strange, "--map", "action=X7", "--code", "X7:q=upsert", "--code", "X7:r=upsert", "--code", "X7:s=end",
        "--force",
    )  # fmt: skip

    assert ("action" in source, True) == (False, "nichts endet" in done.output)
    assert {"column": "X7", "upsert": ["q", "r"], "end": ["s"]} == mapped["action"]
    assert ("nichts endet" in told.output, mapped.get("ignore")) == (False, None)


def test_an_identifier_of_two_columns_is_an_option(tmp_path: Path) -> None:
    done, source = _delta(tmp_path, _DELTA, "--map", "key={PLZ}-{Auftrag}")
    (tmp_path / "borken.yaml").unlink()
    with pytest.raises(Failure, match="PLX"):
        Answers(recognise(tmp_path / "aenderungen.csv"), asks=False).map_columns(["key={PLX}-{Auftrag}"])

    assert (0, "{PLZ}-{Auftrag}") == (done.exit_code, source["key"])


def test_init_reads_the_file_once_and_says_when_no_row_is_valid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def counted(jobcenter: Jobcenter, source: str, path: Path) -> Checked:
        read.append(path)
        return check_file(jobcenter, source, path)

    monkeypatch.setattr("connectors.checks.check_file", counted)
    sound, _ = _delta(tmp_path, _DELTA)
    none, _ = _delta(tmp_path, _DELTA.replace("29302", "99999").replace("LÖSCH", "NEU"), "--force")

    assert 2 == len(read)
    assert ("keine Zeile gültig" in sound.output, "keine Zeile gültig" in none.output) == (False, True)


@pytest.mark.parametrize("name", ["borken", "coesfeld"])
def test_the_tests_of_the_examples_pass(name: str) -> None:
    done = run("test", DEPLOY / "jobcenters" / f"{name}.yaml", "--json")
    result = json.loads(done.stdout)

    assert (0, True) == (done.exit_code, result["ok"])
    assert len(result["tests"]) >= 3


def test_the_tests_of_the_file_to_copy_pass(tmp_path: Path) -> None:
    copied = tmp_path / "musterstadt.yaml"
    copied.write_bytes((DEPLOY / "jobcenters" / "_example.yaml").read_bytes())

    assert 0 == run("test", copied).exit_code


CHANGES = [
    ("pay: { minimum: 1015.50", "pay: { minimum: 1015.51", "pay"),
    ("code: E112", "code: E110", "code"),
    ("column: PLZ\n      - name: ein unb", "column: Ort\n      - name: ein unb", "column"),
]


@pytest.mark.parametrize(("before", "after", "what"), CHANGES, ids=[change[2] for change in CHANGES])
def test_a_wrong_expectation_fails_and_shows_both_sides(before: str, after: str, what: str, tmp_path: Path) -> None:
    text = (DEPLOY / "jobcenters" / "borken.yaml").read_text(encoding="utf-8")
    assert before in text
    (tmp_path / "borken.yaml").write_text(text.replace(before, after), encoding="utf-8")
    done = run("test", tmp_path / "borken.yaml", "--json")
    (failed,) = [one for one in json.loads(done.stdout)["tests"] if not one["ok"]]

    assert (1, what) == (done.exit_code, failed["differences"][0]["what"])


def test_a_test_of_a_column_nobody_reads_is_a_fault_of_the_file(tmp_path: Path) -> None:
    text = (DEPLOY / "jobcenters" / "borken.yaml").read_text(encoding="utf-8")
    (tmp_path / "borken.yaml").write_text(
        text.replace('row: { PLZ: "4862" }', 'row: { Plz: "4862" }'), encoding="utf-8"
    )
    done = run("test", tmp_path / "borken.yaml")

    assert isinstance(done.exception, Failure)
    assert Exit.CONFIGURATION == done.exception.exit_code


def test_changed_tests_do_not_make_a_connector_read_everything_anew() -> None:
    from connectors.mapping.row_mapping import RowMapping
    from schemas.jobcenter import load_jobcenter

    jobcenter = load_jobcenter(DEPLOY / "jobcenters" / "borken.yaml")
    bare = jobcenter.sources["stellen"].model_copy(update={"tests": []})
    without = jobcenter.model_copy(update={"sources": {"stellen": bare}})

    assert jobcenter.sources["stellen"].tests
    assert RowMapping(jobcenter, "stellen", {}).fingerprint == RowMapping(without, "stellen", {}).fingerprint


@pytest.mark.parametrize("faulty, is_said", [(60, True), (40, False)])
def test_a_check_says_that_the_delivery_would_be_stopped(faulty: int, is_said: bool, tmp_path: Path) -> None:
    path = tmp_path / "stellen.csv"
    rows = [row(Nr=str(number), PLZ="4814" if number < faulty else "48143") for number in range(100)]
    path.write_text(csv_text(rows), encoding="utf-8")
    checked = run("check", path)

    assert is_said == ("E503        So würde diese Lieferung gestoppt" in checked.stdout), checked.stdout
