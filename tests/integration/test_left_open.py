"""A transaction whose end did not reach every partition: forced on a real broker, mended by the successor.

Kafka drops the end of a transaction for a partition that has no leader at that moment. Here the coordinator is never
told of some partitions, so that it forgets exactly these; the broker's check against that is off meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.client import ConnectionGroup, CoordinationType
from aiokafka.protocol.transaction import AddPartitionsToTxnRequest
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource  # type: ignore[attr-defined]

from hub.steps.batch import Row
from hub.stream import left_open, outputs, state
from hub.stream import task as task_module
from hub.stream.exits import Alarm
from hub.stream.left_open import Place, Positions
from hub.stream.outputs import Outputs
from hub.stream.task import Task
from schemas import topics
from schemas.envelope import Coordinates, curated_headers
from tests.integration.test_stream_rules import Bench

pytestmark = [
    pytest.mark.integration,
    # A producer that dies in the middle cannot be closed in an orderly way.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Killed(Exception):
    """Stands for kill -9."""


@pytest.fixture
def forgetful(bootstrap_servers: str) -> Iterator[str]:
    """The broker, while it believes a producer that a partition belongs to a transaction."""
    _verify(bootstrap_servers, "false")
    yield bootstrap_servers
    _verify(bootstrap_servers, "true")


def _verify(bootstrap: str, whether: str) -> None:
    entry = ConfigEntry(
        "transaction.partition.verification.enable", whether, incremental_operation=AlterConfigOpType.SET
    )
    resource = ConfigResource(ConfigResource.Type.BROKER, "1", incremental_configs=[entry])
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for done in admin.incremental_alter_configs([resource]).values():
        done.result()


@pytest.fixture
def bench(forgetful: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The bench of one test. Here no end is ever on its way, so nobody waits long for it."""
    monkeypatch.setattr(left_open, "PATIENCE_SECS", 0.3)
    return Bench(forgetful, tmp_path)


def half_told(hidden: Sequence[str], committed: bool, after: int) -> type[Task]:
    """A worker whose transaction number `after` ends, but not in the partitions of some topics. Then it is killed."""

    class HalfTold(Outputs):
        done = 0

        async def commit(self, rows: Mapping[str, Sequence[Any]]) -> None:
            HalfTold.done += 1
            if HalfTold.done < after:
                return await super().commit(rows)
            await self._producer.begin_transaction()
            manager = self._producer._txn_manager
            manager.maybe_add_partition_to_txn(TopicPartition(topics.PROBE, 0))  # a transaction of nothing has no end
            manager._txn_partitions.update(TopicPartition(t, self._p) for t in rows if t.startswith(tuple(hidden)))
            await self._confirm([sent for topic, some in rows.items() for sent in await self._send(topic, some)])
            await (self._producer.commit_transaction() if committed else self._producer.abort_transaction())
            raise Killed

    class Dies(Task):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            self._outputs = HalfTold(self._options, self.p)

    return Dies


async def _killed_in_the_middle(bench: Bench, hidden: Sequence[str], committed: bool, stray: bool = False) -> Any:
    """What is wrong after a successor went on, and after it worked on more."""
    await bench.prepare(200)
    if stray:
        await _write_of_elsewhere(bench)
    with suppress(Killed):
        await bench.work(half_told(hidden, committed, after=2))
    await bench.work()
    await asyncio.to_thread(bench.feeder.send, bench.load.records(80, poison=False))
    await bench.work()
    return await bench.wrong()


CURATED = [*map(topics.curated, topics.EVENTS), topics.INTERNAL_VACANCY]
HIDDEN = {
    "state": [topics.STATE],
    "receipts": ["jobhub.receipts."],
    "curated": CURATED,
    "all but the receipts": [topics.STATE, *CURATED],
    "everything": ["jobhub."],
}


@pytest.mark.parametrize(
    ("hidden", "committed"), [*((hidden, True) for hidden in HIDDEN), ("state", False), ("curated", False)]
)
async def test_what_was_decided_becomes_true_everywhere(bench: Bench, hidden: str, committed: bool) -> None:
    assert not await _killed_in_the_middle(bench, HIDDEN[hidden], committed)


async def _write_of_elsewhere(bench: Bench) -> None:
    """Curated records of a raw topic that nobody here works on."""
    for p in range(4):
        headers = curated_headers([], Coordinates(topics.raw("elsewhere", "measure"), p, 7))
        outputs = Outputs(bench.options, p)
        await outputs.fence()
        await outputs.commit({topics.curated("measure"): [Row(b"elsewhere/none", None, 0, headers)]})
        await outputs.close()


