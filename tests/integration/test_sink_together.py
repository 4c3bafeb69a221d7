"""What lies in several partitions is stored by one transaction: all of it, or nothing, and none harms another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg
import pytest
from aiokafka import TopicPartition

from hub.sinks.board import SINK
from hub.sinks.engine.progress import Claim, Fenced
from hub.sinks.engine.read import read
from hub.sinks.engine.runner import Runner
from hub.sinks.engine.store import Batch
from hub.store.migrate import upgrade
from tests.support.board_owner import owner
from tests.support.sink_log import TOPIC, Curated, of_vacancy

pytestmark = pytest.mark.integration

JOBCENTER = "erprobung"


@pytest.fixture
def database(fresh_database: str) -> str:
    upgrade(fresh_database)
    return fresh_database


async def batch(ours: Claim, *versions: tuple[str, int], **fields: Any) -> Batch:
    """Records of these entities and versions."""
    log: list[Curated] = [
        replace(of_vacancy(offset, JOBCENTER, name, version, **fields), partition=ours.partition)
        for offset, (name, version) in enumerate(versions)
    ]
    return Batch(ours, await read(SINK.target(TOPIC), log), len(log))


def ask(database_url: str, question: str) -> list[Any]:
    """Rows, by whoever looks."""
    with psycopg.connect(database_url) as connection:
        return connection.execute(question.encode()).fetchall()


STORED = "SELECT source_id, version FROM board.job ORDER BY 1"
POSITIONS = "SELECT next_offset FROM reporting.sink_progress WHERE sink = 'board' ORDER BY partition"


async def test_positions_and_rows_of_all_partitions_come_with_one_commit(database: str) -> None:
    async with owner(database, 2) as (store, claims):
        await store.store([await batch(claims[0], ("A", 1)), await batch(claims[1], ("B", 1), ("B", 2))])

    assert [("A", 1), ("B", 2)] == ask(database, STORED)
    assert [(1,), (2,)] == ask(database, POSITIONS)
    commits = "SELECT xmin::text FROM board.job UNION SELECT xmin::text FROM reporting.sink_progress"
    assert 1 == len(ask(database, commits))
    noted = "SELECT partition, record_offset, outcome FROM reporting.sink_exception"
    assert [(1, 0, "SUPERSEDED")] == ask(database, noted)


async def test_one_partition_that_is_not_ours_takes_the_whole_transaction_back(database: str) -> None:
    async with owner(database, 2) as (zombie, old), owner(database, 2) as (_, ours):
        stale = [await batch(ours[0], ("A", 1)), await batch(old[1], ("B", 1))]
        with pytest.raises(Fenced):
            await zombie.store(stale)

    assert [] == ask(database, STORED)
    assert [(0,), (0,)] == ask(database, POSITIONS)


async def test_what_is_ours_is_stored_although_another_partition_was_taken_away(database: str) -> None:
    here, there = TopicPartition(TOPIC, 0), TopicPartition(TOPIC, 1)
    async with owner(database, 2) as (_, old), owner(database, 2) as (_, ours):
        runner = Runner("board", SINK, "127.0.0.1:1", database, 10.0, {})
        runner.claims = {here: ours[0], there: old[1]}
        batches = {here: await batch(ours[0], ("A", 1)), there: await batch(old[1], ("B", 1))}
        try:
            await runner._write(batches, 0)
        finally:
            await runner.close()

    assert [("A", 1)] == ask(database, STORED)
    assert {here: 1} == {tp: claim.next_offset for tp, claim in runner.claims.items()}


async def test_a_record_that_is_refused_is_refused_in_its_partition(database: str) -> None:
    async with owner(database, 2) as (store, claims):
        bad = await batch(claims[0], ("A", 1), description="vorn\0hinten")
        await store.store([bad, await batch(claims[1], ("B", 1))])

    assert [("B", 1)] == ask(database, STORED)
    assert [(0, "REJECTED")] == ask(database, "SELECT partition, outcome FROM reporting.sink_exception")


@pytest.mark.parametrize("newer", [0, 1])
async def test_an_entity_in_two_partitions_keeps_its_highest_version(database: str, newer: int) -> None:
    """It cannot be, for its key names its partition; if it is all the same, no sink stands still over it."""
    async with owner(database, 2) as (store, claims):
        await store.store([await batch(claims[p], ("A", 2 if p == newer else 1)) for p in (0, 1)])

    assert [("A", 2)] == ask(database, STORED)
    assert [(1,), (1,)] == ask(database, POSITIONS)
