"""Rule V12 on real servers: long after its end an entity is forgotten by everybody at once, and nothing is harmed."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from hub.audit.compare import _rows as rows_that_differ
from hub.audit.rows import read_rows
from hub.audit.topic import Truth
from hub.settings import Settings
from hub.sinks.board import SINK
from hub.sinks.engine.database import connect
from hub.sinks.engine.read import read
from hub.sinks.engine.store import Batch
from hub.sinks.engine.target import Item
from hub.store.ledger import read_ledger
from hub.store.migrate import upgrade
from hub.stream.options import SKELETON_DAYS_MIN
from hub.topics import Manifest, ensure_topics, load_manifest
from schemas import topics
from schemas.codec import codec
from schemas.topics import Event
from tests.support.board_owner import owner
from tests.support.events import ended, measure, placement, vacancy
from tests.support.load import Sent
from tests.support.raw import headers_of
from tests.support.sink_log import Curated, of_event, of_vacancy
from tests.support.sinks import running, wait_until
from tests.support.workers import Feeder, Worker, outcomes, read_all, wait_until_done, workers

pytestmark = pytest.mark.integration

PUBLIC, INTERNAL, MEASURE = topics.curated("vacancy"), topics.INTERNAL_VACANCY, topics.curated("measure")


class Hub:
    """A broker of its own, one Jobcenter, and workers of different times."""

    def __init__(self, bootstrap: str, start: Callable[..., Worker], data: Path) -> None:
        self.bootstrap, self._start, self._data = bootstrap, start, data
        self.jobcenter = f"t{secrets.token_hex(4)}"
        self.feeder = Feeder(bootstrap)
        asyncio.run(ensure_topics(bootstrap, _believing_workers_clocks(), [self.jobcenter]))

    def key(self, source_id: str) -> bytes:
        return f"{self.jobcenter}:{source_id}".encode()

    def sent(self, event: Event, record: dict[str, Any]) -> Sent:
        record = {**record, "jobcenter": self.jobcenter}
        key = f"{self.jobcenter}:{record['source_id']}"
        return Sent(topics.raw(self.jobcenter, event), key.encode(), codec(event).encode(record),
                    headers_of(event, key), "")  # fmt: skip

    def life(self, event: Event, record: dict[str, Any]) -> list[Sent]:
        """It is told, and it ends."""
        return [self.sent(event, record), self.sent(event, ended(record))]

    def work(self, *records: Sent, until: Callable[[], bool] = lambda: True, **environment: Any) -> None:
        """A worker, until all is done and something is so."""
        self.feeder.send(records)
        worker = self._start(self.bootstrap, [self.jobcenter], self._data, **environment)
        worker.wait_ready()
        wait_until_done(self.bootstrap, [self.jobcenter], self.feeder.sent)
        wait_until(until)
        assert 0 == worker.terminate()[0]

    def latest(self, topic: str) -> dict[bytes, bytes | None]:
        """The last record of each key."""
        return {message.key(): message.value() for message in read_all(self.bootstrap, [topic])}

    def forgotten(self, topic: str) -> set[bytes]:
        return {key for key, value in self.latest(topic).items() if value is None}

    def outcome(self, record: Sent) -> str:
        """Of the last sending of it."""
        place = max(place for place, sent in self.feeder.sent.items() if sent is record)
        [(outcome, *_)] = outcomes(self.bootstrap, [self.jobcenter])[place]
        return outcome


def _believing_workers_clocks() -> Manifest:
    """The topics as ever, but that the days of this test pass in the state topic."""
    manifest = load_manifest(Settings().deploy_folder / "topics.yaml")
    ours = {"message.timestamp.type": "CreateTime"}
    families = [
        one.model_copy(update={"config": one.config | ours}) if one.topic == topics.STATE else one
        for one in manifest.families
    ]
    return manifest.model_copy(update={"families": families})


@pytest.fixture
def hub(fresh_broker: Callable[[], str], tmp_path: Path) -> Iterator[Hub]:
    with workers() as start:
        yield Hub(fresh_broker(), start, tmp_path / "worker")


def days_ago(days: int) -> dict[str, Any]:
    return {"JOBHUB_TEST_DAYS_AGO": str(days)}


@pytest.fixture
def database(fresh_database: str) -> str:
    upgrade(fresh_database)
    return fresh_database


def ask(database_url: str, question: str) -> list[Any]:
    with psycopg.connect(database_url) as connection:
        return connection.execute(question.encode()).fetchall()


BOARD = "SELECT source_id, ended, removed, title IS NOT NULL FROM board.job ORDER BY 1"
REPORTING = "SELECT source_id, ended, removed, end_reason, kldb2010 FROM reporting.vacancy ORDER BY 1"
COURSES = "SELECT source_id, ended, removed, title IS NOT NULL FROM board.measure ORDER BY 1"


def test_everybody_forgets_what_ended_long_ago_and_no_figure_and_no_account_changes(
    hub: Hub, database: str, tmp_path: Path
) -> None:
    long_ago = SKELETON_DAYS_MIN + 5
    hub.work(
        *hub.life("vacancy", vacancy(source_id="A", version=1)),
        *hub.life("vacancy", vacancy(source_id="B", version=1, visibility="INTERNAL")),
        *hub.life("measure", measure(source_id="M", version=1)),
        hub.sent("vacancy", vacancy(source_id="D", version=1)),
        **days_ago(long_ago),
    )
    hub.work(*hub.life("vacancy", vacancy(source_id="C", version=1)), **days_ago(SKELETON_DAYS_MIN - 1))

    with running(hub.bootstrap, database, tmp_path / "sinks") as sink:
        sink.wait_ready()
        _await_level(hub, database)
        before = [ask(database, question) for question in (BOARD, REPORTING, COURSES)]

        hub.work(*_one_more_day(hub), until=lambda: len(hub.forgotten(topics.STATE)) == 3)
        _await_level(hub, database)

        assert {hub.key("A"), hub.key("B")} == hub.forgotten(INTERNAL)
        assert {hub.key("A")} == hub.forgotten(PUBLIC)
        assert {hub.key("M")} == hub.forgotten(MEASURE)
        assert {b"vacancy/" + hub.key("A"), b"vacancy/" + hub.key("B"), b"measure/" + hub.key("M")} == hub.forgotten(
            topics.STATE
        )
        assert before == [ask(database, question) for question in (BOARD, REPORTING, COURSES)]
        assert [] == _differences(hub, database)

        # Whoever forgot it too, a connector with a new state file, may use the id again: it is a new job.
        again = hub.sent("vacancy", vacancy(source_id="A", version=1, title="Wieder da (m/w/d)"))
        hub.work(again)
        _await_level(hub, database)

        assert "applied" == hub.outcome(again)
        assert [(False, "Wieder da (m/w/d)", 1)] == ask(
            database, "SELECT ended, title, version FROM board.job WHERE source_id = 'A'"
        )
        assert [] == _differences(hub, database)
        assert 0 == sink.terminate()[0]


def _one_more_day(hub: Hub) -> list[Sent]:
    """Something for each partition: a worker learns from records what day it is for the brokers."""
    return [hub.sent("placement", placement(source_id=f"{number}")) for number in range(40)]


def _await_level(hub: Hub, database_url: str) -> None:
    """The sinks have read whatever there is."""
    ends = [len(read_all(hub.bootstrap, [topic])) for topic in (PUBLIC, INTERNAL, MEASURE, MEASURE)]
    question = (
        f"SELECT coalesce(sum(records) FILTER (WHERE sink = 'board' AND topic = '{PUBLIC}'), 0),"
        f" coalesce(sum(records) FILTER (WHERE sink = 'reporting' AND topic = '{INTERNAL}'), 0),"
        f" coalesce(sum(records) FILTER (WHERE sink = 'board' AND topic = '{MEASURE}'), 0),"
        f" coalesce(sum(records) FILTER (WHERE sink = 'reporting' AND topic = '{MEASURE}'), 0)"
        " FROM reporting.sink_range"
    )
    wait_until(lambda: ends == [int(count) for count in ask(database_url, question)[0]])


def _differences(hub: Hub, database_url: str) -> list[Any]:
    """What the ledger and the auditor complain of."""

    async def look() -> list[Any]:
        async with await connect(database_url, "test") as connection:
            ledger = await read_ledger(connection)
        found: list[Any] = [ledger] if ledger.unaccounted else []
        for event, topic in (("vacancy", PUBLIC), ("measure", MEASURE)):
            async with Truth(hub.bootstrap, event, topic, {}) as truth:  # type: ignore[arg-type]
                await truth.catch_up()
                rows = await read_rows(database_url, event)  # type: ignore[arg-type]
                found += rows_that_differ(truth.states, rows, Settings().day)
        return found

    return asyncio.run(look())


@pytest.mark.parametrize("mutant, revived", [({}, False), ({"JOBHUB_TEST_FORGETS_AFTER_DAYS": "70"}, True)])
def test_forgotten_too_early_an_older_update_revives_the_job(hub: Hub, mutant: dict[str, Any], revived: bool) -> None:
    first, over = hub.life("vacancy", vacancy(source_id="C", version=1))
    hub.work(first, over, **days_ago(SKELETON_DAYS_MIN - 1))
    if revived:
        hub.work(*_one_more_day(hub), until=lambda: bool(hub.forgotten(topics.STATE)), **mutant)
    hub.work(first, **mutant)

    assert ("applied" if revived else "STALE") == hub.outcome(first)
    told = codec("vacancy").decode(hub.latest(PUBLIC)[hub.key("C")])
    assert ("ACTIVE" if revived else "ENDED") == told["status"]


# ----------------------------------------------------------------------------------------------- the half of the sinks


async def _store(database_url: str, *log: Curated) -> None:
    """Store these records together."""
    async with owner(database_url) as (store, [ours]):
        await store.store([Batch(ours, await read(SINK.target(PUBLIC), log), ours.next_offset + len(log))])


def _lives(version: int = 3) -> tuple[Curated, Curated, Curated]:
    """The end of a job, the tombstone long after, and a new job of the same name from a connector without memory."""
    end = of_event(0, ended(vacancy(jobcenter="erprobung", source_id="A", version=version - 1)))
    return end, Curated(None, b"erprobung:A", 1), of_vacancy(2, "erprobung", "A", 1, title="Wieder da (m/w/d)")


ROW = "SELECT version, ended, removed, title FROM board.job"
OVER, AGAIN = (3, True, False, vacancy()["title"]), (1, False, False, "Wieder da (m/w/d)")


@pytest.mark.parametrize("together", [True, False])
async def test_a_sink_keeps_what_it_shows_of_the_end_and_takes_whatever_comes_after(
    together: bool, database: str
) -> None:
    end, forgotten, again = _lives()
    if together:
        await _store(database, end, forgotten, again)
    else:
        await _store(database, end, forgotten)
        assert [OVER] == ask(database, ROW)
        await _store(database, again)

    assert [AGAIN] == ask(database, ROW)


async def test_an_end_that_a_restored_database_never_saw_takes_the_job_away(database: str) -> None:
    await _store(database, of_vacancy(0, "erprobung", "A", 2), _lives()[1])

    assert [(2, True, True, None)] == ask(database, ROW)


async def test_a_sink_that_takes_the_tombstone_for_any_other_is_noticed(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Item, "forgets", False)
    end, forgotten, again = _lives()
    await _store(database, end, forgotten)

    assert [(3, True, True, None)] == ask(database, ROW)
    await _store(database, again)
    assert [AGAIN] != ask(database, ROW)
