"""Kind and subsidy of a placement in two columns: proposed as pairs, and a pair that there is not is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.checks import check_file
from connectors.recognise import placements, recognised
from connectors.recognise.placements import OPEN, paired
from connectors.recognise.recognised import recognise
from connectors.recognise.yaml_text import Told, parsed, yaml_text
from tests.support.layouts.placements import ROWS, PlacementLayout, placement_layouts, right_rows

LAYOUTS = placement_layouts()
every_layout = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: one.name)

# Right rows of 120. Before there were pairs: 0, 27, 20. First run, with words for the first one only: 120, 120, 92.


@every_layout
def test_every_row_is_taken_for_what_both_columns_say(layout: PlacementLayout, tmp_path: Path) -> None:
    assert (ROWS, []) == right_rows(layout, tmp_path)


def _alone(columns: dict[str, Any]) -> dict[str, Any]:
    """The kind as its own column tells it."""
    told: dict[str, Any] = paired({"placement_type": columns["placement_type"]})["placement_type"]
    return told


@every_layout
def test_without_pairs_that_would_not_be(
    layout: PlacementLayout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognised, "paired", lambda columns: columns | {"placement_type": _alone(columns)})
    right, _ = right_rows(layout, tmp_path)

    assert right < 0.7 * ROWS


@every_layout
def test_a_pair_that_there_is_not_is_named_with_its_rows(layout: PlacementLayout, tmp_path: Path) -> None:
    path = tmp_path / "vermittlungen.csv"
    layout.write(path)
    told = Told("Jobcenter Kreis Borken", "05554", "vermittlungen", path.name, "jobhub check …")
    jobcenter = parsed(yaml_text(told, recognise(path).source("*.csv", "delta"), "de"), "borken")
    found = check_file(jobcenter, "vermittlungen", path)
    wrong = [(number, row) for number, row in enumerate(layout.rows(), start=2) if not row.fits]

    assert 3 == len(wrong)
    assert [("E214", line, f"{row.cells['kind']} + {row.cells['subsidy']}") for line, row in wrong] == [
        (one.code, one.line, one.value) for one in found.findings if one.is_error
    ]
    assert "E214" not in {one.code for one in found.findings if not one.is_error}


def test_a_kind_no_other_column_settles_is_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "vermittlungen.csv"
    lines = ["Vorgang;Monat;Art;KldB3;Kreis", *(f"{number};2026-10;SVP;621;05554" for number in range(100, 140))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = recognise(path)

    assert [("placement_type", "SVP", None)] == [(one.about, one.value, one.proposal) for one in found.proposal.doubts]
    assert {"column": "Art", "codes": {}} == found.source("*")["columns"]["placement_type"]


def test_pairs_follow_the_rules_about_them() -> None:
    """Whatever subsidy a kind may go with: the kind made of a pair is one that rule allows."""
    kinds = placements._KIND_OF
    columns = {
        "placement_type": {"column": "Art", "codes": {"SVP": OPEN, "MJ": "MINIJOB"}},
        "subsidy": {"column": "Förderung", "codes": {symbol: symbol for symbol in kinds}},
    }
    codes = paired(columns)["placement_type"]["codes"]

    assert kinds == {symbol: codes.get(f"SVP {symbol}", codes["SVP *"]) for symbol in kinds}
    assert ("MINIJOB", "SVB_UNGEFOERDERT") == (codes["MJ *"], codes["SVP"])
