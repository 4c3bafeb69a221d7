"""Sinks on the real broker and the real PostgreSQL: exact after crashes, zombies, restarts and bad records."""

from __future__ import annotations

import asyncio
import datetime
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete
from aiokafka.structs import TopicPartition

from hub.embedded import Services
from hub.sinks.engine import polls, runner
from hub.sinks.engine.database import Database, connect
from hub.sinks.engine.lag import log_reader
from hub.sinks.engine.registry import sinks
from hub.sinks.engine.store import Store
from hub.sinks.engine.takeover import PositionLost, take_over
from hub.store.ledger import read_ledger
from hub.store.migrate import upgrade
from schemas import topics
from schemas.codec import codec
from tests.support.events import ended, measure, placement, vacancy
from tests.support.sink_log import (
    TOPIC,
    Curated,
    delivered,
    headers,
    of_event,
    of_vacancy,
    random_log,
    record_transitions,
    removal,
    violations,
)
from tests.support.sink_main import STEPS
from tests.support.sinks import create_topics, dealt_with, feed, running, wait_until

pytestmark = pytest.mark.integration

CURATED = [topics.INTERNAL_VACANCY, *(topics.curated(event) for event in topics.EVENTS)]


@pytest.fixture(scope="module")
def own_broker() -> Iterator[str]:
    """A broker whose curated topics nobody else writes to."""
    folder = Path(tempfile.mkdtemp(prefix="jobhub-test-"))
    try:
        with Services(folder, postgres=False) as endpoints:
            yield endpoints.bootstrap_servers
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def broker(own_broker: str) -> str:
    """The same, with its topics."""
    await create_topics(own_broker, CURATED)
    return own_broker


@pytest.fixture
async def database(broker: str, fresh_database: str) -> str:
    """A database with tables whose sinks begin where the topics end at present."""
    return await prepared(broker, fresh_database)


