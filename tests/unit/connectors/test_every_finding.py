"""A refused row names all its faults, and which rows are refused the engine alone decides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors import checks
from connectors.checks import check_file
from connectors.contract.delivery import Delivery
from connectors.examine import check_rules, identify, in_batches, map_row
from connectors.lookups import read_lookups
from connectors.mapping.row_mapping import RowMapping
from connectors.registry import build_source
from hub.steps.decode import decode
from hub.steps.validate import validate
from schemas.codec import codec
from schemas.codes import Finding
from schemas.topics import Event
from tests.support.deliveries import DELIVERIES, csv_text, jobcenter_of, row, small_jobcenter
from tests.support.raw import batch_of, raw_of


def faults(tmp_path: Path, **cells: str) -> list[tuple[str, str | None]]:
    path = tmp_path / "stellen_1.csv"
    path.write_text(csv_text([row(**cells)]), encoding="utf-8")
    return [(one.code, one.column) for one in check_file(small_jobcenter(), "stellen", path).findings]


def test_all_faults_of_a_row_are_named_at_once(tmp_path: Path) -> None:
    found = faults(tmp_path, Beginn="31.02.2027", PLZ="4814", Anzahl="viele", KldB="99999", Sicht="9")

    assert {("E102", "Beginn"), ("E112", "PLZ"), ("E103", "Anzahl"), ("E110", "KldB"), ("E105", "Sicht")} == set(found)


def test_a_fault_behind_the_key_is_named_too(tmp_path: Path) -> None:
    assert [("E208", "Nr"), ("E112", "PLZ")] == faults(tmp_path, Nr="", PLZ="4814")


def test_a_stand_in_never_accuses_its_neighbours(tmp_path: Path) -> None:
    """The start is two years off only if the stand-in for the unreadable day were believed."""
    assert [("E102", "Ab")] == faults(tmp_path, Ab="32.13.2026", Beginn="01.12.2030")


def test_where_client_data_stands_nothing_else_is_said(tmp_path: Path) -> None:
    assert [("E511", "PLZ")] == faults(tmp_path, PLZ="317B678114")


def test_the_value_of_a_person_is_shown_as_its_shape_only(tmp_path: Path) -> None:
    path = tmp_path / "stellen_1.csv"
    path.write_text(csv_text([row(Titel="Frau Müller\x01 7")]), encoding="utf-8")
    (one,) = check_file(small_jobcenter(), "stellen", path).findings

    assert (None, "Xxxx Xxxxxx? 9") == (one.value, one.masked)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        (name, source)
        for name in ("borken", "coesfeld", "steinfurt", "warendorf")
        for source in ("stellen", "massnahmen")
    ],
)
def test_the_hub_gives_the_same_verdict_on_every_row(name: str, source: str) -> None:
    """What check accepts, the hub's validate accepts; what check refuses for a rule, the hub refuses with that code."""
    jobcenter = jobcenter_of(name)
    folder = DELIVERIES / name
    path = sorted(folder.glob(str(jobcenter.sources[source].files)))[0]
    mapping = RowMapping(jobcenter, source, read_lookups(jobcenter.lookups, folder))
    event = mapping.config.event
    reading = build_source(jobcenter, source).read(Delivery(source, path.name, path, None, None, "full"))
    accepted: dict[int, bool] = {}
    refused: dict[int, str] = {}
    hub: dict[int, str | None] = {}
    for batch in in_batches(reading, 500):
        examined = [identify(mapping, one) for one in batch]
        for one in examined:
            map_row(mapping, one)
        records = {one.line: dict(one.record) for one in examined if one.record is not None}
        check_rules(mapping, examined)
        for one in examined:
            if one.line in records and one.ending is None:
                accepted[one.line] = one.code is None
                refused |= {one.line: one.code} if one.code else {}
        if records:
            hub |= zip(records, _hubs_verdicts(jobcenter.id, event, list(records.values())), strict=True)
    checked = check_file(jobcenter, source, path)
    by_line = {one.line: one.code for one in reversed(checked.findings) if one.is_error}

    assert {line: hub[line] is None for line in accepted} == accepted
    assert {line: hub[line] for line in refused} == refused
    assert {line: code for line, code in refused.items() if by_line[line] not in (code, "E209")} == {}
    assert len(accepted) > 10


def _hubs_verdicts(jobcenter: str, event: Event, records: list[dict[str, Any]]) -> list[str | None]:
    """What the hub's own steps say of records as they come from the wire."""
    batch = batch_of(event, *[raw_of(event, record) for record in records], jobcenter=jobcenter)
    verdicts = validate(event, batch.parts, decode(codec(event), batch.parts))
    return [verdict.code if isinstance(verdict, Finding) else None for verdict in verdicts]


def test_a_check_with_rules_of_its_own_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: a check that forgets one rule accepts what the hub refuses."""
    path = tmp_path / "stellen_1.csv"
    path.write_text(csv_text([row(PLZ="4814")]), encoding="utf-8")
    monkeypatch.setattr(checks, "check_rules", lambda mapping, batch: None)

    assert 1 == check_file(small_jobcenter(), "stellen", path).valid
