"""JSON into rows: what is sound is taken, what is ambiguous is refused alone, what is no JSON is refused whole."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors import json_items
from connectors.contract.delivery import Delivery
from connectors.contract.row import Broken, Row
from connectors.contract.source import Wanted
from connectors.errors import Stop
from connectors.sources import json_file

WANTED = Wanted(columns=("nr", "ort/plz", "tags", "orte/name"), key=("nr",), ignore=("intern",))


def read(path: Path, data: bytes | str, **options: Any) -> tuple[list[Row | Broken], json_file.JsonReading]:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    reading = json_file.Source("s", options, WANTED, None, "full").read(
        Delivery("s", path.name, path, "", None, "full")
    )
    return list(reading), reading


def values(**given: Any) -> dict[str, Any]:
    return {"nr": None, "ort/plz": None, "tags": None, "orte/name": None, **given}


def test_items_become_rows_of_the_wanted_paths_only(tmp_path: Path) -> None:
    data = {
        "total": 2,
        "data": [
            {"nr": "1", "ort": {"plz": "48143", "x": 1}, "tags": ["a", "b"], "intern": {"a": 1}, "geheim": "y"},
            {"nr": 2, "orte": [{"name": "A"}, {"name": "B"}, {}], "befristet": True},
        ],
    }
    rows, reading = read(tmp_path / "x.json", json.dumps(data), items="data", total="total")

    assert [
        Row(1, {"nr": "1", "ort/plz": "48143", "tags": ["a", "b"], "orte/name": None}),
        Row(2, {"nr": 2, "ort/plz": None, "tags": None, "orte/name": ["A", "B"]}),
    ] == rows
    assert (True, ["ort/x", "geheim", "befristet"]) == (reading.complete, reading.unmapped)


@pytest.mark.parametrize(
    "item, expected",
    [
        ('{"nr": "2", "tags": "a", "tags": "b"}', Broken(1, "E215", "tags", {"nr": "2"})),
        ('{"nr": "2", "nr": "3"}', Broken(1, "E215", "nr", None, bounds_known=False)),
        ('{"nr": "2", "x": 1, "x": 2}', Broken(1, "E215", None, {"nr": "2"})),
        ('{"nr": "2", "tags": NaN}', Broken(1, "E215", "tags", {"nr": "2"})),
        ('{"nr": "2", "tags": {"a": 1}}', Broken(1, "E215", "tags", {"nr": "2"})),
        ('{"nr": "2", "tags": [["a"]]}', Broken(1, "E215", "tags", {"nr": "2"})),
        ('{"nr": "2", "ort": "Münster"}', Broken(1, "E215", "ort/plz", {"nr": "2"})),
        ('"2"', Broken(1, "E215", bounds_known=False)),
        ('{"nr": "2", "tags": true}', Row(1, values(nr="2", tags="true"))),
        ('{"nr": "2", "tags": 15.50}', Row(1, values(nr="2", tags=Decimal("15.50")))),
        ('{"nr": "2", "tags": "\\ud800"}', Row(1, values(nr="2", tags="\ud800"))),
        ('{"nr": "2", "tags": ' + "9" * 5000 + "}", Row(1, values(nr="2", tags="9" * 5000))),
    ],
    ids=["doubled", "doubled key", "doubled elsewhere", "NaN", "object", "list of lists", "no object", "no item",
         "boolean", "decimal", "half character", "endless number"],
)  # fmt: skip
@pytest.mark.parametrize("layout", ["document", "lines"])
def test_an_odd_item_is_told_alone(tmp_path: Path, item: str, expected: Row | Broken, layout: str) -> None:
    after = '{"nr": "9"}'
    data = f"[{item},\n{after}]" if layout == "document" else f"{item}\n{after}\n"
    rows, reading = read(tmp_path / "x.json", data, layout=layout)

    assert [expected, Row(2, values(nr="9"))] == rows
    assert reading.complete is (not isinstance(expected, Broken) or expected.bounds_known)


@pytest.mark.parametrize(
    "data, code",
    [
        (b'[{"nr": "1"}', "E304"),
        (b'[{"nr": "1"}] x', "E304"),
        (b'{"nr": "1"}', "E304"),
        (b"<html>", "E304"),
        (b"[" * 100_000, "E304"),
        (b'[{"nr": ' + b'{"a":' * 60 + b"1" + b"}" * 60 + b"}]", "E304"),
        ('[{"nr": "ü"}]'.encode("cp1252"), "E305"),
        ('[{"nr": "1"}]'.encode("utf-16"), "E305"),
    ],
    ids=["cut", "more behind", "no list", "html", "brackets", "too deep", "cp1252", "utf-16"],
)
def test_what_is_no_list_of_items_is_refused_as_a_whole(tmp_path: Path, data: bytes, code: str) -> None:
    with pytest.raises(Stop, match=code):
        read(tmp_path / "x.json", data)


def test_a_refusal_quotes_no_value(tmp_path: Path) -> None:
    with pytest.raises(Stop) as caught:
        read(tmp_path / "x.json", b'[{"nr": "Kanarienvogel}]')

    assert "Kanarienvogel" not in str(caught.value)


@pytest.mark.parametrize(
    "data, options, complete",
    [
        ('{"n": 3, "d": [{"nr": 1}]}', {"items": "d", "total": "n"}, False),
        ('{"d": [{"nr": 1}]}', {"items": "d", "total": "n"}, False),
        ("", {}, False),
        ("[]", {}, False),
        ('{"nr": 1}\n{"nr": 2}', {"layout": "lines"}, False),
        ('{"nr": 1}\n\n{"nr": 2}\n', {"layout": "lines"}, True),
    ],
)
def test_complete_is_said_only_of_what_is_whole(
    tmp_path: Path, data: str, options: dict[str, Any], complete: bool
) -> None:
    assert complete is read(tmp_path / "x.json", data, **options)[1].complete


@pytest.mark.parametrize(
    "data", [b'["' + rb"\"" * 300_000, b"[{" + b'"a":1,' * 200_000 + b'"a":1}]'], ids=["open", "doubled"]
)
def test_what_is_made_to_be_slow_is_looked_at_once(tmp_path: Path, data: bytes) -> None:
    with suppress(Stop):
        rows, _ = read(tmp_path / "x.json", data)
        assert [Broken(1, "E215", None, bounds_known=False)] == rows


def test_an_endless_line_is_one_broken_row(tmp_path: Path) -> None:
    data = '{"nr": 1}\n{"nr": "' + "x" * (3 << 20) + '"}\n{"nr": 3}\n'
    rows, _ = read(tmp_path / "x.json", data, layout="lines")

    assert [Row(1, values(nr=1)), Broken(2, "E106", bounds_known=False), Row(3, values(nr=3))] == rows


def test_if_the_last_of_two_equal_names_won_the_fixture_would_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_items, "_object", dict)
    rows, _ = read(tmp_path / "x.json", '[{"nr": "2", "nr": "3"}]')

    assert [Row(1, values(nr="3"))] == rows
