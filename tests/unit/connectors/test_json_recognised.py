"""JSON nobody described: how it is written, where its items are, which path is which field, and what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from connectors.checked import Checked
from connectors.checks import check_file, check_recognised
from connectors.errors import Stop
from connectors.recognise import json_sample, recognised
from connectors.recognise.look import samples_of
from connectors.recognise.recognised import recognise
from connectors.recognise.yaml_text import Told, parsed, yaml_text
from connectors.reports.junit import write_junit
from connectors.reports.original_rows import OriginalRows
from connectors.reports.page import write_page
from connectors.reports.wording import sentence
from connectors.reports.workbook import write_workbook
from tests.support.layouts.score import score, table
from tests.support.layouts.write_json import JsonLayout, json_layouts

# First scores, with the code as it was first written: json 66/66; json_held_out 32/34, with two more words 34/34.
EVERY = ("json", "json_held_out")


def item(**changed: Any) -> dict[str, Any]:
    """A sound vacancy."""
    return {
        "nr": "4711",
        "titel": "Bäcker (m/w/d)",
        "kldb": "29222",
        "freigabe": "öffentlich",
        "arbeitgeber": {"name": "Bäckerei Wessels", "telefon": None},
        "orte": [{"plz": "48565", "ort": "Steinfurt"}],
        "arbeitszeiten": ["Vollzeit", "Schicht"],
        "wochenstunden": 39,
        "anzahl": 2,
        "online_ab": "2026-11-20",
        **changed,
    }


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def dumped(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1)


def lines(*items: Any) -> str:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in items)


def described(path: Path) -> Checked:
    """The file examined by the YAML that is made of it."""
    found = recognise(path)
    told = Told("Jobcenter Kreis Steinfurt", "05566", "stellen", path.name, "jobhub check …")
    return check_file(parsed(yaml_text(told, found.source("*"), "de"), "steinfurt"), "stellen", path)


@pytest.mark.parametrize("name", EVERY)
def test_nine_fields_of_ten_are_proposed_right(name: str, tmp_path: Path) -> None:
    scores = [score(layout, tmp_path) for layout in json_layouts(name)]
    share = sum(one.right for one in scores) / sum(one.fields for one in scores)
    print(table(scores))

    assert share >= 0.9, table(scores)
    assert [] == [one.layout for one in scores if not one.written_as_is]


@pytest.mark.parametrize("layout", [one for name in EVERY for one in json_layouts(name)], ids=lambda one: one.name)
def test_the_yaml_made_of_a_file_fits_it_at_once(layout: JsonLayout, tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    layout.write(path)
    checked = described(path)

    assert (None, 60, [], True) == (checked.refused, checked.valid, checked.unmapped, checked.complete)


TWO = [item(), item(nr="2")]
FORMS: dict[str, tuple[str, dict[str, str]]] = {
    "the document is the list": (dumped(TWO), {}),
    "in one line": (json.dumps(TWO, ensure_ascii=False), {}),
    "under a path": (dumped({"stand": "2026-11-22", "d": {"stellen": TWO}}), {"items": "d/stellen"}),
    "with its number": (dumped({"anzahl": 2, "seite": 1, "d": TWO}), {"items": "d", "total": "anzahl"}),
    "with its number in an object beside it": (
        dumped({"meta": {"totalCount": 2, "page": 1}, "data": TWO}),
        {"items": "data", "total": "meta/totalCount"},
    ),
    "a line for each": (lines(*TWO), {"layout": "lines"}),
    "one line alone": (lines(item(orte={"plz": "48565", "ort": "Steinfurt"})), {"layout": "lines"}),
    "objects of a list on lines of their own": ("[\n" + ",\n".join(lines(one).strip() for one in TWO) + "\n]", {}),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_however_it_is_written_the_rows_are_read(form: str, encoding: str, tmp_path: Path) -> None:
    text, options = FORMS[form]
    path = written(tmp_path / "export.json", text, encoding)
    found = recognise(path)
    rest = {} if encoding.startswith("utf-8") else {"encoding": encoding}
    checked = described(path)

    assert ("json_file", {**options, **rest}) == (found.sample.type, found.sample.options)
    assert (None, True) == (checked.refused, checked.complete)
    assert checked.rows == checked.valid == (1 if "alone" in form else 2)


def test_of_several_lists_the_one_with_the_fields_is_taken_not_the_longest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    towns = [{"ort": "Rheine", "einwohner": number} for number in range(50)]
    path = written(tmp_path / "a.json", dumped({"orte": towns, "stellen": [item(), item(nr="2")]}))
    assert {"items": "stellen"} == recognise(path).sample.options

    monkeypatch.setattr(recognised, "samples_of", lambda path: samples_of(path)[:1])
    with pytest.raises(Stop, match="E320"):
        recognise(path)


def test_a_number_that_differs_says_that_items_are_missing(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", dumped({"total": 340, "page": 1, "items": [item(), item(nr="2")]}))
    checked = check_recognised(path, recognise(path))

    assert ("total", ["E302"]) == (recognise(path).sample.options["total"], list(checked.codes))


def test_a_null_in_place_of_an_object_is_no_column_nobody_reads(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", dumped([item(), item(nr="2", arbeitgeber=None)]))
    checked = described(path)

    assert (2, []) == (checked.valid, checked.unmapped)


def test_the_first_of_several_places_is_taken_and_all_working_times(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", dumped([item(), item(nr="2")]))
    columns = recognise(path).proposal.columns

    assert "orte/0/plz" == columns["workplace.plz"]
    assert {"Vollzeit": ["VOLLZEIT"], "Schicht": ["SCHICHT_NACHT_WOCHENENDE"]} == columns["working_time"]["codes"]
    assert "decimal_point" == columns["weekly_hours"]["parse"]  # 39 today, 38.5 tomorrow


@pytest.mark.parametrize(
    ("data", "code", "told"),
    [
        (dumped([item()])[:-9], "E304", "not JSON in line"),
        (dumped(item()), "E320", "plz, ort"),
        ('{"a": 1,\n "b": {"c": [1, 2]}}', "E304", "no list of items"),
        ("[]\n", "E304", "no list of items"),
        ("[" * 200 + "]" * 200, "E304", "nested more than"),
    ],
    ids=["cut off", "one object whose list is another", "numbers only", "empty", "brackets"],
)
def test_what_is_no_list_of_items_is_said(data: str, code: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(Stop, match=told) as stopped:
        recognise(written(tmp_path / "a.json", data))
    assert code == stopped.value.code


def faulty(tmp_path: Path) -> tuple[Path, Checked]:
    wrong = item(nr="3", orte=[{"plz": "4856", "ort": "Steinfurt"}])
    path = written(tmp_path / "a.json", dumped([item(), item(nr="2"), wrong, "kein Objekt"]))
    return path, check_recognised(path, recognise(path))


def test_findings_name_the_item_and_the_path(tmp_path: Path) -> None:
    _, checked = faulty(tmp_path)
    found = {one.code: (one.row, one.line, one.column) for one in checked.findings}

    assert {"E302": (None, None, None), "E112": (3, None, "orte/0/plz"), "E215": (4, None, None)} == found


def test_in_lines_findings_name_the_line(tmp_path: Path) -> None:
    wrong = json.dumps(item(nr="2", kldb="99999"))
    path = written(tmp_path / "a.ndjson", lines(item()) + "\n" + wrong + "\n" + lines(item(nr="3"))[:-20] + "\n")
    checked = check_recognised(path, recognise(path))

    assert [("E302", None), ("E110", 3), ("E215", 4)] == [(one.code, one.line) for one in checked.findings]


def test_reports_show_each_item_with_its_faults(tmp_path: Path) -> None:
    path, checked = faulty(tmp_path)
    rows = OriginalRows(recognise(path).jobcenter(), "datei", path)
    write_workbook(tmp_path / "r.xlsx", checked, rows, "de")
    write_page(tmp_path / "r.html", checked, "x", "de")
    write_junit(tmp_path / "r.xml", checked, "x", "de")
    with CalamineWorkbook.from_path(tmp_path / "r.xlsx") as book:
        header, *cells = book.get_sheet_by_name("Zeilen").to_python()
    wrong = next(one for one in checked.findings if one.code == "E112")

    assert ["Fehler", "Datensatz", "nr"] == header[:3]
    assert ["4711", "2", "3", ""] == [str(row[2]) for row in cells]
    assert ["", "", sentence(wrong, "de")] == [row[0] for row in cells[:3]]
    assert str(cells[3][0]).startswith("E215")
    assert "Vollzeit; Schicht" in cells[0]
    for report in ("r.html", "r.xml"):
        assert "Datensatz 3, Pfad orte/0/plz" in (tmp_path / report).read_text("utf-8")


def test_without_a_look_at_lines_a_file_of_lines_is_no_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.ndjson", lines(item(), item(nr="2")))
    assert "lines" == recognise(path).sample.options["layout"]

    monkeypatch.setattr(json_sample, "_one_item_a_line", lambda lines: False)
    with pytest.raises(Stop, match="E304"):
        recognise(path)


@pytest.mark.parametrize(
    ("name", "told"), [("a.xlsx", "ends in .xlsx, but is no workbook"), ("a.csv", "neither text nor a workbook")]
)
def test_what_is_neither_text_nor_a_workbook_is_said(name: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(Stop, match=told) as stopped:
        recognise(path)
    assert "E304" == stopped.value.code


def test_text_under_the_name_of_a_workbook_is_read_as_text(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xls", "Nr;Titel;KldB;PLZ;Ort\n1;Koch (m/w/d);29302;48565;Steinfurt\n")

    assert "csv_file" == recognise(path).sample.type
