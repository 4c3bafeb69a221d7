"""A delivery that is not what its source promised: held or stopped, never half sent, nothing ended, nothing lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors import expected, queue
from connectors import metrics as connector_metrics
from connectors.approve import TooMany, admit
from connectors.deliveries import DeliveryState
from connectors.dry_run import dry_run
from connectors.errors import Stop
from connectors.expected import require_expected, usual_rows
from connectors.intake import finish, take
from connectors.queue import Queue
from connectors.report import Tally
from schemas.expect import Expect
from schemas.jobcenter import Jobcenter
from tests.support.deliveries import (
    DELTA,
    DELTA_HEADER,
    TODAY,
    VACANCY_COLUMNS,
    Connector,
    codes,
    connector,
    counts,
    csv_text,
    row,
    small_jobcenter,
)


def some(count: int, *, bad: int = 0, first: int = 1, **cells: str) -> str:
    """A full list of so many rows, the first of them refused for one cause."""
    return csv_text(row(Nr=str(first + at), **({"Sicht": "9"} if at < bad else {}), **cells) for at in range(count))


def changes(version: int, count: int, *, bad: int = 0, action: str = "A", **cells: str) -> str:
    """Changes of so many entities."""
    return csv_text(
        (
            row(Nr=str(at), Version=str(version), Aktion=action, **({"Sicht": "9"} if at < bad else {}), **cells)
            for at in range(count)
        ),
        DELTA_HEADER,
    )


def taken(one: Connector, jobcenter: Jobcenter | None = None) -> list[dict[str, Any]]:
    """Take what the queue lists, in its order, and act as if all was acknowledged."""
    described = jobcenter or one.jobcenter
    waiting = Queue(described, one.folder, one.state, None, lambda _: None)
    reports = []
    for source, delivery in waiting.pending():
        reports.append(take(one.state, described, source, delivery, folder=one.folder, today=TODAY).report)
        for entry in one.state.deliveries.in_state("READ"):
            finish(one.state, entry)
    return reports


def states(reports: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    return [(report["file"], report["state"], report["reason"]) for report in reports]


def stopped(one: Connector) -> DeliveryState:
    """The delivery that waits for an operator."""
    (found,) = [entry for entry in one.state.deliveries.all() if expected.is_stopped(entry.report)]
    return found


# ---------------------------------------------------------------------------------------------- storms


def test_a_storm_sends_nothing_ends_nothing_and_says_which_rows(full: Connector) -> None:
    full.take_file("stellen_2026-11-01.csv", some(200))
    full.acknowledge()
    report = full.take_file("stellen_2026-11-02.csv", some(150, bad=60, Titel="Neu"))

    assert ("REFUSED", "E503") == (report["state"], report["reason"])
    assert ({"rows_read": 150, "rejected": 60}, {"E105": 60}) == (counts(report), codes(report))
    assert {"code": "E503", "line": None, "column": "Sicht"} == report["findings"][0]
    assert [2, 3] == [finding["line"] for finding in report["findings"][1:3]]
    assert [] == full.outbox()
    assert 200 == len(full.state.active("vacancy", "stellen"))


@pytest.mark.parametrize("bad, of, refused", [(50, 100, {}), (51, 100, {}), (60, 300, {}), (61, 300, {})])
def test_both_share_and_number_make_a_storm(tmp_path: Path, bad: int, of: int, refused: dict[str, Any]) -> None:
    with connector(tmp_path, small_jobcenter(expect={"refused": refused})) as one:
        report = one.take_file("stellen_2026-11-01.csv", some(of, bad=bad))

    assert (bad in (51, 61)) is (report["state"] == "REFUSED")


def test_many_causes_of_a_few_rows_each_are_no_storm(full: Connector) -> None:
    faults = [{"Sicht": "9"}, {"Ab": "x"}, {"KldB": "99999"}, {"Titel": ""}]
    rows = [row(Nr=str(number), **faults[number % 4]) for number in range(120)]
    report = full.take_file("stellen_2026-11-01.csv", csv_text([*rows, row(Nr="gut")]))

    assert ("COMPLETED", 120, 1) == (report["state"], report["rejected"], report["sent_new"])


def test_a_source_says_itself_what_a_storm_is(tmp_path: Path) -> None:
    with connector(tmp_path, small_jobcenter(expect={"refused": {"share": 0.9, "rows": 5}})) as one:
        assert "COMPLETED" == one.take_file("stellen_2026-11-01.csv", some(100, bad=90))["state"]
        assert "REFUSED" == one.take_file("stellen_2026-11-02.csv", some(100, bad=91))["state"]


def test_without_the_guard_half_a_delivery_would_be_sent(full: Connector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.intake.require_expected", lambda *_: None)
    report = full.take_file("stellen_2026-11-02.csv", some(150, bad=60))

    assert ("COMPLETED", 90) == (report["state"], len(full.outbox()))


def test_a_later_full_list_is_judged_by_itself(full: Connector) -> None:
    full.write("stellen_2026-11-01.csv", some(100, bad=60))
    full.write("stellen_2026-11-02.csv", some(100))

    assert [
        ("stellen_2026-11-01.csv", "REFUSED", "E503"),
        ("stellen_2026-11-02.csv", "COMPLETED", None),
    ] == states(taken(full))
    assert [] == taken(full)


def test_an_operator_lets_it_through_up_to_a_ceiling(full: Connector) -> None:
    full.write("stellen_2026-11-01.csv", some(100, bad=60))
    taken(full)
    with pytest.raises(TooMany):
        admit(full.state, stopped(full), ceiling=59)
    assert [] == taken(full)

    assert 60 == admit(full.state, stopped(full), ceiling=60)
    (report,) = taken(full)
    assert ("COMPLETED", 40, 60) == (report["state"], report["sent_new"], report["rejected"])
    # What was allowed is used up: the next storm is one again.
    full.write("stellen_2026-11-02.csv", some(100, bad=60))
    assert [("stellen_2026-11-02.csv", "REFUSED", "E503")] == states(taken(full))


def test_another_description_lets_it_be_read_once_more(full: Connector) -> None:
    full.write("stellen_2026-11-01.csv", some(100, bad=60))
    taken(full)
    visibility = {"column": "Sicht", "codes": {"1": "PUBLIC", "9": "INTERNAL"}}
    mended = small_jobcenter(columns={**VACANCY_COLUMNS, "visibility": visibility})

    (report,) = taken(full, mended)
    assert ("COMPLETED", 100) == (report["state"], report["sent_new"])


# ---------------------------------------------------------------------------------------------- changes


@pytest.fixture
def storming(delta: Connector) -> Connector:
    """Changes of three days, those of the second a storm; the third would overtake it."""
    delta.write("stellen_2026-11-01.csv", changes(1, 100))
    delta.write("stellen_2026-11-02.csv", changes(2, 100, bad=60, Titel="Zwei"))
    reports = taken(delta)
    delta.write("stellen_2026-11-03.csv", changes(3, 1, action="L"))
    assert [("COMPLETED", None), ("REFUSED", "E503")] == [(one["state"], one["reason"]) for one in reports]
    return delta


def test_later_changes_wait_and_lose_nothing(storming: Connector) -> None:
    assert [] == taken(storming)
    assert 100 == len(storming.outbox())

    admit(storming.state, stopped(storming), ceiling=60)
    assert [("stellen_2026-11-02.csv", "COMPLETED"), ("stellen_2026-11-03.csv", "COMPLETED")] == [
        (report["file"], report["state"]) for report in taken(storming)
    ]
    assert [1, 2, 3] == sorted({record["version"] for record in storming.outbox()})


def test_a_file_that_replaces_the_stopped_one_goes_on(storming: Connector) -> None:
    storming.write("stellen_2026-11-02.csv", changes(2, 100, Titel="Zwei"))

    assert ["stellen_2026-11-02.csv", "stellen_2026-11-03.csv"] == [report["file"] for report in taken(storming)]
    assert {"Zwei"} == {record["title"] for record in storming.outbox() if record["version"] == 2}


def test_a_file_somebody_took_away_holds_up_nothing(storming: Connector) -> None:
    (storming.folder / "stellen_2026-11-02.csv").unlink()

    assert ["stellen_2026-11-03.csv"] == [report["file"] for report in taken(storming)]


def test_changes_that_overtake_the_stopped_ones_would_be_seen(
    storming: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "holds_up", lambda _: False)

    assert ["stellen_2026-11-03.csv"] == [report["file"] for report in taken(storming)]


def test_a_dry_run_stops_where_the_real_one_does(tmp_path: Path) -> None:
    with connector(tmp_path, small_jobcenter(**DELTA)) as one:
        one.write("stellen_2026-11-01.csv", changes(1, 100, bad=60))
        one.write("stellen_2026-11-02.csv", changes(2, 100))
    told: list[dict[str, Any]] = []
    summary = dry_run(one.jobcenter, one.folder, tmp_path / "other" / "x.sqlite", on_event=told.append)

    assert ({"stellen": "E503"}, 1, 0) == (summary.stopped_sources, summary.deliveries, summary.counts["sent_new"])


# ---------------------------------------------------------------------------------------------- number of rows


def test_more_rows_than_expected_are_not_sent_before_somebody_looked(tmp_path: Path) -> None:
    with connector(tmp_path, small_jobcenter(expect={"rows": {"max": 20}})) as one:
        one.write("stellen_2026-11-01.csv", some(21))
        assert [("stellen_2026-11-01.csv", "REFUSED", "E505")] == states(taken(one))
        assert [] == one.outbox()
        with pytest.raises(TooMany):
            admit(one.state, stopped(one), ceiling=20)
        admit(one.state, stopped(one), ceiling=21)

        (report,) = taken(one)
        assert ("COMPLETED", 21) == (report["state"], report["sent_new"])


def test_fewer_rows_than_expected_end_nothing(tmp_path: Path) -> None:
    with connector(tmp_path, small_jobcenter(expect={"rows": {"min": 10}})) as one:
        one.take_file("stellen_2026-11-01.csv", some(10))
        report = one.take_file("stellen_2026-11-02.csv", some(9, Titel="Neu"))
        again = one.take_file("stellen_2026-11-03.csv", some(9, first=2, Titel="Neu"))

    assert ("HELD", "E504", 9, 0, 1) == tuple(
        report[name] for name in ("state", "reason", "sent_changed", "sent_ended", "held")
    )
    assert ("HELD", True) == (again["state"], "E504" in [finding["code"] for finding in again["findings"]])


@pytest.mark.parametrize(
    "rows, outcome",
    [(4, ("HELD", "E504")), (5, ("COMPLETED", None)), (15, ("COMPLETED", None)), (16, ("REFUSED", "E505"))],
)
def test_the_usual_number_is_the_median_of_the_last_deliveries(
    tmp_path: Path, rows: int, outcome: tuple[str, str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.compare.SHARE", 2.0)
    with connector(tmp_path, small_jobcenter(expect={"rows": {"change": 0.5}})) as one:
        for day, number in enumerate((10, 11, 10, 9), start=1):
            one.take_file(f"stellen_2026-11-{day:02}.csv", some(number))
        report = one.take_file("stellen_2026-11-05.csv", some(rows))

    assert outcome == (report["state"], report["reason"])


# ---------------------------------------------------------------------------------------------- another's list


def test_a_neighbours_list_is_stopped_before_anything_is_sent(full: Connector) -> None:
    full.write("stellen_2026-11-01.csv", some(40))
    taken(full)
    full.write("stellen_2026-11-02.csv", some(30, first=1001))
    full.write("stellen_2026-11-03.csv", some(40, Titel="Unsere"))
    reports = taken(full)

    assert [("REFUSED", "E506"), ("COMPLETED", None)] == [(one["state"], one["reason"]) for one in reports]
    assert (0, 40, 0) == (reports[0]["sent_new"], reports[1]["sent_changed"], reports[1]["sent_ended"])
    assert not any(record["source_id"].startswith("10") and len(record["source_id"]) == 4 for record in full.outbox())


def test_identifiers_that_were_given_anew_go_through_when_somebody_says_so(full: Connector) -> None:
    full.write("stellen_2026-11-01.csv", some(40))
    taken(full)
    full.write("stellen_2026-11-02.csv", some(30, first=1001))
    taken(full)
    with pytest.raises(TooMany):
        admit(full.state, stopped(full), ceiling=29)
    admit(full.state, stopped(full), ceiling=30)

    (report,) = taken(full)
    assert ("HELD", "E501", 30, 40) == (report["state"], report["reason"], report["sent_new"], report["held"])


@pytest.mark.parametrize("listed, active, new", [(0, 20, 20), (3, 40, 99), (0, 5_000, 250)])
def test_what_is_hardly_ours_is_stopped(listed: int, active: int, new: int) -> None:
    with pytest.raises(expected.Unexpected, match="E506") as stop:
        expected.require_ours(listed, active, new, {}, "x")

    assert new == stop.value.asked


@pytest.mark.parametrize("listed, active, new", [(0, 19, 20), (0, 20, 19), (4, 40, 99), (0, 0, 500)])
def test_what_may_well_be_ours_is_taken(listed: int, active: int, new: int) -> None:
    expected.require_ours(listed, active, new, {}, "x")


def test_without_the_rule_a_neighbours_offers_would_be_sent(full: Connector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.intake.require_ours", lambda *_: None)
    full.write("stellen_2026-11-01.csv", some(40))
    taken(full)
    full.write("stellen_2026-11-02.csv", some(30, first=1001))

    assert [30] == [report["sent_new"] for report in taken(full)]


# ---------------------------------------------------------------------------------------------- what is usual


def test_two_deliveries_are_not_enough_to_know_what_is_usual() -> None:
    assert (None, 10) == (usual_rows([10, 500]), usual_rows([10, 500, 9]))


def test_one_word_of_an_operator_does_not_allow_the_other_kind() -> None:
    tally = Tally(rows=100)
    for _ in range(60):
        tally.reject("E105", None, "Sicht")
    require_expected(Expect(), tally, None, {"E503": 60}, "x")

    with pytest.raises(expected.Unexpected, match="60 of 100 rows with E105 in column Sicht"):
        require_expected(Expect(), tally, None, {"E505": 100}, "x")


# ---------------------------------------------------------------------------------------------- secrets


def _with_a_service(**more: Any) -> Jobcenter:
    made = small_jobcenter().model_dump(mode="json")
    service = {"type": "rest_json", "event": "vacancy", "load": "full", "key": "{Nr}", "columns": VACANCY_COLUMNS}
    options = {"url": "https://service.example.de/", "token_env": "TEST_TOKEN_NOBODY_SET"}
    return Jobcenter.model_validate({**made, "sources": {**more, "fern": {**service, "options": options}}})


def test_a_secret_that_is_missing_stops_its_source_alone(tmp_path: Path) -> None:
    with connector(tmp_path, small_jobcenter()) as one:
        one.write("stellen_2026-11-01.csv", some(3))
        both = _with_a_service(**one.jobcenter.model_dump(mode="json")["sources"])
    told: list[dict[str, Any]] = []
    summary = dry_run(both, one.folder, tmp_path / "other" / "x.sqlite", on_event=told.append)

    assert ({"fern": "E402"}, 3) == (summary.stopped_sources, summary.counts["sent_new"])
    assert [("fern", "E402", True)] == [
        (event["source"], event["code"], "TEST_TOKEN_NOBODY_SET" in event["what"])
        for event in told
        if event["event"] == "source_stopped"
    ]
    assert 1.0 == _value("jobhub_source_stopped", jobcenter="testa", source="fern")


def test_when_no_source_can_begin_there_is_nothing_to_run(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="E402"):
        dry_run(_with_a_service(), tmp_path, tmp_path / "x.sqlite")


def _value(name: str, **labels: str) -> float | None:
    return connector_metrics.registry.get_sample_value(name, labels)


# ---------------------------------------------------------------------------------------------- an old list again


def old_again(one: Connector, changed: int) -> list[dict[str, Any]]:
    """Forty offers; next day some of them say something else; then the first file under a new name."""
    rows = [row(Nr=str(number)) for number in range(1, 41)]
    other = [{**one, "Titel": "Anders"} if at < changed else one for at, one in enumerate(rows)]
    for day, content in enumerate((csv_text(rows), csv_text(other), csv_text(rows)), 1):
        one.write(f"stellen_2026-11-{day:02}.csv", content)
    return taken(one)


def test_an_old_file_under_a_new_name_is_stopped_until_somebody_says_so(full: Connector) -> None:
    *_, report = old_again(full, 21)
    assert ("REFUSED", "E507", 0) == (report["state"], report["reason"], report["sent_changed"])
    with pytest.raises(TooMany):
        admit(full.state, stopped(full), ceiling=20)
    admit(full.state, stopped(full), ceiling=21)

    (report,) = taken(full)
    assert ("COMPLETED", 21) == (report["state"], report["sent_changed"])


def test_a_list_that_is_as_it_was_but_for_a_few_is_taken(full: Connector) -> None:
    *_, report = old_again(full, 20)

    assert ("COMPLETED", 20) == (report["state"], report["sent_changed"])


def test_the_last_file_once_more_changes_nothing_and_is_taken(full: Connector) -> None:
    for day in (1, 2):
        full.write(f"stellen_2026-11-{day:02}.csv", some(40))

    assert ["COMPLETED", "COMPLETED"] == [one["state"] for one in taken(full)]


def test_without_the_rule_an_old_file_would_undo_what_came_since(
    full: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.intake.require_no_old_bytes", lambda *_: None)

    assert 21 == old_again(full, 21)[-1]["sent_changed"]
