"""What a clerk reads of folders, files and deliveries that are not as they should be: German, with place and reason."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from connectors.deliveries import DeliveryState
from connectors.errors import Retry
from connectors.registry import build_source
from connectors.report import begun
from connectors.summary import Summary
from hub.cli import _trail, deliveries, run
from hub.cli._run_told import sentence, text_event
from hub.cli._states import state_words
from hub.cli._usage import file_failure, state_failure
from hub.cli.output import Exit, Failure, set_language
from tests.support.deliveries import small_jobcenter


@pytest.fixture(autouse=True)
def german() -> None:
    set_language("de")


def test_a_folder_that_cannot_be_looked_into_is_not_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = build_source(small_jobcenter(), "stellen")
    assert [] == source.deliveries(tmp_path, None)

    def forbidden(folder: Path) -> Any:
        raise PermissionError(errno.EACCES, "Permission denied", str(folder))

    monkeypatch.setattr(os, "scandir", forbidden)
    with pytest.raises(Retry, match="E713"):
        source.deliveries(tmp_path, None)


@pytest.mark.parametrize(
    "event, says",
    [
        (
            {"event": "waiting", "jobcenter": "testa", "code": "E401", "what": "at kafka:9092", "seconds": 1.0},
            "testa  E401  Kafka ist nicht erreichbar. (at kafka:9092)  weiter in 1.0 s",
        ),
        (
            {"event": "left_open", "jobcenter": "testa", "code": "W716", "source": "kurse", "count": 3},
            "jobhub deliveries end <id> <quelle>",
        ),
        (
            {"event": "source_stopped", "jobcenter": "testa", "code": "E402", "source": "fern",
             "what": "TOKEN is missing", "de": "TOKEN fehlt"},
            "Quelle fern gestoppt: Die Anmeldung wurde abgelehnt, oder das Kennwort dafür fehlt. (TOKEN fehlt)",
        ),
    ],
)  # fmt: skip
def test_what_it_waits_for_is_said_in_german(
    event: dict[str, Any], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text_event(event)

    assert says in " ".join(capsys.readouterr().err.split()).replace("E401 Kafka", "E401  Kafka").replace(
        "testa E401", "testa  E401"
    ).replace(") weiter", ")  weiter")


def test_a_state_file_that_cannot_be_written_is_a_matter_of_rights(tmp_path: Path) -> None:
    path = tmp_path / "testa.sqlite"
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE t (x)")
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as read_only:
        with pytest.raises(sqlite3.OperationalError) as caught:
            read_only.execute("INSERT INTO t VALUES (1)")
        with pytest.raises(sqlite3.OperationalError) as ours:
            read_only.execute("SELECT nonsense")
    found = state_failure(caught.value, path)

    assert found is not None
    assert (Exit.SIGN_IN, "E711", f"{path}: SQLITE_READONLY") == (found.exit_code, found.code, found.what)
    assert state_failure(ours.value, path) is None
    assert "Der Datenträger ist voll." == file_failure(OSError(errno.ENOSPC, "No space left on device", str(path))).why


def test_verbs_name_the_state_file_they_were_told(tmp_path: Path) -> None:
    path = tmp_path / "connectors" / "borken.sqlite"
    path.parent.mkdir()
    path.write_bytes(b"no database " * 100)
    with pytest.raises(Failure) as listed:
        deliveries._open(tmp_path, "borken")
    with pytest.raises(Failure) as traced, _trail._state(path):
        pytest.fail("it was opened")

    for caught in (listed.value, traced.value):
        assert (Exit.UNHEALTHY, "E712", f"{path}: SQLITE_NOTADB") == (caught.exit_code, caught.code, caught.what)


def test_what_still_waited_is_counted_apart() -> None:
    assert "(dazu 164 Nachrichten, die noch warteten)" in sentence(Summary("testa", caught_up=164), dry=False)
    assert "dazu" not in sentence(Summary("testa"), dry=False)


def test_the_figures_of_a_delivery_add_up_to_its_rows(capsys: pytest.CaptureFixture[str]) -> None:
    counts = {"sent_new": 5, "sent_changed": 1, "sent_ended": 1, "unchanged": 2, "rejected": 1, "held": 0}
    rest = {"duplicate": 3, "sent_other": 4}
    told = {"event": "delivery", "jobcenter": "testa", "file": "a.csv", "state": "COMPLETED", "reason": None}
    text_event({**told, **counts, **rest, "rows_read": 17, "rejected_by_code": {"E112": 1}})
    said = " ".join(capsys.readouterr().err.split())
    summary = Summary("testa")
    summary.counts |= counts | rest

    assert (
        "17 Zeilen: 5 neu, 1 geändert, 1 beendet, 2 unverändert, 3 doppelt, 4 vom Hub zu entscheiden, 1 abgelehnt"
        in said
    )
    assert "2 unverändert, 3 doppelt, 4 vom Hub zu entscheiden, 1 abgelehnt" in sentence(summary, dry=True)
    assert "doppelt" not in sentence(Summary("testa"), dry=False)


@pytest.mark.parametrize(
    "state, reason, says",
    [
        ("COMPLETED", "E501", "vollständig"),
        ("HELD", "E501", "wartet auf Freigabe (E501)"),
        ("REFUSED", "E503", "gestoppt (E503)"),
        ("REFUSED", "E304", "zurückgewiesen (E304)"),
    ],
)
def test_states_have_german_names(state: str, reason: str, says: str) -> None:
    assert says == state_words(state, reason)


def test_rows_of_one_cause_stand_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    report = begun(
        jobcenter="testa", delivery="d", source="stellen", event="vacancy", file="f.csv", sha256=None,
        day=date(2026, 11, 25), load="full", begun_at=now,
    )  # fmt: skip
    report["findings"] = [{"code": "E101", "line": line, "column": "einheit"} for line in range(2, 114)]
    report["findings"].append({"code": "E112", "line": 15, "column": "plz"})
    place = ("d", "stellen", "vacancy", "f.csv", None, "2026-11-25")
    entry = DeliveryState(1, *place, "COMPLETED", None, now.isoformat(), None, report)
    deliveries._show(entry)
    told = " ".join(capsys.readouterr().out.split())

    assert "112 Zeilen (2, 3, 4, 5, 6, 7, 8, 9 …), einheit: E101 Ein Pflichtfeld ist leer." in told
    assert "Zeile 15, plz: E112 Das ist keine gültige Postleitzahl." in told
    assert 1 == told.count("E101")


@pytest.mark.parametrize("once, dry", [(True, False), (False, False), (True, True)])
def test_a_run_told_to_stop_halfway_does_not_look_done(
    once: bool, dry: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    task: Any = SimpleNamespace(once=once, jobcenters=[SimpleNamespace(id="testa")])
    code = 0
    try:
        run._end(task, [Summary("testa", stopped=True)], as_json=False, dry=dry)
    except typer.Exit as ending:
        code = ending.exit_code

    halfway = once and not dry  # a service that is stopped has done its work
    assert (130 if halfway else 0, halfway) == (code, "Der nächste Lauf macht weiter" in capsys.readouterr().err)


def test_in_a_narrow_window_the_code_of_a_state_is_not_cut(capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    name = "stellen_des_ganzen_kreises_2026-11-25.csv"
    report = begun(
        jobcenter="testa", delivery="d", source="stellen", event="vacancy", file=name, sha256=None,
        day=date(2026, 11, 25), load="full", begun_at=now,
    ) | {"rows_read": 1_234_567, "duplicate": 7}  # fmt: skip
    place = (f"stellen/{name}/1006eeee", "stellen", "vacancy", name, None, "2026-11-25")
    entry = DeliveryState(1, *place, "HELD", "E502", now.isoformat(), None, report)
    deliveries._show(entry)
    told = capsys.readouterr().out.splitlines()

    assert ("wartet auf Freigabe (E502)" in told[1], "1234567" in told[1]) == (True, True)
    assert ("dopp." in told[0], "Hub" in told[0]) == (True, False)
