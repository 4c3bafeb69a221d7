"""jobhub doctor against a real broker: whatever goes wrong at a Jobcenter is named, with its code and exit code."""

from __future__ import annotations

import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from connectors.doctor import broker
from connectors.doctor.admission import check_permission
from connectors.doctor.broker import talk
from connectors.doctor.letters import Sender
from connectors.doctor.reach import servers_of
from connectors.doctor.rights import Right, topics_of
from schemas import topics
from schemas.codec import avsc, locked_ids
from schemas.kafka_access import KafkaAccess
from tests.support.guarded import Guarded

pytestmark = pytest.mark.integration

Doctor = Callable[..., dict[str, Any]]


@pytest.fixture
def deliveries(tmp_path: Path) -> Path:
    folder = tmp_path / "deliveries"
    folder.mkdir()
    for name in ("stellen_voll_2026-11-22.csv", "massnahmen_2026-11-22.csv", "vermittlungen_2026-11-22.csv"):
        (folder / name).write_text("a;b\n", "utf-8")
    return folder


@pytest.fixture
def doctor(guarded: Guarded, deliveries: Path, tmp_path: Path) -> Doctor:
    """Runs the verb as somebody does who was given an account: the whole result, and `seconds` it took."""

    def run(user: str = "connector", *arguments: str, **changes: str) -> dict[str, Any]:
        begun = time.monotonic()
        command = [sys.executable, "-m", "hub.cli.main", "doctor", "borken", "--json", "--timeout-secs", "3"]
        ended = subprocess.run(
            [*command, "--deliveries", str(deliveries), *arguments],
            env=guarded.environment(user, JOBHUB_DATA=str(tmp_path / "data"), **changes),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert "secret of" not in ended.stdout + ended.stderr
        assert "" == ended.stderr
        found: dict[str, Any] = json.loads(ended.stdout)
        assert (1, 0, ended.returncode) == (found["version"], found["sent"], found["exit_code"])
        found["seconds"] = time.monotonic() - begun
        return found

    return run


def statuses(found: dict[str, Any]) -> dict[str, str]:
    return {check["name"]: check["status"] for check in found["checks"]}


def one(found: dict[str, Any], name: str) -> dict[str, Any]:
    made: dict[str, Any] = next(check for check in found["checks"] if check["name"] == name)
    return made


def first_failure(found: dict[str, Any]) -> tuple[str, str, int]:
    check = next(check for check in found["checks"] if check["status"] == "failure")
    return check["name"], check["code"], found["exit_code"]


def test_with_the_rights_written_down_all_is_well(doctor: Doctor) -> None:
    found = doctor()

    assert (True, 0) == (found["ok"], found["exit_code"])
    # The test's certificate is valid for two days; without a registry no schema can be compared.
    assert {"tls": "warning", "schemas": "skipped"} == {
        name: status for name, status in statuses(found).items() if status != "ok"
    }
    assert "nothing else" in one(found, "permission")["text"]
    assert "kafka_timestamps" == one(found, "clock")["facts"]["measured"]


def test_a_certificate_that_lasts_is_no_warning(doctor: Doctor) -> None:
    assert "ok" == one(doctor("connector", "--cert-days", "1"), "tls")["status"]


def test_nothing_is_written_to_kafka(guarded: Guarded, doctor: Doctor) -> None:
    before = _ends(guarded)

    doctor()
    doctor("admin")

    assert before == _ends(guarded)


def _ends(guarded: Guarded) -> dict[str, int]:
    """The end of every partition."""
    consumer = Consumer({"bootstrap.servers": guarded.plain, "group.id": "none"})
    try:
        listed = {
            name: one for name, one in consumer.list_topics(timeout=10).topics.items() if name.startswith("jobhub.")
        }
        places = [TopicPartition(name, part) for name, one in listed.items() for part in one.partitions]
        return {f"{at.topic}-{at.partition}": consumer.get_watermark_offsets(at, timeout=10)[1] for at in places}
    finally:
        consumer.close()


def test_a_wrong_password(guarded: Guarded, doctor: Doctor) -> None:
    found = doctor(JOBHUB_KAFKA_PASSWORD_FILE=str(guarded.password_of("nobody")))

    assert ("sign_in", "E402", 4) == first_failure(found)
    assert '"connector"' in one(found, "sign_in")["letter"]["body"]
    assert ("skipped", "ok") == (one(found, "permission")["status"], one(found, "disk")["status"])


def test_a_missing_right_comes_with_the_rule_to_enter(doctor: Doctor) -> None:
    found = doctor("nobody")

    assert ("permission", "E403", 4) == first_failure(found)
    assert (
        "--operation Write --operation Read --topic jobhub.raw.borken. " in one(found, "permission")["letter"]["body"]
    )
    assert set(one(found, "permission")["facts"]["topics"]) == {
        *(topics.raw("borken", event) for event in topics.EVENTS),
        topics.delivery("borken"),
    }


def test_a_reader_of_raw_topics_may_not_write_them(doctor: Doctor) -> None:
    assert ("permission", "E403", 4) == first_failure(doctor("worker"))


def test_who_cannot_read_what_it_sent_is_told_before_the_state_is_lost(doctor: Doctor) -> None:
    found = doctor("writer")

    assert (True, 0) == (found["ok"], found["exit_code"])
    assert ("warning", "W415") == (one(found, "permission")["status"], one(found, "permission")["code"])
    assert "jobhub.internal." in one(found, "permission")["letter"]["body"]


def test_too_many_rights_are_worth_a_note(doctor: Doctor) -> None:
    found = doctor("admin")

    assert (True, 0) == (found["ok"], found["exit_code"])
    assert ("warning", "W412") == (one(found, "permission")["status"], one(found, "permission")["code"])
    assert "jobhub.vacancy.v1" in one(found, "permission")["facts"]["beyond"]


def test_a_certificate_nobody_vouches_for(doctor: Doctor) -> None:
    found = doctor(JOBHUB_KAFKA_CA_FILE="")

    assert ("tls", "E402", 4) == first_failure(found)
    assert 95 == len(one(found, "tls")["facts"]["sha256"])
    assert one(found, "tls")["facts"]["sha256"] in one(found, "tls")["letter"]["body"]
    assert "skipped" == one(found, "sign_in")["status"], "a stranger must not be told the password"


def test_another_name_than_in_the_certificate(guarded: Guarded, doctor: Doctor) -> None:
    found = doctor(JOBHUB_BOOTSTRAP_SERVERS=guarded.secure.replace("127.0.0.1", "localhost"))

    assert ("tls", "E402", 4) == first_failure(found)
    assert "127.0.0.1" in one(found, "tls")["text"]


def test_nothing_listens_at_the_port(doctor: Doctor) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found = doctor(JOBHUB_BOOTSTRAP_SERVERS=f"127.0.0.1:{free.getsockname()[1]}")

    assert ("port", "E401", 5) == first_failure(found)
    assert "network" == one(found, "port")["letter"]["to"]


def test_the_port_of_another_listener(guarded: Guarded, doctor: Doctor) -> None:
    assert ("tls", "E412", 5) == first_failure(doctor(JOBHUB_BOOTSTRAP_SERVERS=guarded.plain))


def test_plain_text_to_a_port_that_wants_tls(guarded: Guarded, doctor: Doctor) -> None:
    plain = {f"JOBHUB_KAFKA_{name}": "" for name in ("SECURITY_PROTOCOL", "USERNAME", "PASSWORD_FILE", "CA_FILE")}

    found = doctor(**plain)

    assert ("sign_in", "E412", 5) == first_failure(found)


def test_a_name_nobody_knows(doctor: Doctor) -> None:
    found = doctor(JOBHUB_BOOTSTRAP_SERVERS="kafka.invalid:9093")

    assert ("name_resolution", "E411", 5) == first_failure(found)
    assert "skipped" == one(found, "port")["status"]
    assert found["seconds"] < 30


def test_a_port_that_never_answers_costs_seconds_only(doctor: Doctor) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(1)
        found = doctor(JOBHUB_BOOTSTRAP_SERVERS=f"127.0.0.1:{deaf.getsockname()[1]}")

    assert ("tls", "E412", 5) == first_failure(found)
    assert found["seconds"] < 40


def _permission(guarded: Guarded, user: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the check of rights says in this process."""
    for name, value in guarded.environment(user).items():
        if name.startswith("JOBHUB_KAFKA_"):
            monkeypatch.setenv(name, value)
    access = KafkaAccess()
    talked = talk(servers_of(guarded.secure), access.options(), [topics.raw("borken", "vacancy")], 5)
    return check_permission(talked, "borken", access, Sender("borken", "here", guarded.secure, user)).status


def test_mutant_that_takes_reading_for_writing_is_noticed(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "failure" == _permission(guarded, "worker", monkeypatch)
    everything = frozenset(Right)
    monkeypatch.setattr(broker, "topics_of", lambda got: [replace(one, rights=everything) for one in topics_of(got)])

    assert "failure" != _permission(guarded, "worker", monkeypatch)


def test_a_broker_without_rights_is_worth_a_note(guarded: Guarded) -> None:
    access = KafkaAccess()
    plain = {"security_protocol": "PLAINTEXT"}
    talked = talk(servers_of(guarded.plain), plain, [topics.raw("borken", "vacancy")], 5)

    made = check_permission(talked, "borken", access, Sender("borken", "here", guarded.plain, None))

    assert ("warning", "W412") == (made.status, made.code)


# ---------------------------------------------------------------------------------------------------- the web server


@contextmanager
def registry(*, ahead_seconds: float = 0, foreign: str | None = None, missing: str | None = None) -> Iterator[str]:
    """The hub's registry, as far as the doctor asks it, with a clock of its own."""
    texts = {entry["id"]: (name, avsc(name)) for name, entry in locked_ids().items()}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name, schema = texts[int(self.path.rpartition("/")[2])]
            found = avsc("receipt") if name == foreign else schema
            self.send_response_only(404 if name == missing else 200)
            now = datetime.fromtimestamp(time.time() + ahead_seconds, UTC)
            self.send_header("Date", format_datetime(now, usegmt=True))
            self.end_headers()
            self.wfile.write(json.dumps({"schema": json.dumps(found)}).encode())

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/registry"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_schemas_and_clock_of_the_hub_agree(doctor: Doctor) -> None:
    with registry() as url:
        found = doctor(JOBHUB_REGISTRY_URL=url)

    assert ("ok", "ok") == (one(found, "schemas")["status"], one(found, "clock")["status"])
    assert "http_date" == one(found, "clock")["facts"]["measured"]


@pytest.mark.parametrize("seconds", [-60, 60])
def test_a_wrong_clock_is_worth_a_note_in_both_directions(doctor: Doctor, seconds: int) -> None:
    with registry(ahead_seconds=seconds) as url:
        clock = one(doctor(JOBHUB_REGISTRY_URL=url), "clock")

    assert ("warning", "W413") == (clock["status"], clock["code"])
    assert abs(clock["facts"]["seconds"] + seconds) < 2 + clock["facts"]["within_seconds"]


@pytest.mark.parametrize("wrong", [{"foreign": "vacancy"}, {"missing": "vacancy"}])
def test_a_hub_that_means_something_else_is_a_failure(doctor: Doctor, wrong: dict[str, str]) -> None:
    with registry(**wrong) as url:  # type: ignore[arg-type]
        found = doctor(JOBHUB_REGISTRY_URL=url)

    assert ("schemas", "E611", 3) == first_failure(found)


def test_a_registry_that_is_away_is_a_note(doctor: Doctor) -> None:
    found = doctor(JOBHUB_REGISTRY_URL="http://127.0.0.1:1/registry")

    assert (True, "W611") == (found["ok"], one(found, "schemas")["code"])


def test_the_language_and_the_last_line(guarded: Guarded) -> None:
    for lang, last in (("de", "Es wurde nichts gesendet."), ("en", "Nothing was sent.")):
        ended = subprocess.run(
            [sys.executable, "-m", "hub.cli.main", "--lang", lang, "doctor", "borken", "--timeout-secs", "2"],
            env={**os.environ, **guarded.environment("nobody")},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert (4, last) == (ended.returncode, ended.stdout.splitlines()[-1])
