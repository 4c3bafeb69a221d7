"""The rules of a sink's transaction, without Kafka: each one is broken on purpose, and the checks must notice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection, sql

from hub.sinks.board import SINK
from hub.sinks.engine import account, decide, progress, table
from hub.sinks.engine import read as reading
from hub.sinks.engine.database import connect
from hub.sinks.engine.decide import Outcome
from hub.sinks.engine.progress import Claim, Fenced
from hub.sinks.engine.read import read
from hub.sinks.engine.store import Batch, Store
from hub.sinks.engine.target import Item, State, Target
from hub.store.ledger import read_ledger
from hub.store.migrate import upgrade
from schemas import topics
from tests.support.board_owner import owner
from tests.support.sink_log import TOPIC, Curated, of_vacancy, oracle, random_log, record_transitions, violations

pytestmark = pytest.mark.integration

JOBCENTER = "erprobung"
BATCH = 10


class Killed(BaseException):
    """Stands for kill -9: nothing in the code under test catches it."""


@pytest.fixture(autouse=True, params=[1, 1_000_000], ids=["packed", "read one by one"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every rule holds for the quick way too."""
    monkeypatch.setattr(reading, "PACKED_MIN", request.param)


@pytest.fixture
def database(fresh_database: str) -> str:
    """A database with tables, in which every change of the board is noted by a trigger."""
    upgrade(fresh_database)
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        record_transitions(connection)
    return fresh_database


async def one_batch(store: Store, ours: Claim, log: list[Curated]) -> Claim:
    """Store the next records from the position on."""
    to = min(len(log), ours.next_offset + BATCH)
    reading = await read(SINK.target(TOPIC), log[ours.next_offset : to])
    [stored] = await store.store([Batch(ours, reading, to)])
    return stored.claim


async def drain(database_url: str, log: list[Curated]) -> None:
    """Own the partition until its end, again and again after each kill."""
    for _ in range(100):
        try:
            async with owner(database_url) as (store, [ours]):
                while ours.next_offset < len(log):
                    ours = await one_batch(store, ours, log)
                return
        except Killed:
            continue
    raise AssertionError("it was killed too often")