async def test_work_of_others_is_no_evidence(bench: Bench) -> None:
    assert not await _killed_in_the_middle(bench, HIDDEN["state"], committed=False, stray=True)


async def test_mutant_that_takes_work_of_others_for_evidence_loses_records(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def beyond(done: Positions, _: Positions, seen: Iterable[Place]) -> bool:
        return any(place.offset >= done.get(place.topic, 0) for place in seen)

    monkeypatch.setattr(left_open, "committed_as_told", beyond)

    assert (await _killed_in_the_middle(bench, HIDDEN["state"], committed=False, stray=True))["lost"] > 0


async def _look_away(*_: Any) -> None:
    """In place of the search for what was left open."""


async def test_who_does_not_look_is_stopped_by_the_receipts(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_module, "end_left_open", _look_away)

    with pytest.raises(Alarm, match="holds receipts"):
        await _killed_in_the_middle(bench, HIDDEN["state"], committed=True)


async def test_mutant_that_does_not_look_does_work_twice(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_module, "end_left_open", _look_away)
    monkeypatch.setattr(state, "_sure_that_no_more_was_done", _look_away)

    assert (await _killed_in_the_middle(bench, HIDDEN["state"], committed=True))["twice"] > 0


async def test_mutant_that_always_aborts_loses_what_was_committed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Outputs.end
    monkeypatch.setattr(Outputs, "end", lambda outputs, found, _: real(outputs, found, False))

    assert await _killed_in_the_middle(bench, HIDDEN["curated"], committed=True)


class HalfPronounced(Task):
    """A successor whose coordinator takes the partitions of its verdict, and not the verdict. Then it is killed."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._outputs = _TakesPartitionsOnly(self._options, self.p)


class _TakesPartitionsOnly(Outputs):
    async def end(self, partitions: Collection[TopicPartition], committed: bool) -> None:
        client, manager, name = self._producer.client, self._producer._txn_manager, self.transactional_id()
        node = await client.coordinator_lookup(CoordinationType.TRANSACTION, name)
        assert committed
        assert await client.ready(node, group=ConnectionGroup.COORDINATION)
        who = (name, manager.producer_id, manager.producer_epoch)
        add = AddPartitionsToTxnRequest(*who, [(topic, [p]) for topic, p in partitions])
        added = await client.send(node, add, group=ConnectionGroup.COORDINATION)
        assert not [code for _, results in added.errors for _, code in results if code]
        raise Killed


async def _killed_in_its_verdict(bench: Bench) -> Any:
    """What is wrong when the successor of such a successor went on: its fence has aborted what was committed."""
    await bench.prepare(200)
    for kind in (half_told(HIDDEN["state"], committed=True, after=2), HalfPronounced):
        with suppress(Killed):
            await bench.work(kind)
    await bench.work()
    return await bench.wrong()


async def test_a_commit_that_was_aborted_afterwards_is_not_done_again(bench: Bench) -> None:
    with pytest.raises(Alarm, match="holds receipts"):
        await _killed_in_its_verdict(bench)


async def test_mutant_that_does_not_ask_the_receipts_does_it_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "_sure_that_no_more_was_done", _look_away)

    assert (await _killed_in_its_verdict(bench))["twice"] > 0


async def _worker_lives_on(bench: Bench) -> None:
    """What was forgotten in a partition, and then the next transaction of the same worker."""
    await bench.prepare(0)
    async with bench.consumer() as consumer:
        task = bench.tasks(consumer, half_told([topics.STATE], True, after=1))[0]
        rows = {topic: [Row(b"x/none", None, 0, [])] for topic in (topics.STATE, topics.receipts(bench.jobcenters[0]))}
        await task._outputs.fence()
        with suppress(Killed):
            await task._outputs.commit(rows)
        try:
            await Outputs.commit(task._outputs, rows)
        finally:
            await task._outputs.end([TopicPartition(topics.STATE, 0)], True)
            await task._outputs.close()


async def test_no_transaction_begins_before_the_last_one_has_its_end_everywhere(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outputs, "RESEND_SECS", 3.0)

    with pytest.raises(Alarm, match="did not reach"):
        await _worker_lives_on(bench)


async def test_mutant_that_does_not_wait_for_the_end_goes_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Outputs, "_sure_that_the_last_is_seen", _look_away)

    await _worker_lives_on(bench)
