"""`jobhub deliveries end` and what `jobhub status` counts: offers of a source that is gone from its file."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.state import State
from hub.cli import main as cli
from hub.cli.output import set_language
from hub.cli.status import _left_line, counted
from hub.store.health import LeftOpen
from schemas.jobcenter import load_jobcenters
from tests.support.deliveries import connector, csv_text, row, small_jobcenter


@dataclass(frozen=True)
class Office:
    """A connector that sent three offers of `stellen`; its file now has `kurse` alone."""

    data: Path
    deploy: Path
    run: Callable[..., tuple[int, str, str]]

    def open(self) -> int:
        """How many are open."""
        state = State(self.data / "connectors" / "testa.sqlite")
        try:
            return len(state.active("vacancy", "stellen"))
        finally:
            state.close()

    def counted(self, *told: LeftOpen) -> list[LeftOpen]:
        """What `status` makes of what the hub was told."""
        return counted(told, load_jobcenters(self.deploy / "jobcenters"), self.data)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Office]:
    data, deploy = tmp_path / "data", tmp_path / "deploy"
    with connector(tmp_path, small_jobcenter()) as one:
        one.take_file("stellen_2026-11-20.csv", csv_text([row(Nr=str(number)) for number in range(4)]))
        one.take_file("stellen_2026-11-21.csv", csv_text([row(Nr=str(number)) for number in range(3)]))
        one.acknowledge()
    shutil.copytree(tmp_path / "state", data / "connectors")
    (deploy / "jobcenters").mkdir(parents=True)
    described = small_jobcenter().model_dump(mode="json", exclude_defaults=True, exclude={"id"})
    kurse = {
        "event": "measure",
        "type": "csv_file",
        "load": "full",
        "files": "kurse_*.csv",
        "options": {"encoding": "utf-8"},
        "key": "{Nr}",
        "columns": {
            "title": "Titel",
            "instrument": {"constant": "FBW"},
            "start_on": {"column": "Ab", "parse": "date_de"},
            "location.plz": "PLZ",
        },
    }
    text = yaml.safe_dump({**described, "sources": {"kurse": kurse}}, allow_unicode=True)
    (deploy / "jobcenters" / "testa.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("JOBHUB_DATA", str(data))
    monkeypatch.setenv("JOBHUB_DEPLOY", str(deploy))
    monkeypatch.delenv("JOBHUB_LANG", raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["jobhub", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    yield Office(data, deploy, run)
    set_language("de")


def end(office: Office, source: str, ceiling: int, *more: str) -> tuple[int, str, str]:
    return office.run("deliveries", "end", "testa", source, "--ceiling", str(ceiling), *more)


def test_what_was_left_open_is_ended_by_a_decision_and_once(office: Office) -> None:
    code, out, err = end(office, "stellen", 3)
    assert (0, "3 Beendigungen vorgemerkt; jobhub run sendet sie.\n", "") == (code, out, err)
    assert 0 == office.open()
    _, listed, _ = office.run("deliveries", "list", "testa", "--json")
    states = [(entry["state"], entry["sent_ended"]) for entry in json.loads(listed)["deliveries"]]
    assert ("READ", 3) in states
    again = end(office, "stellen", 3)

    assert (2, True, True) == (again[0], "E731" in again[2], "ist nichts offen" in again[2])


def test_programs_are_told_how_many(office: Office) -> None:
    code, out, _ = end(office, "stellen", 10, "--json")

    assert (0, {"version": 1, "jobcenter": "testa", "source": "stellen", "ended": 3}) == (code, json.loads(out))


def test_more_than_were_said_end_nothing(office: Office) -> None:
    code, out, err = end(office, "stellen", 2)

    assert (1, "", 3) == (code, out, office.open())
    assert ["W716", "Es sind 3 offen, erlaubt sind 2.", "--ceiling 3"] == [
        word for word in ("W716", "Es sind 3 offen, erlaubt sind 2.", "--ceiling 3") if word in err
    ]


@pytest.mark.parametrize(
    "source, says", [("kurse", "kurse steht in testa.yaml"), ("stelen", "Offen ließen etwas: stellen (3)")]
)
def test_a_source_that_is_there_or_that_nobody_knows_is_not_ended(office: Office, source: str, says: str) -> None:
    code, _, err = end(office, source, 100)

    assert (2, True, 3) == (code, says in err, office.open())


def test_without_a_state_file_it_is_said_where_it_was_looked_for(office: Office, tmp_path: Path) -> None:
    code, _, err = end(office, "stellen", 3, "--data", str(tmp_path / "elsewhere"))

    assert (2, True, True) == (code, "E703" in err, "elsewhere" in err)


# ---------------------------------------------------------------------------------------------- status


def test_the_state_file_counts_and_not_the_reports(office: Office) -> None:
    told = LeftOpen("testa", "stellen", 7)
    assert [LeftOpen("testa", "stellen", 3, exact=True)] == office.counted(told)
    assert "hat noch 3 offen" in _left_line(office.counted(told)[0])
    end(office, "stellen", 3)

    assert [] == office.counted(told)


@pytest.mark.parametrize("damaged", [False, True])
def test_of_a_state_file_that_is_elsewhere_the_reports_are_all_there_is(office: Office, damaged: bool) -> None:
    shutil.rmtree(office.data / "connectors")
    if damaged:
        (office.data / "connectors").mkdir()
        (office.data / "connectors" / "testa.sqlite").write_bytes(b"no database" * 100)
    told = LeftOpen("testa", "stellen", 7)

    assert [told] == office.counted(told)
    assert "nach ihren Berichten noch 7 offen" in _left_line(told)


def test_a_former_name_leaves_nothing_open(office: Office) -> None:
    path = office.deploy / "jobcenters" / "testa.yaml"
    described: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    described["sources"]["kurse"]["formerly"] = "stellen"
    path.write_text(yaml.safe_dump(described, allow_unicode=True), encoding="utf-8")

    assert [] == office.counted(LeftOpen("testa", "stellen", 7))