async def problems(database_url: str, log: list[Curated]) -> list[str]:
    """Everything the checks find: at the board, in the transitions, in the ledger."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        found = violations(connection, log, JOBCENTER)
        # The hub's receipt for the same records. Removals stand for records without a public view.
        removals = [offset for offset, record in enumerate(log) if record.value is None]
        connection.execute(
            "INSERT INTO reporting.receipt VALUES (%s, 0, 0, %s, %s, 'vacancy', NULL, %s, 0, 0, '', now())",
            (topics.raw(JOBCENTER, "vacancy"), len(log) - 1, JOBCENTER, len(log)),
        )
        # As its sink would have written it: a row that no sink inserted is noticed.
        place = ("receipts", topics.receipts(JOBCENTER))
        connection.execute("INSERT INTO reporting.sink_progress VALUES (%s, %s, 0, 1, 0, 1, now())", place)
        connection.execute("INSERT INTO reporting.sink_range VALUES (%s, %s, 0, 0, 1, 1, 1, 1)", place)
        for offset in removals:
            connection.execute(
                "INSERT INTO reporting.receipt_exception VALUES"
                " (%s, 0, %s, 'APPLIED_NOT_PUBLIC', NULL, NULL, NULL, %s, 'vacancy')",
                (topics.raw(JOBCENTER, "vacancy"), offset, JOBCENTER),
            )
    async with await connect(database_url, "test") as connection:
        if (await read_ledger(connection)).unaccounted:
            found.append("unaccounted")
    return found


def killed_at(monkeypatch: pytest.MonkeyPatch, owner_of: Any, name: str, *passages: int) -> None:
    """Die when a step was done for the n-th time."""
    step, passed = getattr(owner_of, name), 0

    async def deadly(*args: Any, **kwargs: Any) -> Any:
        nonlocal passed
        result = await step(*args, **kwargs)
        passed += 1
        if passed in passages:
            raise Killed
        return result

    monkeypatch.setattr(owner_of, name, deadly)


@pytest.mark.parametrize("seed", range(3))
async def test_kills_at_every_step_change_nothing(database: str, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    log = random_log(JOBCENTER, seed)
    killed_at(monkeypatch, progress, "advance", 2, 9)
    killed_at(monkeypatch, table.TargetTable, "write", 3, 7)
    killed_at(monkeypatch, account, "write_range", 1, 4)
    killed_at(monkeypatch, Store, "store", 2, 5)

    await drain(database, log)

    assert [] == await problems(database, log)


async def test_a_commit_whose_answer_was_lost_is_not_done_again(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    log = random_log(JOBCENTER, seed=4, records=2 * BATCH)
    real, lost = Store._attempt, 0

    async def answer_lost(self: Store, *args: Any, **kwargs: Any) -> Any:
        nonlocal lost
        stored = await real(self, *args, **kwargs)
        if lost < 2:
            lost += 1
            await (await self.database.connection()).close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return stored

    monkeypatch.setattr(Store, "_attempt", answer_lost)
    await drain(database, log)

    assert 2 == lost
    assert [] == await problems(database, log)


async def test_a_former_owner_is_fenced_before_it_writes_anything(database: str) -> None:
    log = random_log(JOBCENTER, seed=5)
    async with owner(database) as (zombie, [old]), owner(database) as (store, [ours]):
        ours = await one_batch(store, ours, log)
        with pytest.raises(Fenced):
            await one_batch(zombie, old, log)
        while ours.next_offset < len(log):
            ours = await one_batch(store, ours, log)

    assert [] == await problems(database, log)


# ------------------------------------------------------------------------------------------------------- broken rules


def position_before_data(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    real = progress.advance

    async def early(connection: AsyncConnection, ours: Claim, to: int) -> None:
        async with await connect(database_url, "mutant") as other:
            await real(other, ours, to)

    monkeypatch.setattr(progress, "advance", early)
    killed_at(monkeypatch, progress, "advance", 3)


def position_after_data(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    real, store = progress.advance, Store.store

    async def not_yet(connection: AsyncConnection, ours: Claim, to: int) -> None:
        return None

    async def late(self: Store, batches: Sequence[Batch]) -> Any:
        stored = await store(self, batches)
        for batch in batches:
            await passed(batch.ours)
            await real(await self.database.connection(), batch.ours, batch.to)
        return stored

    calls = 0

    async def passed(_: Claim) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise Killed

    monkeypatch.setattr(progress, "advance", not_yet)
    monkeypatch.setattr(Store, "store", late)


def guard_gone(monkeypatch: pytest.MonkeyPatch, _: str, *, instead: str = "") -> None:
    """No version guard at all, or one that lets an equal version pass."""
    real = table.upsert

    def unguarded(target: Target, *args: Any) -> sql.Composed:
        parts = list(real(target, *args))
        text = [part.as_string(None) for part in parts]
        whole = "".join(text)
        head, guard = whole.rsplit(" WHERE ", 1)
        return sql.Composed([sql.SQL(head + (f" WHERE {guard.replace(' < ', instead)}" if instead else ""))])

    monkeypatch.setattr(table, "upsert", unguarded)

    def judge(item: Item, state: State | None) -> Outcome:
        found = _judge(item, state)
        passes = found is Outcome.CONFLICT or (not instead and found is not Outcome.APPLIED and item.order is not None)
        return Outcome.APPLIED if passes else found

    _judge = decide.judge
    monkeypatch.setattr(decide, "judge", judge)


def equal_version_wins(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    guard_gone(monkeypatch, database_url, instead=" <= ")


# Nothing but first versions, so that doing them twice is refused by no key: the ledger alone has to notice.
ALL_NEW = [of_vacancy(offset, JOBCENTER, f"E{offset}", 1) for offset in range(5 * BATCH)]

Mutant = Callable[[pytest.MonkeyPatch, str], None]


@pytest.mark.parametrize(
    "mutant, log, noticed",
    [
        (position_before_data, random_log(JOBCENTER, seed=6), "unaccounted"),
        (position_after_data, ALL_NEW, "unaccounted"),
        (guard_gone, random_log(JOBCENTER, seed=6), "went backwards"),
        (equal_version_wins, random_log(JOBCENTER, seed=6), "board differs"),
    ],
    ids=["position before data", "position after data", "no version guard", "equal version wins"],
)
async def test_a_broken_rule_is_noticed(
    database: str, monkeypatch: pytest.MonkeyPatch, mutant: Mutant, log: list[Curated], noticed: str
) -> None:
    mutant(monkeypatch, database)

    await drain(database, log)

    assert noticed in await problems(database, log)


async def test_a_missing_compare_and_set_is_noticed(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    log = ALL_NEW

    async def unconditional(connection: AsyncConnection, ours: Claim, to: int) -> None:
        await connection.execute(
            "UPDATE reporting.sink_progress SET next_offset = %s WHERE sink = 'board' AND topic = %s", (to, TOPIC)
        )

    monkeypatch.setattr(progress, "advance", unconditional)
    async with owner(database) as (zombie, [old]), owner(database) as (store, [ours]):
        ours = await one_batch(store, ours, log)
        await one_batch(zombie, old, log)
        while ours.next_offset < len(log):
            ours = await one_batch(store, ours, log)

    assert "unaccounted" in await problems(database, log)


async def test_the_board_is_compared_with_an_oracle_that_can_differ(database: str) -> None:
    log = [of_vacancy(0, JOBCENTER, "E", 1)]
    await drain(database, log)
    with psycopg.connect(database, autocommit=True) as connection:
        assert [] == violations(connection, log, JOBCENTER)
        connection.execute("UPDATE board.job SET title = 'vertauscht', version = version")
        assert ["board differs", "applied twice"] == violations(connection, log, JOBCENTER)
    assert {f"{JOBCENTER}:E"} == oracle(log).keys()


async def test_a_record_the_database_refuses_is_rejected_and_its_neighbours_are_stored(database: str) -> None:
    log = [of_vacancy(offset, JOBCENTER, f"E{offset}", 1) for offset in range(BATCH)]
    log[4] = of_vacancy(4, JOBCENTER, "E4", 1, description="vorn\0hinten")
    async with owner(database) as (store, [ours]):
        await one_batch(store, ours, log)

    with psycopg.connect(database) as connection:
        stored = connection.execute(
            "SELECT count(*), count(d.entity) FROM board.job LEFT JOIN board.job_doc d USING (entity)"
        )
        noted = connection.execute("SELECT record_offset, outcome, code FROM reporting.sink_exception")
        assert (BATCH - 1, BATCH - 1) == stored.fetchone()
        assert [(4, "REJECTED", "E604")] == noted.fetchall()


async def test_both_ways_store_the_same(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    log = random_log(JOBCENTER, seed=8)
    await drain(database, log)
    found = everything(database)
    with psycopg.connect(database) as connection:
        connection.execute("TRUNCATE board.job, board.job_doc, reporting.sink_progress, reporting.sink_range")
        connection.execute("TRUNCATE reporting.sink_exception, reporting.sink_origin")
    monkeypatch.setattr(reading, "PACKED_MIN", 1 if reading.PACKED_MIN > 1 else 1_000_000)
    await drain(database, log)

    assert found == everything(database) != []


def everything(database_url: str) -> list[tuple[Any, ...]]:
    """All rows of the board, all columns."""
    with psycopg.connect(database_url) as connection:
        asked = connection.execute(
            "SELECT j, d FROM board.job j LEFT JOIN board.job_doc d USING (entity) ORDER BY 1, 2"
        )
        return asked.fetchall()
