"""Every class of files through a connector, without Kafka: outcome, code, place, and what becomes of the neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bad_input import rows
from tests.bad_input.catalogue import FILES
from tests.bad_input.fixture import FileFixture, jobcenter_for
from tests.support.deliveries import Connector, connector, counts

every_file = pytest.mark.parametrize("fixture", FILES, ids=[f"{one.id} {one.what}" for one in FILES])


@pytest.fixture
def taken(fixture: FileFixture, tmp_path: Path) -> Iterator[tuple[Connector, dict[str, Any]]]:
    """The connector after it took all files of a fixture, and its last report on the bad one."""
    source = rows.source(fixture.type, fixture.id, fixture.source)
    with connector(tmp_path, jobcenter_for("testa", {"s": source})) as one:
        fixture.write(one.folder)
        reports = one.take("s")
        if fixture.again:
            fixture.write(one.folder, again=True)
            reports += one.take("s")
        names = [report["file"] for report in reports]
        (*_, report) = (report for report in reports if report["file"] == _plain(fixture.bad_file)) if names else [{}]
        yield one, report


def _plain(name: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in name)


def latest(one: Connector) -> dict[str, dict[str, Any]]:
    """The event of each entity that the hub will show, with the time of its header."""
    found: dict[str, dict[str, Any]] = {}
    events = [raw for raw in one.state.unpublished(100_000) if not raw.topic.endswith("delivery.v1")]
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


@every_file
def test_bad_input_ends_as_its_class_says(taken: tuple[Connector, dict[str, Any]], fixture: FileFixture) -> None:
    one, report = taken
    findings = [(entry["code"], entry["line"], entry["column"]) for entry in report["findings"]]
    if fixture.outcome == "D":
        assert ("REFUSED", fixture.code, 0) == (report["state"], report["reason"], report["rows_read"])
        assert fixture.says in one.state.find_deliveries(_plain(fixture.bad_file))[-1].report["what"]
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


@every_file
def test_its_neighbours_arrive(taken: tuple[Connector, dict[str, Any]], fixture: FileFixture) -> None:
    events = latest(taken[0])
    active = {key for key, record in events.items() if record["status"] == "ACTIVE"}

    assert set() == {fixture.key(number) for number in fixture.arrive} - active
    assert set() == {fixture.key(number) for number in fixture.absent} & active
    assert {} == {
        (number, path): at(events[fixture.key(number)], path)
        for number, values in fixture.shown.items()
        for path, value in values.items()
        if at(events[fixture.key(number)], path) != value
    }
