"""Every class of files through a connector, without Kafka: outcome, code, place, and what becomes of the neighbours."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors import csv_records, file_source, intake
from connectors import lines as lines_module
from connectors.sources import excel_file, hr_ba_xml
from connectors.values import numbers, texts
from schemas import rules
from tests.bad_input import rows
from tests.bad_input.catalogue import FILES
from tests.bad_input.fixture import FileFixture, jobcenter_for
from tests.support import outbox
from tests.support.deliveries import Connector, connector, counts

every_file = pytest.mark.parametrize("fixture", FILES, ids=[f"{one.id} {one.what}" for one in FILES])


@contextmanager
def taking(fixture: FileFixture, tmp_path: Path) -> Iterator[tuple[Connector, dict[str, Any]]]:
    """The connector after it took all files of a fixture, and its last report on the bad one."""
    source = rows.source(fixture.type, fixture.id, fixture.source)
    with connector(tmp_path, jobcenter_for("testa", {"s": source})) as one:
        fixture.write(one.folder)
        reports = one.take("s")
        if fixture.again:
            fixture.write(one.folder, again=True)
            reports += one.take("s")
        *_, report = (report for report in reports if report["file"] == _plain(fixture.bad_file))
        yield one, report


@pytest.fixture
def taken(fixture: FileFixture, tmp_path: Path) -> Iterator[tuple[Connector, dict[str, Any]]]:
    with taking(fixture, tmp_path) as found:
        yield found


def _plain(name: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in name)


def latest(one: Connector) -> dict[str, dict[str, Any]]:
    """The event of each entity that the hub will show, with the time of its header."""
    found: dict[str, dict[str, Any]] = {}
    events = [raw for raw in outbox.rows_waiting(one.state) if not raw.topic.endswith("delivery.v1")]
    for raw, record in zip(events, one.outbox(events[0].topic.split(".")[3]) if events else [], strict=True):
        if record["source_id"] in found and found[record["source_id"]]["version"] >= record["version"]:
            continue  # older, or a contradiction
        found[record["source_id"]] = {**record, "ce_time": dict(raw.headers)["ce_time"].decode()}
    return found


def at(record: dict[str, Any], path: str) -> Any:
    value: Any = record
    for name in path.split("."):
        value = value[name]
    return value


def assert_outcome(one: Connector, report: dict[str, Any], fixture: FileFixture) -> None:
    findings = [(entry["code"], entry["line"], entry["column"]) for entry in report["findings"]]
    if fixture.outcome == "D":
        assert ("REFUSED", fixture.code, 0) == (report["state"], report["reason"], report["rows_read"])
        assert fixture.says in one.state.deliveries.find(_plain(fixture.bad_file))[-1].report["what"]
    elif fixture.outcome == "W":
        assert ("HELD", fixture.code, 0) == (report["state"], report["reason"], report["sent_ended"])
        assert report["held"] > 0
    else:
        assert ("COMPLETED", None) == (report["state"], report["reason"])
    if fixture.outcome == "R" and fixture.code is not None:
        assert (fixture.code, fixture.line, fixture.column) in findings
        assert report["rejected"] == sum(code.startswith("E") and code != "E302" for code, _, _ in findings) > 0
    if fixture.outcome in ("F", "OK"):
        assert 0 == report["rejected"]
        assert [(fixture.code, fixture.line, fixture.column)] * bool(fixture.code) == findings
    assert fixture.counts == {name: count for name, count in counts(report).items() if name in fixture.counts}


def assert_neighbours(one: Connector, fixture: FileFixture) -> None:
    events = latest(one)
    active = {key for key, record in events.items() if record["status"] == "ACTIVE"}

    assert set() == {fixture.key(number) for number in fixture.arrive} - active
    assert set() == {fixture.key(number) for number in fixture.absent} & active
    assert {} == {
        (number, path): at(events[fixture.key(number)], path)
        for number, values in fixture.shown.items()
        for path, value in values.items()
        if at(events[fixture.key(number)], path) != value
    }


@every_file
def test_bad_input_ends_as_its_class_says_and_its_neighbours_arrive(
    taken: tuple[Connector, dict[str, Any]], fixture: FileFixture
) -> None:
    assert_outcome(*taken, fixture)
    assert_neighbours(taken[0], fixture)


_NEVER = re.compile("(?!)")


def _swallow(lines: lines_module.Lines, start: int, *_: Any) -> Iterator[csv_records.CsvRecord]:
    """What Python's csv module does at an open quote."""
    while lines.take() is not None:
        pass
    yield csv_records.CsvRecord(start, [], "E207", cut=True)


@pytest.mark.parametrize(
    ("what", "module", "name", "broken"),
    [
        ("k07b", texts, "_SUSPECT", _NEVER),
        ("k03a", texts, "_SUSPECT", _NEVER),
        ("k06f", texts, "_TURNED", _NEVER),
        ("k06h", texts, "_INVISIBLE", _NEVER),
        ("k10a", csv_records, "_quoted", _swallow),
        ("k15c", lines_module.Lines, "bytes_max", 1 << 30),
        ("k17a", numbers, "_INTEGER", re.compile(".*")),
        ("k20d", csv_records, "footer_count", lambda found: int(found["count"])),
        ("k35a", intake, "hold_reason", lambda **_: None),
        ("k38e", file_source, "plain", str),
        ("k39a", excel_file, "refuse_bombs", lambda *_: None),
        ("k39d", excel_file, "refuse_bombs", lambda *_: None),
        ("k41c", hr_ba_xml, "_DOCTYPE", re.compile(b"(?!)")),
        ("k50a", rules, "leaks", lambda record: []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_without_its_rule_a_fixture_would_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, module: Any, name: str, broken: Any
) -> None:
    (fixture,) = (one for one in FILES if one.id == what)
    monkeypatch.setattr(module, name, broken)

    with pytest.raises((AssertionError, ValueError, csv.Error)):
        _whole(fixture, tmp_path)


def _whole(fixture: FileFixture, tmp_path: Path) -> None:
    with taking(fixture, tmp_path) as (one, report):
        assert_outcome(one, report, fixture)
        assert_neighbours(one, fixture)
