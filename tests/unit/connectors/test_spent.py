"""An event that is no entity's last word any more leaves no byte in the state file; every other one stays readable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors import spent
from connectors.approve import approve
from connectors.intake import finish, take
from connectors.parcels import put
from connectors.parcels.keep import NotItsRecord
from connectors.registry import build_source
from tests.support.deliveries import DELTA_HEADER, TODAY, Connector, csv_text, row
from tests.support.outbox import entries

CANARY = "Frau Kanarienvogel"
FIRST, SECOND, THIRD = (f"stellen_2026-11-0{day}.csv" for day in (1, 2, 3))


def on_disk(one: Connector) -> bytes:
    """What the file holds when SQLite has written into it what stands beside it."""
    one.state.sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return one.bytes_on_disk()


def neighbours(count: int = 600) -> list[dict[str, str]]:
    return [row(Nr=f"N{number}", Titel=f"Nachbar {number}") for number in range(count)]


def kept(one: Connector) -> set[int]:
    return {entry.number for entry in entries(one.state.sql) if entry.kept is not None}


def last_records(one: Connector) -> set[int]:
    return {number for (number,) in one.state.sql.execute("SELECT record FROM entity")}


def changed(one: Connector) -> None:
    one.take_file(FIRST, csv_text([*neighbours(), row(Titel=CANARY)]))
    one.acknowledge()
    assert CANARY.encode() in on_disk(one)
    one.take_file(SECOND, csv_text([*neighbours(), row(Titel="Koch")]))


def test_of_a_changed_entity_nothing_old_is_left(full: Connector) -> None:
    changed(full)

    assert CANARY.encode() not in on_disk(full)
    assert b"Nachbar 599" in on_disk(full)
    assert last_records(full) == kept(full)
    assert 601 == len(last_records(full))


def test_erasing_switched_off_is_noticed(full: Connector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spent, "erase", lambda sql: None)
    changed(full)

    assert CANARY.encode() in on_disk(full)


def take_alone(one: Connector, name: str, content: str) -> None:
    """Take a file without reporting it as done: its records wait."""
    one.write(name, content)
    source = build_source(one.jobcenter, "stellen")
    for delivery in source.deliveries(one.folder, None):
        if one.state.deliveries.by_id(delivery.id) is None:
            take(one.state, one.jobcenter, source, delivery, folder=one.folder, today=TODAY)


def test_what_is_acknowledged_goes_with_the_change_itself(full: Connector) -> None:
    full.take_file(FIRST, csv_text([*neighbours(20), row(Titel=CANARY)]))
    full.acknowledge()
    take_alone(full, SECOND, csv_text([*neighbours(20), row(Titel="Koch")]))

    assert 1 == len(full.state.deliveries.in_state("READ"))
    assert CANARY.encode() not in on_disk(full)


def test_what_waited_then_goes_when_its_delivery_is_done(delta: Connector) -> None:
    lines = [row(Version="1", Aktion="N", Titel=CANARY), row(Version="3", Aktion="A", Titel="Koch")]
    take_alone(delta, FIRST, csv_text(lines, DELTA_HEADER))
    delta.acknowledge()
    assert CANARY.encode() in on_disk(delta)

    [entry] = delta.state.deliveries.in_state("READ")
    finish(delta.state, entry)
    assert CANARY.encode() not in on_disk(delta)


def test_of_an_approved_end_nothing_old_is_left(full: Connector) -> None:
    full.take_file(FIRST, csv_text([*neighbours(20), *(row(Nr=str(one), Text=CANARY) for one in range(20))]))
    full.acknowledge()
    full.take_file(SECOND, csv_text(neighbours(20)))
    (held,) = full.state.deliveries.in_state("HELD")
    before = {number for number in kept(full) if number in last_records(full)}
    approve(full.state, full.jobcenter, held, ceiling=20, today=TODAY)

    assert 20 == len(before & kept(full)) == len(before - last_records(full)) == len(last_records(full) - before)
    assert last_records(full) == kept(full)


def test_what_waits_is_sent_before_it_is_erased(full: Connector) -> None:
    full.take_file(FIRST, csv_text([*neighbours(3), row(Titel=CANARY)]))
    full.take_file(SECOND, csv_text([*neighbours(3), row(Titel="Koch")]))
    assert [CANARY, "Koch"] == [one["title"] for one in full.outbox() if one["source_id"] == "1"]
    assert CANARY.encode() in on_disk(full)

    full.acknowledge()
    full.take_file(THIRD, csv_text([*neighbours(3), row(Titel="Koch")]))
    assert CANARY.encode() not in on_disk(full)
    assert last_records(full) == kept(full)


def test_of_versions_in_one_file_the_last_is_kept_and_what_the_hub_is_to_judge_is_not(delta: Connector) -> None:
    lines = [row(Version="1", Aktion="N", Titel=CANARY), row(Version="3", Aktion="A", Titel="Koch")]
    lines += [row(Version="2", Aktion="A", Titel=CANARY)]
    delta.take_file(FIRST, csv_text(lines, DELTA_HEADER))
    assert [1, 3, 2] == [one["version"] for one in delta.outbox()]
    delta.acknowledge()
    delta.take_file(SECOND, csv_text([row(Nr="2", Version="1", Aktion="N")], DELTA_HEADER))
    delta.acknowledge()

    assert CANARY.encode() not in on_disk(delta)
    assert last_records(delta) == kept(delta)


def test_rows_that_contradict_each_other_leave_nothing_and_the_word_before_them_stays(full: Connector) -> None:
    full.take_file(FIRST, csv_text([*neighbours(3), row(Titel="Koch")]))
    full.acknowledge()
    full.take_file(SECOND, csv_text([*neighbours(3), row(Titel=CANARY), row(Titel="Bäcker")]))

    assert CANARY.encode() not in on_disk(full)
    assert last_records(full) == kept(full)
    full.take_file(THIRD, csv_text(neighbours(3)))
    assert [("ENDED", "Koch")] == [(one["status"], one["title"]) for one in full.outbox()]


def test_a_parcel_nothing_of_which_is_left_is_dropped_after_30_days_and_any_other_keeps_only_its_events(
    full: Connector,
) -> None:
    changed(full)
    full.acknowledge()
    full.take_file(THIRD, csv_text([row(Nr=one["Nr"], Titel="neu") if one["Nr"] in MOST else one for one in LISTED]))
    full.acknowledge()
    full.state.forget_old(datetime.now(UTC) + timedelta(days=31))

    assert last_records(full) == kept(full)
    assert [] == full.state.history("N1")
    rest = full.state.sql.execute("SELECT traces, places FROM parcel JOIN content USING (first)").fetchall()
    assert {(None, None)} == set(rest)
    full.take_file("stellen_2026-11-04.csv", csv_text([one for one in LISTED if one["Nr"] != "N599"]))
    assert ["N599"] == [one["source_id"] for one in full.outbox() if one["status"] == "ENDED"]


LISTED = [*neighbours(), row(Titel="Koch")]
MOST = {f"N{number}" for number in range(256)}  # a whole parcel


def test_an_entity_that_names_the_record_of_another_is_found_out(full: Connector) -> None:
    full.take_file(FIRST, csv_text(neighbours(3)))
    full.acknowledge()
    full.state.sql.execute("UPDATE entity SET record = record - 1 WHERE key = 'N2'")

    with pytest.raises(NotItsRecord, match="N2"):
        full.take_file(SECOND, csv_text(neighbours(2)))


def test_an_entity_that_names_an_erased_record_is_found_out(full: Connector) -> None:
    full.take_file(FIRST, csv_text(neighbours(3)))
    full.acknowledge()
    with full.state.transaction():
        full.state.note_spent(last_records(full))
        full.state.erase_spent()

    with pytest.raises(NotItsRecord):
        full.take_file(SECOND, csv_text(neighbours(2)))


def test_only_parcels_with_something_spent_are_written(full: Connector) -> None:
    full.take_file(FIRST, csv_text(neighbours(1000)))
    full.acknowledge()
    written: list[str] = []
    full.state.sql.set_trace_callback(lambda told: written.append(told) if "UPDATE content" in told else None)
    lines = neighbours(1000)
    lines[300]["Titel"] = lines[301]["Titel"] = "neu"
    full.take_file(SECOND, csv_text(lines))

    assert 1 == len(written)


def test_bodies_of_a_parcel_are_read_once(full: Connector) -> None:
    full.take_file(FIRST, csv_text(neighbours(600)))
    full.acknowledge()
    wanted = dict(full.state.sql.execute("SELECT record, key FROM entity"))
    read: list[str] = []
    full.state.sql.set_trace_callback(lambda told: read.append(told) if "records FROM" in told else None)

    assert wanted.keys() == full.state.bodies(wanted).keys()
    assert 3 == len(read)
    assert 256 == put._EVENTS_MOST
