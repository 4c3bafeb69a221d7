"""The doctor without any Kafka: settings, names, ports, disk, state, YAML, deliveries, proxy; and how he says it."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from connectors.doctor import examination, house, reach
from connectors.doctor.broker import Talk
from connectors.doctor.examination import Patient, examine
from connectors.doctor.house import check_deliveries, check_disk, check_proxy
from connectors.doctor.hub_http import check_clock
from connectors.doctor.letters import Sender
from connectors.doctor.reach import Server, check_names, check_ports, resolve, servers_of
from connectors.doctor.verdict import Check, Status, Text, failure, ok, warning
from connectors.state import State
from hub.cli.doctor import exit_code
from hub.cli.output import Exit
from schemas.codes import codes
from schemas.jobcenter import ConfigurationError
from schemas.kafka_access import KafkaAccess
from tests.support.deliveries import small_jobcenter
from tests.support.first_load import kill_on_the_way

SENDER = Sender("testa", "here", "kafka.example:9093", "testa")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("JOBHUB_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


def patient(tmp_path: Path, servers: str | None = None) -> Patient:
    return Patient(
        name="testa",
        jobcenter=small_jobcenter(),
        yaml=tmp_path / "testa.yaml",
        servers=servers,
        access=KafkaAccess(),
        registry_url=None,
        state=tmp_path / "connectors" / "testa.sqlite",
        deliveries=tmp_path,
        seconds=0.5,
    )


def test_without_anything_every_check_is_there_in_order(tmp_path: Path) -> None:
    found = list(examine(patient(tmp_path)))

    assert [
        "settings", "name_resolution", "port", "tls", "sign_in", "brokers", "permission", "clock", "schemas", "disk",
        "configuration", "deliveries", "proxy",
    ] == [check.name for check in found]  # fmt: skip
    assert ("failure", "E406") == (found[0].status, found[0].code)
    assert Exit.CONFIGURATION == exit_code(found)


def test_what_is_not_ok_has_a_code_a_text_and_a_next_step_in_both_languages(tmp_path: Path) -> None:
    seen = [*examine(patient(tmp_path)), *examine(patient(tmp_path, "kafka.invalid:1"))]
    wrong = [check for check in seen if check.status in ("warning", "failure")]

    assert wrong
    for check in wrong:
        assert check.code in codes()
        assert all((check.text.de, check.text.en, check.next_step("de"), check.next_step("en")))


@pytest.mark.parametrize(
    "code, expected",
    [("E401", 5), ("E411", 5), ("E412", 5), ("E402", 4), ("E403", 4), ("E701", 3), ("E713", 3), ("E611", 3)],
)
def test_the_first_failure_decides_the_exit_code(code: str, expected: int) -> None:
    done = [
        ok("proxy", "", ""),
        warning("clock", "W413", "", ""),
        failure("port", code, "", ""),
        failure("disk", "E712", "", ""),
    ]

    assert expected == exit_code(done)
    assert Exit.OK == exit_code(done[:2])


# ------------------------------------------------------------------------------------------------------ the network


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a:1", [Server("a", 1)]),
        ("a, b:2 ,", [Server("a", 9092), Server("b", 2)]),
        ("[::1]:9093", [Server("::1", 9093)]),
    ],
)
def test_addresses_are_read(text: str, expected: list[Server]) -> None:
    assert expected == servers_of(text)


@pytest.mark.parametrize("text", ["", ",", "http://a:1", "user:word@a:1", "a:port", "a:99999"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        servers_of(text)


def test_a_resolver_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: release.wait(30) and [])
    begun = time.monotonic()

    assert [] == resolve("kafka.example", 0.2)
    assert time.monotonic() - begun < 10
    release.set()


def test_one_name_of_two_is_enough_and_worth_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "resolve", lambda host, _: ["10.0.0.1"] if host == "a" else [])

    check, known = check_names([Server("a", 1), Server("b", 1)], 1, SENDER)

    assert ("warning", "E411", {Server("a", 1)}) == (check.status, check.code, set(known))


@pytest.fixture
def listening() -> Iterator[Server]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        yield Server("127.0.0.1", server.getsockname()[1])


def test_one_port_of_two_is_enough_and_worth_a_note(listening: Server) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        other = Server("127.0.0.1", closed.getsockname()[1])
        check, there = check_ports({listening: ["127.0.0.1"], other: ["127.0.0.1"]}, 1, SENDER)

    assert ("warning", "E401", [listening]) == (check.status, check.code, there)
    assert check.letter is not None
    assert str(other.port) in check.letter.body.de
    assert "TLS" in check.letter.body.en


@pytest.mark.parametrize("tls, told", [("failure", 0), ("warning", 1), ("ok", 1)])
def test_who_shows_a_certificate_not_to_be_trusted_is_not_told_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listening: Server, tls: Status, told: int
) -> None:
    talks: list[object] = []
    monkeypatch.setattr(examination, "check_tls", lambda *_: Check("tls", tls, Text("", "")))

    def talk(*known: object) -> Talk:
        talks.append(known)
        return Talk(error=OSError())

    monkeypatch.setattr(examination, "talk", talk)
    monkeypatch.setenv("JOBHUB_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("JOBHUB_KAFKA_USERNAME", "testa")
    monkeypatch.setenv("JOBHUB_KAFKA_PASSWORD", "geheim")

    assert 13 == len(list(examine(patient(tmp_path, str(listening)))))
    assert told == len(talks)


# -------------------------------------------------------------------------------------------------------- the house


@pytest.fixture
def state(tmp_path: Path) -> Path:
    path = tmp_path / "connectors" / "testa.sqlite"
    State(path).close()
    return path


def test_a_sound_state_is_left_as_it_is(state: Path) -> None:
    before = state.read_bytes()
    check = check_disk(state, 5)

    assert "ok" == check.status, check
    assert (before, [state.name]) == (
        state.read_bytes(),
        [path.name for path in state.parent.iterdir() if path.suffix == ".sqlite"],
    )


def test_a_damaged_state_is_a_failure(state: Path) -> None:
    with closing(sqlite3.connect(state)) as sql:
        sql.executemany("INSERT INTO approval VALUES (?, 1, 1, ?)", [(number, "x" * 500) for number in range(200)])
        sql.commit()
    data = bytearray(state.read_bytes())
    data[20 * 4096 : 30 * 4096] = os.urandom(10 * 4096)
    state.write_bytes(data)

    assert ("failure", "E712") == _verdict(check_disk(state, 5))


def test_a_state_that_is_in_use_is_none(state: Path) -> None:
    with closing(sqlite3.connect(state, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = TRUNCATE")
        other.execute("BEGIN EXCLUSIVE")
        check = check_disk(state, 0.05)

    assert ("ok", None) == _verdict(check)
    assert "belegt" in check.text.de


def test_what_a_killed_first_load_left_is_none_and_nobody_touches_it(tmp_path: Path) -> None:
    state = kill_on_the_way(tmp_path)
    before = [path.read_bytes() for path in sorted(state.parent.iterdir())]
    check = check_disk(state, 5)

    assert ("ok", None) == _verdict(check)
    assert "von vorn" in check.text.de
    assert [path.read_bytes() for path in sorted(state.parent.iterdir())] == before


def test_no_database_at_all_is_a_failure(state: Path) -> None:
    state.write_bytes(b"nothing of the kind" * 1000)

    assert ("failure", "E712") == _verdict(check_disk(state, 5))


@pytest.mark.parametrize(
    "free_mb, expected", [(50, ("failure", "E711")), (500, ("warning", "W711")), (5000, ("ok", None))]
)
def test_room_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_mb: int, expected: tuple[str, str | None]
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": free_mb * 1_000_000}))

    assert expected == _verdict(check_disk(tmp_path / "connectors" / "testa.sqlite", 5))


def test_a_folder_that_cannot_be_written_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)

    assert ("failure", "E711") == _verdict(check_disk(tmp_path / "testa.sqlite", 5))


def test_deliveries_missing_old_and_fresh(tmp_path: Path) -> None:
    folder, known = tmp_path / "in", small_jobcenter()
    assert ("failure", "E713") == _verdict(check_deliveries(known, folder))
    folder.mkdir()
    assert ("warning", "W712") == _verdict(check_deliveries(known, folder))
    file = folder / "stellen_2026-11-22.csv"
    file.write_text("x")
    assert ("ok", None) == _verdict(check_deliveries(known, folder))
    days_ago = time.time() - 14 * 86400
    os.utime(file, (days_ago, days_ago))
    assert ("warning", "W712") == _verdict(check_deliveries(known, folder))
    assert file.name not in check_deliveries(known, folder).text.de


@pytest.mark.parametrize("what", ["_can_list", "_can_open"])
def test_what_cannot_be_read_is_a_failure_and_no_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    file = tmp_path / "stellen_2026-11-22.csv"
    file.write_text("x")
    monkeypatch.setattr(house, what, lambda _: False)

    check = check_deliveries(small_jobcenter(), tmp_path)

    assert ("failure", "E713") == _verdict(check)
    assert file.name not in repr(check)


def test_a_file_that_is_gone_cannot_be_opened(tmp_path: Path) -> None:
    assert (False, False) == (house._can_open(tmp_path / "gone"), house._can_list(tmp_path / "gone"))
    assert (False, True) == (house._can_open(tmp_path), house._can_list(tmp_path))


def test_without_a_valid_file_of_the_jobcenter_deliveries_are_not_looked_at(tmp_path: Path) -> None:
    assert "skipped" == check_deliveries(ConfigurationError("x", "y"), tmp_path).status


def test_the_account_of_a_proxy_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://konto:geheim@proxy.example:8080")

    check = check_proxy("https://hub.example/registry")

    assert "proxy.example:8080" in check.text.de
    assert "geheim" not in repr(check)
    assert "konto" not in repr(check)


def test_a_clock_nobody_could_compare_is_not_called_right() -> None:
    assert "skipped" == check_clock(None, None).status


def _verdict(check: Check) -> tuple[str, str | None]:
    return check.status, check.code
