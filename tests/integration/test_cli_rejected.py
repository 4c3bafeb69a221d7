"""jobhub rejected against a real broker and database: what operators see, and what only the Jobcenter can open."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiokafka
import psycopg
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from hub.cli._cluster import Broker
from hub.cli._refused import find
from hub.steps.batch import Fate, Settled
from hub.steps.reject import reject
from hub.store.migrate import upgrade
from schemas import topics
from schemas.codec import codec
from schemas.codes import Finding
from schemas.envelope import Coordinates, Origin
from schemas.sealed import fingerprint, read_key, write_keypair
from tests.support.events import vacancy
from tests.support.raw import batch_of, raw_of

pytestmark = pytest.mark.integration

_P = 2  # partition of batch_of; the refusal lies in the same one
_GARBAGE = b"\xff\x1b[31m not Avro"


def jobhub(*arguments: str, lang: str = "de", **environment: str) -> subprocess.CompletedProcess[str]:
    """The verb as a process that finds nothing but what it is told."""
    command = [sys.executable, "-m", "hub.cli.main", "--lang", lang, "rejected", *arguments]
    known = {"PATH": os.environ["PATH"], "JOBHUB_DATA": "/nonexistent", **environment}
    return subprocess.run(command, capture_output=True, text=True, timeout=180, check=False, env=known)


@dataclass(frozen=True)
class Refused:
    """A Jobcenter with three refused records: 7 readable, 8 garbage, 9 without an original."""

    jobcenter: str
    topic: str
    broker: str
    key: Path
    other_key: Path

    def show(self, offset: int, *arguments: str, lang: str = "de") -> subprocess.CompletedProcess[str]:
        """jobhub rejected show."""
        place = (self.topic, str(_P), str(offset))
        return jobhub("show", self.jobcenter, *place, "--bootstrap-servers", self.broker, *arguments, lang=lang)


@pytest.fixture
def refused(bootstrap_servers: str, made_up_jobcenter: str, tmp_path: Path) -> Refused:
    """Written as a worker writes, with an aborted transaction before and after."""
    key, public = write_keypair(tmp_path / "own", made_up_jobcenter)
    other, _ = write_keypair(tmp_path / "other", made_up_jobcenter)
    raw = topics.raw(made_up_jobcenter, "vacancy")
    original = codec("vacancy").encode(vacancy(jobcenter=made_up_jobcenter))
    name = topics.rejected(made_up_jobcenter)
    admin = AdminClient({"bootstrap.servers": bootstrap_servers})
    [created] = admin.create_topics([NewTopic(name, 4, 1)]).values()
    created.result()
    keys = {made_up_jobcenter: read_key(public)}
    with _transaction(bootstrap_servers, commits=False) as producer:
        producer.produce(name, _refusal(made_up_jobcenter, 7, b"aborted", keys), partition=_P)
    with _transaction(bootstrap_servers, commits=True) as producer:
        for offset, value, known in ((7, original, keys), (8, _GARBAGE, keys), (9, original, {})):
            producer.produce(name, _refusal(made_up_jobcenter, offset, value, known), partition=_P)
    with _transaction(bootstrap_servers, commits=False) as producer:
        producer.produce(name, _refusal(made_up_jobcenter, 10, b"aborted", keys), partition=_P)
    return Refused(made_up_jobcenter, raw, bootstrap_servers, key, other)


def _refusal(jobcenter: str, offset: int, value: bytes, keys: dict[str, bytes]) -> bytes:
    batch = batch_of("vacancy", raw_of("vacancy", vacancy(jobcenter=jobcenter)), jobcenter=jobcenter)
    origin = Origin("stellen/2026-11-22", "stellen.csv", 204)
    settled = Settled(offset, Fate.REJECTED, origin, f"{jobcenter}:BOR-1".encode(), Finding("E202", "pay.minimum"))
    made = reject(batch, batch.parts[0], value, settled, keys).value
    assert made is not None
    return made


@contextmanager
def _transaction(broker: str, *, commits: bool) -> Iterator[Producer]:
    producer = Producer({"bootstrap.servers": broker, "transactional.id": os.urandom(8).hex()})
    producer.init_transactions(30)
    producer.begin_transaction()
    yield producer
    producer.flush(30)
    if commits:
        producer.commit_transaction(30)
    else:
        producer.abort_transaction(30)


# -------------------------------------------------------------------------------------------------------------- show


def test_without_the_key_it_says_why_and_whence_and_nothing_of_the_original(refused: Refused) -> None:
    ran = refused.show(7, "--json")

    told = json.loads(ran.stdout)
    assert (0, 1, "E202", "pay.minimum") == (ran.returncode, told["version"], told["code"], told["field"])
    assert ("stellen.csv", 204, 7) == (told["source_file"], told["source_line"], told["origin_offset"])
    assert told["original"] is None
    assert fingerprint(read_key(refused.key.with_suffix(".pub"))) == told["sealed_for"]
    assert vacancy()["title"] not in ran.stdout


@pytest.mark.parametrize("form", ["{topic}-2-7", "{topic}[2]@7"])
def test_with_the_key_the_original_is_opened_and_read(refused: Refused, form: str) -> None:
    place = form.format(topic=refused.topic)
    arguments = ["--id", place, "--private-key", str(refused.key), "--bootstrap-servers", refused.broker]

    as_json = jobhub("show", refused.jobcenter, *arguments, "--json")
    as_text = jobhub("show", refused.jobcenter, *arguments, lang="en")

    original = json.loads(as_json.stdout)["original"]
    assert ("vacancy", None, vacancy()["title"]) == (original["schema"], original["hex"], original["record"]["title"])
    assert (0, 0, "") == (as_json.returncode, as_text.returncode, as_json.stderr)
    assert vacancy()["title"] in as_text.stdout
    assert "For this Jobcenter only" in as_text.stderr


def test_it_is_found_by_its_place_among_the_rejected_too(refused: Refused) -> None:
    own = topics.rejected(refused.jobcenter)
    # Offset 0 is the aborted record, 1 the control record after it.
    ran = jobhub("show", refused.jobcenter, own, str(_P), "3", "--bootstrap-servers", refused.broker, "--json")

    assert (0, 8) == (ran.returncode, json.loads(ran.stdout)["origin_offset"])


def test_what_cannot_be_decoded_is_shown_as_hex_and_no_terminal_obeys_it(refused: Refused) -> None:
    as_json = refused.show(8, "--private-key", str(refused.key), "--json")
    as_text = refused.show(8, "--private-key", str(refused.key))

    assert {"schema": None, "record": None, "hex": _GARBAGE.hex()} == json.loads(as_json.stdout)["original"]
    assert _GARBAGE.hex(" ") in as_text.stdout
    assert "\x1b" not in as_text.stdout


@pytest.mark.parametrize(
    "lang, why", [("de", "Versiegelt ist es für den Schlüssel"), ("en", "It is sealed for the key")]
)
def test_another_key_is_refused_and_both_are_named(refused: Refused, lang: str, why: str) -> None:
    ran = refused.show(7, "--private-key", str(refused.other_key), lang=lang)

    assert (4, "") == (ran.returncode, ran.stdout)
    assert why in ran.stderr
    for key in (refused.key, refused.other_key):
        assert fingerprint(read_key(key.with_suffix(".pub"))) in ran.stderr
        assert key.read_text().strip() not in ran.stderr


def test_a_file_that_is_no_key_is_refused(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "x.key").write_text("secret but no key", encoding="utf-8")

    ran = refused.show(7, "--private-key", str(tmp_path / "x.key"))

    assert (3, "") == (ran.returncode, ran.stdout)
    assert "secret but no key" not in ran.stderr


def test_without_an_original_there_is_nothing_to_open(refused: Refused) -> None:
    ran = refused.show(9, "--private-key", str(refused.key))

    assert 0 == ran.returncode
    assert "nicht aufbewahrt" in ran.stdout
    assert "kein Original" in ran.stderr


@pytest.mark.parametrize("offset", [10, 4711])
def test_what_was_not_refused_or_was_aborted_is_not_found(refused: Refused, offset: int) -> None:
    ran = refused.show(offset)

    assert (1, "") == (ran.returncode, ran.stdout)
    assert "nicht unter den abgewiesenen" in ran.stderr


async def test_a_reader_of_uncommitted_records_would_show_what_was_aborted(
    refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Coordinates(refused.topic, _P, 10)
    assert await find(Broker(refused.broker), refused.jobcenter, place) is None

    plain = aiokafka.AIOKafkaConsumer
    mutant = {"isolation_level": "read_uncommitted"}
    monkeypatch.setattr(aiokafka, "AIOKafkaConsumer", lambda **settings: plain(**(settings | mutant)))

    assert await find(Broker(refused.broker), refused.jobcenter, place) is not None


def test_a_topic_that_is_missing_is_told(bootstrap_servers: str, made_up_jobcenter: str) -> None:
    place = f"{topics.raw(made_up_jobcenter, 'vacancy')}-0-0"
    ran = jobhub("show", made_up_jobcenter, "--id", place, "--bootstrap-servers", bootstrap_servers)

    assert (3, "") == (ran.returncode, ran.stdout)
    assert topics.rejected(made_up_jobcenter) in ran.stderr


# -------------------------------------------------------------------------------------------------------------- list


@pytest.fixture
def reporting(fresh_database: str) -> str:
    """A database with four refusals of two Jobcenters."""
    upgrade(fresh_database)
    with psycopg.connect(fresh_database) as connection:
        for place, (jobcenter, code, file) in enumerate(
            [
                ("borken", "E202", "a.csv"),
                ("borken", "E112", None),
                ("borken", "E202", "c\x1b[31m.csv"),
                ("coesfeld", "E202", "d"),
            ]
        ):
            connection.execute(
                "INSERT INTO reporting.rejected (jobcenter, event, key, code, field, origin_topic, origin_partition,"
                " origin_offset, source_file, source_line, rejected_at, has_original, fingerprint)"
                " VALUES (%s, 'vacancy', %s, %s, 'pay.minimum', %s, 2,"
                " %s, %s, 204, now() + %s * interval '1s', %s, '')",
                (
                    jobcenter,
                    f"{jobcenter}:X-{place}",
                    code,
                    topics.raw(jobcenter, "vacancy"),
                    place,
                    file,
                    place,
                    not place,
                ),
            )
    return fresh_database


def _list(database: str, *arguments: str) -> dict[str, Any]:
    ran = jobhub("list", *arguments, "--json", JOBHUB_DATABASE_URL=database)
    assert (0, "") == (ran.returncode, ran.stderr)
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


@pytest.mark.parametrize(
    "arguments, total, offsets",
    [
        ([], 4, [3, 2, 1, 0]),
        (["borken"], 3, [2, 1, 0]),
        (["borken", "--code", "e202"], 2, [2, 0]),
        (["--code", "E202", "--limit", "1"], 3, [3]),
        (["muenster"], 0, []),
    ],
)
def test_it_lists_the_newest_first_of_what_was_asked_for(
    reporting: str, arguments: list[str], total: int, offsets: list[int]
) -> None:
    told = _list(reporting, *arguments)

    assert (1, total, offsets) == (told["version"], told["total"], [one["offset"] for one in told["rejected"]])


def test_a_line_says_when_which_why_and_whence(reporting: str) -> None:
    ran = jobhub("list", "borken", "--code", "E202", lang="en", JOBHUB_DATABASE_URL=reporting)

    newest, _, oldest, why = ran.stdout.splitlines()
    assert (0, "") == (ran.returncode, ran.stderr)
    assert "E202  borken:X-0  a.csv:204  jobhub.raw.borken.vacancy.v1[2]@0  original sealed" in oldest
    assert "The pay is turned round: its lower bound is above the upper one.  (pay.minimum)" == why.strip()
    assert "no original" in newest
    assert "\x1b" not in ran.stdout


def test_what_does_not_fit_into_the_limit_is_counted(reporting: str) -> None:
    ran = jobhub("list", "--limit", "1", JOBHUB_DATABASE_URL=reporting)

    assert "… und 3 weitere (--limit)" == ran.stdout.splitlines()[-1]


def test_an_unknown_jobcenter_is_not_good_news(reporting: str) -> None:
    ran = jobhub("list", "borkn", JOBHUB_DATABASE_URL=reporting)

    assert (2, "") == (ran.returncode, ran.stdout)
    assert "borken" in ran.stderr


def test_a_database_without_tables_is_told(fresh_database: str) -> None:
    ran = jobhub("list", JOBHUB_DATABASE_URL=fresh_database)

    assert (3, "") == (ran.returncode, ran.stdout)
    assert "jobhub sink" in ran.stderr