async def prepared(broker: str, database_url: str) -> str:
    """Make tables, note every change of the board by a trigger, and begin at the present ends."""
    upgrade(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        record_transitions(connection)
        for sink, topic, partition, end in await ends(broker):
            connection.execute(
                "INSERT INTO reporting.sink_progress (sink, topic, partition, owner_epoch, first_offset, next_offset,"
                " updated_at) VALUES (%s, %s, %s, 0, %s, %s, now())",
                (sink, topic, partition, end, end),
            )
    return database_url


async def ends(broker: str) -> list[tuple[str, str, int, int]]:
    """Sink, topic, partition and present end of every partition a sink reads."""
    async with log_reader(broker, {}) as reader:
        found = await reader.consumer.end_offsets(
            [TopicPartition(topic, partition) for topic in CURATED for partition in range(4)]
        )
    return [
        (name, tp.topic, tp.partition, end)
        for name, sink in sinks().items()
        for tp, end in found.items()
        if re.match(sink.pattern, tp.topic)
    ]


def ask(database_url: str, question: str, *values: object) -> list[Any]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        return connection.execute(question, values).fetchall()


async def unaccounted(database_url: str) -> int:
    async with await connect(database_url, "test") as connection:
        return (await read_ledger(connection)).unaccounted


def broken_promises(database_url: str, log: list[Curated], jobcenter: str) -> list[str]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        return violations(connection, log, jobcenter)


async def test_the_board_shows_each_entity_as_its_last_valid_record_has_it(
    broker: str, database: str, made_up_jobcenter: str, tmp_path: Path
) -> None:
    jc = made_up_jobcenter
    public = vacancy(jobcenter=jc, source_id="P")
    gone = {"description": None, "employer": None, "contact": None}
    hidden: dict[str, Any] = {"employer": None, "contact": None, "visibility": "ANONYMOUS", "external_references": []}
    log = [
        of_event(0, public),
        of_event(1, public),
        of_vacancy(2, jc, "P", 1, title="Andere"),
        of_vacancy(3, jc, "P", 3, title="Dritte"),
        of_vacancy(4, jc, "P", 2, title="Zweite"),
        of_event(5, {**vacancy(jobcenter=jc, source_id="A"), **hidden}),
        of_vacancy(6, jc, "E", 1),
        of_event(7, {**ended(vacancy(jobcenter=jc, source_id="E")), **gone}),
        of_vacancy(8, jc, "R", 4),
        removal(9, jc, "R"),
        of_vacancy(10, jc, "R", 3),
    ]
    with running(broker, database, tmp_path, "board") as sink:
        ready = sink.wait_ready()
        await feed(broker, log, per_transaction=3)
        wait_until(lambda: dealt_with(database, "board") == len(log))
        code, secs = sink.terminate()

    assert ready == {"version": 1, "event": "ready", "part": "sink", "sinks": ["board"]}
    assert [] == broken_promises(database, log, jc)
    # Whether two versions of one entity meet in a batch is a matter of time.
    outcomes = ask(
        database,
        "SELECT outcome FROM reporting.sink_exception WHERE outcome <> 'SUPERSEDED' ORDER BY record_offset",
    )
    assert [("DUPLICATE",), ("CONFLICT",), ("STALE",), ("STALE",)] == outcomes
    rows = ask(
        database,
        "SELECT source_id, title, employer_name, visibility, ended, removed, contact, description, fold <> ''"
        " FROM board.job LEFT JOIN board.job_doc USING (entity) WHERE jobcenter = %s ORDER BY source_id",
        jc,
    )
    title, employer = public["title"], public["employer"]["name"]
    contact, text = public["contact"], public["description"]
    assert rows == [
        ("A", title, None, "ANONYMOUS", False, False, None, text, True),
        ("E", title, None, "PUBLIC", True, False, None, None, False),
        ("P", "Dritte", employer, "PUBLIC", False, False, contact, text, True),
        ("R", None, None, None, True, True, None, None, None),
    ]
    assert (0, True) == (code, secs < 5)
    assert 0 == await unaccounted(database)


async def test_measures_and_placements_arrive_where_they_belong(
    broker: str, database: str, made_up_jobcenter: str, tmp_path: Path
) -> None:
    jc = made_up_jobcenter
    course, fact = measure(jobcenter=jc), placement(jobcenter=jc)
    internal = vacancy(jobcenter=jc, visibility="INTERNAL")
    log = [
        Curated(codec(event).encode(value), b"k", topic=topic, headers=headers(jc, 0))
        for event, value, topic in (
            ("vacancy", internal, topics.INTERNAL_VACANCY),
            ("measure", course, topics.curated("measure")),
            ("placement", fact, topics.curated("placement")),
        )
    ]
    with running(broker, database, tmp_path):
        await feed(broker, log)
        wait_until(
            lambda: (
                (
                    dealt_with(database, "reporting", topics.curated("placement"))
                    + dealt_with(database, "reporting", topics.INTERNAL_VACANCY)
                    + dealt_with(database, "reporting", topics.curated("measure"))
                    + dealt_with(database, "board", topics.curated("measure"))
                )
                == 4
            )
        )

    entity = f"{jc}:{internal['source_id']}"
    assert [(entity, "INTERNAL")] == ask(database, "SELECT entity, visibility FROM reporting.vacancy")
    assert [] == ask(database, "SELECT entity FROM board.job")
    for schema in ("board", "reporting"):
        assert [(course["provider"], 23, "48249")] == ask(
            database, f"SELECT provider, outcomes_entries, location_plz FROM {schema}.measure"
        )
    assert [("2026-10", "INTEGRATION")] == ask(database, "SELECT month, counts_as FROM reporting.placement")


async def test_nothing_is_lost_or_done_twice_when_the_process_is_killed_at_any_step(
    broker: str, database: str, made_up_jobcenter: str, tmp_path: Path
) -> None:
    log = random_log(made_up_jobcenter, seed=1, records=150)
    await feed(broker, log[:70], per_transaction=7)
    for passage, step in enumerate(STEPS, 1):
        with running(broker, database, tmp_path, "board", dies_at=f"{step}:1") as sink:
            sink.wait_ready()
            await feed(broker, log[70 + 10 * (passage - 1) : 70 + 10 * passage])
            assert -signal.SIGKILL == sink.process.wait(90)
    await feed(broker, log[120:])
    with running(broker, database, tmp_path, "board"):
        wait_until(lambda: dealt_with(database, "board") >= len(log))

    assert len(log) == dealt_with(database, "board")
    assert [] == broken_promises(database, log, made_up_jobcenter)
    assert 0 == await unaccounted(database)


@pytest.mark.parametrize("step", ["before", "accounted"])
async def test_a_process_that_stood_still_and_was_replaced_writes_nothing_when_it_wakes(
    broker: str, database: str, made_up_jobcenter: str, tmp_path: Path, step: str
) -> None:
    log = random_log(made_up_jobcenter, seed=2)
    with running(broker, database, tmp_path, "board", dies_at=f"{step}:1:stop") as zombie:
        zombie.wait_ready()
        await feed(broker, log[:60])
        zombie.await_stopped()
        if step == "accounted":
            # It holds the row of its partition; the server ends its session after a while. Here at once.
            ask(
                database,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'jobhub-sink-board' AND datname = current_database()",
            )
        with running(broker, database, tmp_path, "board") as owner:
            owner.wait_ready()
            await feed(broker, log[60:])
            wait_until(lambda: dealt_with(database, "board") >= len(log))
            before = ask(database, "SELECT count(*) FROM transition")
            zombie.process.send_signal(signal.SIGCONT)
            wait_until(lambda: "gives a partition up" in zombie.stderr)

    assert before == ask(database, "SELECT count(*) FROM transition")
    assert len(log) == dealt_with(database, "board")
    assert [] == broken_promises(database, log, made_up_jobcenter)
    assert 0 == await unaccounted(database)


async def test_a_position_beyond_the_log_is_refused_and_the_log_is_asked_after_the_claim(database: str) -> None:
    """Asked before, a former owner that was still writing looks like a topic made anew."""
    tp, epoch = TopicPartition(TOPIC, 0), "SELECT owner_epoch FROM reporting.sink_progress WHERE sink = %s"
    where = " AND topic = %s AND partition = 0"
    ask_epoch = partial(ask, database, epoch + where, "board", TOPIC)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "UPDATE reporting.sink_progress SET next_offset = 10 WHERE sink = %s" + where, ("board", TOPIC)
        )
    store, seen = Store(Database(database, "board", sinks()["board"])), []

    async def end(at: int, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        seen.append(ask_epoch()[0][0])
        return dict.fromkeys(partitions, at)

    with pytest.raises(PositionLost, match="ends at 9, but 10"):
        await take_over(store, "board", {tp: 0}, partial(end, 9))
    ours = (await take_over(store, "board", {tp: 0}, partial(end, 10)))[tp]
    await store.database.close()

    assert [1, 2] == seen
    assert (2, 10) == (ours.owner_epoch, ours.next_offset)


async def begin_in_turn(found: list[runner.Runner], working: list[asyncio.Task[None]], stopping: asyncio.Event) -> None:
    """Start sinks one after the other, until each has its share of the partitions. They are added to `working`."""
    for sink in found:
        await sink.start()
        working.append(asyncio.create_task(sink.run(stopping)))
        await until(lambda sink=sink: bool(sink.claims), working)  # type: ignore[misc]
    await until(lambda: {len(sink.claims) for sink in found} == {4}, working)


async def test_a_sink_goes_on_however_often_its_partitions_are_dealt_out_anew(
    broker: str, database: str, made_up_jobcenter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in the moments in which it has no partition, and in those in which it is not told yet what it has."""

    class Slow(runner.Runner):
        async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
            await asyncio.sleep(0.5)
            await super().on_partitions_assigned(assigned)

    monkeypatch.setattr(runner, "_LOOK_UP_SECS", 0.0)
    log, stopping = random_log(made_up_jobcenter, seed=5), asyncio.Event()
    first, second = (Slow("board", sinks()["board"], broker, database, 6.0, {}) for _ in range(2))
    working: list[asyncio.Task[None]] = []
    try:
        await begin_in_turn([first, second], working, stopping)
        await feed(broker, log)
        await until(lambda: dealt_with(database, "board") >= len(log), working)
    finally:
        stopping.set()
        await asyncio.gather(*working, return_exceptions=True)
        await first.close()
        await second.close()

    assert [] == broken_promises(database, log, made_up_jobcenter)


async def test_a_sink_goes_on_when_kafka_knows_no_position_of_its_group(
    broker: str, database: str, made_up_jobcenter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a broker that stood still in the first seconds of a sink. The client asked for a position then waits
    until somebody seeks one, and that is the very loop that asks.
    """
    monkeypatch.setattr(runner, "GROUP", made_up_jobcenter + "-{}")
    monkeypatch.setattr(runner, "_LOOK_UP_SECS", math.inf)
    monkeypatch.setattr(polls, "POLL_SECS", 0.001)  # over before the client hears that there is none
    log, stopping = random_log(made_up_jobcenter, seed=6), asyncio.Event()
    first, second = (runner.Runner("board", sinks()["board"], broker, database, 6.0, {}) for _ in range(2))
    working: list[asyncio.Task[None]] = []
    try:
        await begin_in_turn([first, second], working, stopping)
        await feed(broker, log)
        await until(lambda: dealt_with(database, "board") >= len(log), working)
    finally:
        stopping.set()
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        await first.close()
        await second.close()

    assert [] == broken_promises(database, log, made_up_jobcenter)


async def until(true: Callable[[], bool], working: Sequence[asyncio.Task[None]]) -> None:
    """Wait until it is so, while these tasks go on; one that ends with an error is raised here."""
    async with asyncio.timeout(90):
        while not true():
            for task in working:
                if task.done():
                    task.result()
            await asyncio.sleep(0.05)


@pytest.fixture
def own_services() -> Iterator[Services]:
    """PostgreSQL that a test may kill; the broker is another's."""
    folder = Path(tempfile.mkdtemp(prefix="jobhub-test-"))
    services = Services(folder, kafka=False)
    try:
        yield services
    finally:
        services.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def test_a_database_that_goes_away_is_waited_for_and_nothing_is_rejected(
    broker: str, own_services: Services, made_up_jobcenter: str, tmp_path: Path
) -> None:
    log = random_log(made_up_jobcenter, seed=3)
    database = await prepared(broker, own_services.start().database_url)
    with running(broker, database, tmp_path, "board") as sink:
        sink.wait_ready()
        await feed(broker, log[:60], per_transaction=2)
        assert own_services.postgres_pid is not None
        os.kill(own_services.postgres_pid, signal.SIGKILL)
        await feed(broker, log[60:])
        own_services.stop()
        assert database == own_services.start().database_url
        wait_until(lambda: dealt_with(database, "board") == len(log))
        assert sink.process.poll() is None

    assert [] == ask(database, "SELECT * FROM reporting.sink_exception WHERE outcome = 'REJECTED'")
    assert [] == broken_promises(database, log, made_up_jobcenter)
    assert 0 == await unaccounted(database)


async def test_a_record_that_cannot_be_stored_or_read_is_rejected_alone(
    broker: str, database: str, made_up_jobcenter: str, tmp_path: Path
) -> None:
    jc = made_up_jobcenter
    log = [
        of_vacancy(0, jc, "before", 1),
        of_vacancy(1, jc, "nul", 1, title="Ko\0ch"),
        of_vacancy(2, jc, "n\0ul", 1),
        Curated(codec("vacancy").encode(vacancy(jobcenter=jc))[:-1], f"{jc}:cut".encode(), headers=headers(jc, 3)),
        Curated(b"\0\0\0\0\x63rubbish", f"{jc}:rubbish".encode(), headers=headers(jc, 4)),
        Curated(codec("measure").encode(measure(jobcenter=jc)), b"\xff\0", headers=headers(jc, 5)),
        Curated(None, b"no entity", headers=headers(jc, 6)),
        of_vacancy(7, jc, "after", 1),
    ]
    ((began,),) = ask(database, _POSITION)
    await feed(broker, log, per_transaction=len(log))
    with running(broker, database, tmp_path, "board"):
        wait_until(lambda: dealt_with(database, "board") == len(log))

    rows = ask(database, "SELECT record_offset, outcome, code FROM reporting.sink_exception ORDER BY 1")
    assert rows == [
        (began + 1, "REJECTED", "E604"),
        (began + 2, "REJECTED", "E604"),
        (began + 3, "REJECTED", "E602"),
        (began + 4, "REJECTED", "E601"),
        (began + 5, "REJECTED", "E607"),
        (began + 6, "REJECTED", "E521"),
    ]
    assert [("after",), ("before",)] == ask(database, "SELECT source_id FROM board.job ORDER BY 1")
    assert 0 == await unaccounted(database)


async def test_records_deleted_before_they_were_read_are_counted_and_named(
    broker: str, database: str, made_up_jobcenter: str, tmp_path: Path
) -> None:
    log = [of_vacancy(offset, made_up_jobcenter, f"E{offset}", 1) for offset in range(20)]
    ((began,),) = ask(database, _POSITION)
    await feed(broker, log[:10], per_transaction=10)
    with running(broker, database, tmp_path, "board"):
        wait_until(lambda: dealt_with(database, "board") == 10)
        # And behind the end of the transaction, which is an offset too.
        wait_until(lambda: [(began + 11,)] == ask(database, _POSITION))
    await feed(broker, log[10:], per_transaction=10)
    admin = AIOKafkaAdminClient(bootstrap_servers=broker)
    await admin.start()
    await admin.delete_records({TopicPartition(TOPIC, 0): RecordsToDelete(before_offset=began + 15)})
    await admin.close()
    with running(broker, database, tmp_path, "board"):
        wait_until(lambda: [(16,)] == ask(database, "SELECT count(*) FROM board.job"))

    named = ask(database, "SELECT record_offset, outcome, records FROM reporting.sink_exception")
    assert [(began + 11, "EXPIRED_UNREAD", 4)] == named
    assert 0 == await unaccounted(database)


_POSITION = (
    f"SELECT next_offset FROM reporting.sink_progress WHERE sink = 'board' AND topic = '{TOPIC}' AND partition = 0"
)


async def test_status_ends_with_10_while_a_source_is_silent_and_with_0_when_all_is_well(
    broker: str, database: str, made_up_jobcenter: str, tmp_path: Path
) -> None:
    jc, jobcenters = made_up_jobcenter, tmp_path / "deploy" / "jobcenters"
    jobcenters.mkdir(parents=True)
    (jobcenters / f"{jc}.yaml").write_text(
        "kreis: '05554'\nname: Erprobung\nsources:\n"
        "  stellen: {event: vacancy, type: csv_file, load: full, key: '{Nr}', columns: {title: T}}\n",
        encoding="utf-8",
    )
    await create_topics(broker, [topics.raw(jc, "vacancy"), topics.delivery(jc)])
    silent, told = status(broker, database, tmp_path / "deploy")
    with running(broker, database, tmp_path, "receipts"):
        await feed(broker, [delivered(jc, "stellen", "COMPLETED", datetime.datetime.now(datetime.UTC), sent_new=3)])
        wait_until(lambda: dealt_with(database, "receipts", topics.delivery(jc)) == 1)
    well, now_told = status(broker, database, tmp_path / "deploy")

    assert (10, [f"{jc}/stellen has never delivered"]) == (silent, told["problems"])
    assert (0, []) == (well, now_told["problems"])
    assert [("COMPLETED", 3)] == [(source["state"], source["new"]) for source in now_told["sources"]]
    assert {"unaccounted": 0, "rows": [], "sinks": []} == now_told["ledger"]

    # What has waited for two minutes and nobody has worked on.
    raw = Curated(b"value", topic=topics.raw(jc, "vacancy"), key=b"key", timestamp=int(time.time() - 120) * 1000)
    await feed(broker, [raw])
    stuck, told = status(broker, database, tmp_path / "deploy")
    assert (10, [f"worker stands still: {raw.topic}-0"]) == (stuck, told["problems"])

    own = [lag for lag in now_told["lag"] if lag["topic"] == topics.raw(jc, "vacancy")]
    assert [("worker", part, 0, False) for part in range(4)] == [
        (lag["stage"], lag["partition"], lag["records"], lag["stands_still"]) for lag in own
    ]


def status(broker: str, database_url: str, deploy: Path) -> tuple[int, dict[str, Any]]:
    """`jobhub status --json` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "hub.cli.main", "status", "--json"],
        env={
            **os.environ,
            "JOBHUB_LANG": "en",
            "JOBHUB_BOOTSTRAP_SERVERS": broker,
            "JOBHUB_DATABASE_URL": database_url,
            "JOBHUB_DEPLOY": str(deploy),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    told: dict[str, Any] = json.loads(done.stdout or "{}")
    return done.returncode, told
