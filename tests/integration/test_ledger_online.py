"""The ledger while everything runs: whatever is taken out by hand, or lost at the end, is said within seconds."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families
from psycopg import sql

from hub.embedded import Services
from schemas import topics
from schemas.codec import codec
from tests.support.events import vacancy
from tests.support.sink_log import Curated, headers, of_vacancy
from tests.support.sinks import Sink, create_topics, feed, running, wait_until

pytestmark = pytest.mark.integration

TAKEN, LOST, EXPIRED = "herausgenommen", "verloren", "verfallen"
"""Each test has a Jobcenter of its own; broker, database and sink process serve all of them."""
CURATED = [topics.INTERNAL_VACANCY, *(topics.curated(event) for event in topics.EVENTS)]
OF_JOBCENTERS = [
    of(jobcenter) for jobcenter in (TAKEN, LOST, EXPIRED) for of in (topics.receipts, topics.rejected, topics.delivery)
]
PATIENCE_SECS = 120.0
"""A cycle is 2 seconds; the machine may be busy."""


@dataclass
class Online:
    """A broker, a database, and a sink process between them."""

    broker: str
    database: str
    port: int
    sink: Sink

    def gauge(self, name: str, **labels: str) -> float:
        """Sum of what /metrics shows; of all series that carry these labels."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as page:
            families = text_string_to_metric_families(page.read().decode())
            return sum(
                sample.value
                for family in families
                for sample in family.samples
                if sample.name == name and labels.items() <= sample.labels.items()
            )

    def unaccounted(self) -> float:
        return self.gauge("jobhub_unaccounted_records")

    def ledger(self, *options: str) -> subprocess.CompletedProcess[str]:
        """`jobhub ledger`."""
        where = ["--bootstrap-servers", self.broker, "--database-url", self.database]
        return subprocess.run(
            [sys.executable, "-m", "tests.support.sink_main", "ledger", *where, *options],
            capture_output=True,
            text=True,
            env={**os.environ, "JOBHUB_LANG": "de"},
            timeout=60,
        )

    def feed(self, *records: Curated) -> None:
        asyncio.run(feed(self.broker, records))


@pytest.fixture(scope="module")
def online(database_url: str) -> Iterator[Online]:
    folder, name = Path(tempfile.mkdtemp(prefix="jobhub-test-")), f"online_{secrets.token_hex(6)}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    try:
        with Services(folder, postgres=False) as endpoints:
            broker, database = endpoints.bootstrap_servers, database_url.rsplit("/", 1)[0] + f"/{name}"
            asyncio.run(create_topics(broker, [*CURATED, *OF_JOBCENTERS]))
            with running(broker, database, folder / "sink", "--metrics-port", str(port)) as sink:
                sink.wait_ready()
                yield Online(broker, database, port, sink)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def receipt(jobcenter: str, first: int, last: int, new: int, *exceptions: tuple[int, str]) -> Curated:
    raw = topics.raw(jobcenter, "vacancy")
    value = {
        "topic": raw,
        "partition": 0,
        "first_offset": first,
        "last_offset": last,
        "delivery": None,
        "new": new,
        "changed": 0,
        "ended": 0,
        "exceptions": [{"offset": at, "outcome": outcome, "code": None, "key": None} for at, outcome in exceptions],
    }
    return Curated(codec("receipt").encode(value), f"{raw}-0".encode(), topic=topics.receipts(jobcenter))


def full(jobcenter: str, *offsets: int) -> list[Curated]:
    """Records for the Jobcenters."""
    return [
        Curated(
            codec("vacancy").encode(vacancy(jobcenter=jobcenter, source_id=f"E{offset}")),
            f"{jobcenter}:E{offset}".encode(),
            topic=topics.INTERNAL_VACANCY,
            headers=headers(jobcenter, offset),
        )
        for offset in offsets
    ]


def public(jobcenter: str, *offsets: int) -> list[Curated]:
    return [of_vacancy(offset, jobcenter, f"E{offset}", 1) for offset in offsets]


