"""A source under another name: nothing is taken twice, nothing stays for ever, and in doubt it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors import renamed
from connectors.approve import TooMany, end_left
from connectors.doctor.house import check_configuration
from connectors.dry_run import dry_run
from connectors.errors import Stop
from connectors.intake import finish
from connectors.renamed import Left, Renamed, left_open, refuse_unknown, take_over
from connectors.workplace import private_folder
from schemas.jobcenter import Jobcenter
from tests.support.deliveries import TODAY, Connector, connector, csv_text, row, small_jobcenter

MEASURE_COLUMNS = {
    "title": "Titel",
    "instrument": {"constant": "FBW"},
    "start_on": {"column": "Ab", "parse": "date_de"},
    "location.plz": "PLZ",
}
ONE = csv_text([row(Nr=str(number)) for number in range(4)])
TWO = csv_text([row(Nr=str(number), Titel="Koch (m/w/d)" if number == 1 else row()["Titel"]) for number in range(3)])


def named(name: str, **more: Any) -> Jobcenter:
    """The Jobcenter with its source under this name."""
    made = small_jobcenter().model_dump(mode="json")
    (source,) = made["sources"].values()
    return Jobcenter.model_validate({**made, "sources": {name: {**source, **more}}})


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Connector]:
    """A connector that has sent four offers and one change of them; one has ended."""
    with connector(tmp_path, small_jobcenter()) as made:
        made.take_file("stellen_2026-11-20.csv", ONE)
        made.take_file("stellen_2026-11-21.csv", TWO)
        made.acknowledge()
        yield made


def active(one: Connector, source: str) -> set[str]:
    return {*one.state.active("vacancy", source)}


def test_without_a_word_it_asks_and_changes_nothing(one: Connector) -> None:
    jobcenter = named("stellen_neu")
    assert [] == take_over(one.state, jobcenter)
    with pytest.raises(Stop, match="formerly: stellen") as stopped:
        refuse_unknown(one.state, jobcenter)

    assert ("E716", {"0", "1", "2"}) == (stopped.value.code, active(one, "stellen"))


def test_a_dry_run_asks_too(one: Connector) -> None:
    with pytest.raises(Stop, match="E716"):
        dry_run(named("stellen_neu"), one.folder, one.state.path)


def test_with_its_former_name_it_goes_on_as_if_nothing_had_changed(one: Connector) -> None:
    private_folder(one.state.path, "stellen").mkdir(parents=True)
    jobcenter = named("stellen_neu", formerly="stellen")
    told = take_over(one.state, jobcenter)
    again = take_over(one.state, jobcenter)
    refuse_unknown(one.state, jobcenter)
    one.jobcenter = jobcenter

    assert ([Renamed("stellen", "stellen_neu")], []) == (told, again)
    assert ({"0", "1", "2"}, set()) == (active(one, "stellen_neu"), active(one, "stellen"))
    assert private_folder(one.state.path, "stellen_neu").is_dir()
    assert [] == one.take("stellen_neu")  # no file a second time
    (report,) = taken_after(one, csv_text([row(Nr="0"), row(Nr="1")]))
    assert (0, 1, 1) == (report["sent_new"], report["sent_changed"], report["sent_ended"])


def taken_after(one: Connector, text: str) -> list[dict[str, Any]]:
    one.write("stellen_2026-11-22.csv", text)
    return one.take("stellen_neu")


def test_without_the_move_old_files_would_be_sent_again_and_ends_forgotten(
    one: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renamed, "_move", lambda *_: False)
    take_over(one.state, named("stellen_neu", formerly="stellen"))
    one.jobcenter = named("stellen_neu", formerly="stellen")
    reports = [*one.take("stellen_neu"), *taken_after(one, csv_text([row(Nr="0"), row(Nr="1")]))]

    assert 3 == len(reports)
    assert sum(report["sent_new"] + report["sent_changed"] for report in reports) > 1


def test_a_source_that_is_another_one_says_so(one: Connector) -> None:
    refuse_unknown(one.state, named("stellen_neu", formerly=[]))


def test_a_source_that_was_only_taken_out_stops_nothing(one: Connector) -> None:
    made = named("stellen").model_dump(mode="json")
    placed = {**made["sources"]["stellen"], "event": "measure", "columns": {"title": "Titel"}}
    refuse_unknown(one.state, Jobcenter.model_validate({**made, "sources": {"massnahmen": placed}}))


def without_it() -> Jobcenter:
    return small_jobcenter().model_copy(update={"sources": {}})


def test_what_it_left_open_is_said_and_ended_only_by_a_decision(one: Connector) -> None:
    assert [] == left_open(one.state.sql, small_jobcenter())
    assert [Left("stellen", 3)] == left_open(one.state.sql, without_it())
    with pytest.raises(TooMany):
        end_left(one.state, without_it(), "stellen", ceiling=2, today=TODAY)
    assert ([], {"0", "1", "2"}) == (one.outbox(), active(one, "stellen"))

    assert 3 == end_left(one.state, without_it(), "stellen", ceiling=3, today=TODAY)
    sent = one.outbox()
    assert {("0", "ENDED"), ("1", "ENDED"), ("2", "ENDED")} == {(r["source_id"], r["status"]) for r in sent}
    assert {"0": 2, "1": 3, "2": 2} == {r["source_id"]: r["version"] for r in sent}
    (waiting,) = one.state.deliveries.in_state("READ")
    assert 3 == finish(one.state, waiting)["sent_ended"]
    assert [] == left_open(one.state.sql, without_it())


def test_the_doctor_says_what_a_removed_source_left_open(one: Connector) -> None:
    found = check_configuration(without_it(), Path("testa.yaml"), one.state.path)
    whole = check_configuration(small_jobcenter(), Path("testa.yaml"), one.state.path)

    assert ("warning", "W716", True) == (found.status, found.code, "stellen (3)" in found.text.de)
    assert ("ok", None) == (whole.status, whole.code)


def test_a_source_that_comes_back_opens_its_offers_again(one: Connector) -> None:
    end_left(one.state, without_it(), "stellen", ceiling=3, today=TODAY)
    one.acknowledge()
    report = one.take_file("stellen_2026-11-22.csv", TWO)

    assert (3, {"0", "1", "2"}) == (report["sent_new"], active(one, "stellen"))


def test_a_dry_run_says_it_too(one: Connector) -> None:
    made = named("kurse", event="measure", files="kurse*.csv", columns=MEASURE_COLUMNS)
    told: list[dict[str, Any]] = []
    dry_run(made, one.folder, one.state.path, on_event=told.append)

    assert [("left_open", "stellen", 3, "W716")] == [
        (one["event"], one["source"], one["count"], one["code"]) for one in told
    ]


def test_what_a_source_of_that_name_knows_stays_its_own(one: Connector) -> None:
    both = {**named("stellen").sources, **named("zweite", formerly="stellen").sources}
    jobcenter = small_jobcenter().model_copy(update={"sources": both})

    assert [] == take_over(one.state, jobcenter)
    assert {"0", "1", "2"} == active(one, "stellen")


def test_offers_learned_from_a_topic_that_names_no_source_stop_nothing(one: Connector) -> None:
    one.state.sql.execute("UPDATE entity SET source = ''")

    refuse_unknown(one.state, named("stellen_neu"))