def rows(database_url: str, table: str) -> int:
    try:
        with psycopg.connect(database_url) as connection:
            found = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*table.split("."))))
            row = found.fetchone()
    except psycopg.errors.UndefinedTable:
        return 0
    return row[0] if row is not None else 0


def take_out(database_url: str, table: str) -> None:
    """Put one row aside."""
    with psycopg.connect(database_url) as connection:
        which = f"WHERE ctid = (SELECT min(ctid) FROM {table})"
        connection.execute(f"CREATE TABLE public.aside AS SELECT * FROM {table} {which}")
        assert 1 == connection.execute(f"DELETE FROM {table} {which}").rowcount


def put_back(database_url: str, table: str) -> None:
    schema, name = table.split(".")
    with psycopg.connect(database_url) as connection:
        found = connection.execute(
            "SELECT string_agg(column_name, ', ') FROM information_schema.columns"
            " WHERE table_schema = %s AND table_name = %s AND is_generated = 'NEVER'",
            (schema, name),
        ).fetchone()
        assert found is not None
        connection.execute(f"INSERT INTO {table} ({found[0]}) SELECT {found[0]} FROM public.aside")
        connection.execute("DROP TABLE public.aside")


TABLES = ("reporting.receipt", "reporting.receipt_exception", "board.job", "board.job_doc", "reporting.vacancy")


def test_a_row_taken_out_by_hand_is_shown_within_a_cycle_and_by_the_verb(online: Online) -> None:
    told = (receipt(TAKEN, 0, 2, 3), receipt(TAKEN, 3, 5, 2, (5, "DUPLICATE")))
    online.feed(*public(TAKEN, *range(5)), *full(TAKEN, *range(5)), *told)
    wait_until(lambda: all(rows(online.database, table) for table in TABLES), PATIENCE_SECS)
    wait_until(lambda: online.gauge("jobhub_board_vacancies", jobcenter=TAKEN) == 5, PATIENCE_SECS)
    sound = online.ledger()
    assert (0, 0) == (online.unaccounted(), sound.returncode)
    assert "Die Abrechnung geht auf: 6 Nachrichten" in sound.stdout

    for table in TABLES:
        take_out(online.database, table)
        wait_until(lambda: online.unaccounted() > 0, PATIENCE_SECS)
        found = online.ledger()
        assert (10, True) == (found.returncode, "geht NICHT auf" in found.stdout), table

        put_back(online.database, table)
        wait_until(lambda: online.unaccounted() == 0, PATIENCE_SECS)


def test_a_record_lost_at_the_end_is_noticed_before_the_next_one_comes(online: Online) -> None:
    online.feed(*public(LOST, *range(5)), *full(LOST, *range(6)), receipt(LOST, 0, 5, 6))

    wait_until(lambda: online.unaccounted() == 1, PATIENCE_SECS)
    told = online.ledger("--json")

    found = json.loads(told.stdout)
    assert (10, 1, True) == (told.returncode, found["unaccounted"], found["compared_to_the_end"])
    assert (0, 1) == (found["totals"]["missing_in_reporting"], found["totals"]["missing_on_board"])

    online.feed(*public(LOST, 5))
    wait_until(lambda: online.unaccounted() == 0, PATIENCE_SECS)


def test_records_that_expired_unread_are_counted_and_named(online: Online) -> None:
    gone = [(offset, "EXPIRED_UNREAD") for offset in range(3)]
    online.feed(*public(EXPIRED, 3), *full(EXPIRED, 3), receipt(EXPIRED, 0, 2, 0, *gone), receipt(EXPIRED, 3, 3, 1))

    wait_until(lambda: online.gauge("jobhub_expired_unread_records", jobcenter=EXPIRED) == 3, PATIENCE_SECS)
    told, plain = online.ledger("--json"), online.ledger()

    found = json.loads(told.stdout)
    assert (0, 0) == (told.returncode, found["unaccounted"])
    assert [("vacancy", 0, 4, 3)] == [
        (row["event"], row["first"], row["next"], row["expired_unread"])
        for row in found["rows"]
        if row["jobcenter"] == EXPIRED
    ]
    assert f"{EXPIRED} vacancy-0: 3 Nachrichten verfielen ungelesen" in plain.stdout
