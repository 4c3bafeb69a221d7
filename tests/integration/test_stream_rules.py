"""Each safety rule of hub/stream against the broker, and beside it the mutant: the rule taken away, the harm seen.

In one process, without Faust: a task is handed partitions and asks the flow directly.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from confluent_kafka.admin import AdminClient

from hub.flow import Flow
from hub.settings import Settings
from hub.steps.batch import Batch, Known, Outcome, Row
from hub.stream import state as state_module
from hub.stream import task as task_module
from hub.stream.exits import Alarm
from hub.stream.options import WorkerOptions
from hub.stream.outputs import Outputs
from hub.stream.state import restore
from hub.stream.task import Task
from hub.topics import admin_client, ensure_topics, load_manifest
from schemas import topics
from schemas.topics import EVENTS
from tests.support.load import Load
from tests.support.workers import Feeder, wrong

pytestmark = [
    pytest.mark.integration,
    # A producer that was fenced or refused cannot be closed in an orderly way.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

FLOWS = {event: Flow(event, {}) for event in EVENTS}


async def ask(batch: Batch, known: Known, looking: AbstractContextManager[None]) -> Outcome:
    """The flow, without a detour over Faust."""
    with looking:
        return FLOWS[batch.event].run(batch, known)


class Bench:
    """One made-up Jobcenter and tasks for all its partitions."""

    def __init__(self, bootstrap: str, data: Path) -> None:
        self.jobcenters = [f"t{secrets.token_hex(4)}"]
        self.options = WorkerOptions(bootstrap, self.jobcenters, data, linger_secs=0)
        self.feeder = Feeder(bootstrap)
        self.load = Load(self.jobcenters, seed=7)

    async def prepare(self, count: int) -> None:
        """Topics, and so many raw records."""
        manifest = load_manifest(Settings().deploy_folder / "topics.yaml")
        await ensure_topics(self.options.bootstrap_servers, manifest, self.jobcenters)
        await asyncio.to_thread(self.feeder.send, self.load.records(count, poison=False))

    @asynccontextmanager
    async def consumer(self) -> AsyncIterator[Any]:
        """A consumer with all raw partitions assigned by hand."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.options.bootstrap_servers,
            group_id=f"bench-{self.jobcenters[0]}",
            enable_auto_commit=False,
            auto_offset_reset="none",
        )
        await consumer.start()
        consumer.assign([TopicPartition(topic, p) for topic in self.options.raw_topics for p in range(4)])
        try:
            yield consumer
        finally:
            await consumer.stop()

    def tasks(self, consumer: Any, kind: type[Task] = Task) -> list[Task]:
        """A task for each partition number."""
        return [
            kind(self.options, consumer, ask, p, [TopicPartition(topic, p) for topic in self.options.raw_topics])
            for p in range(4)
        ]

    async def work(self, kind: type[Task] = Task, secs: float = 90) -> None:
        """Run tasks until they are open and all records sent so far are done."""
        async with self.consumer() as consumer:
            tasks = self.tasks(consumer, kind)
            running = [asyncio.ensure_future(task.run()) for task in tasks]
            clock = asyncio.get_running_loop().time
            give_up = clock() + secs
            while any(not task.opened.is_set() or self.lag(task) for task in tasks) and clock() < give_up:
                await asyncio.sleep(0.05)
                if any(run.done() for run in running):
                    break
            for task in tasks:
                task.stop()
            ends = await asyncio.gather(*running, return_exceptions=True)
            await let_go(tasks)
            for error in ends:
                if error is not None:
                    raise error

    def lag(self, task: Task) -> bool:
        """Whether records it was sent are not done yet."""
        ends = {(topic, p): offset for topic, p, offset in sorted(self.feeder.sent) if p == task.p}
        return any(task.next.get(TopicPartition(*place), -1) <= offset for place, offset in ends.items())

    async def wrong(self) -> Any:
        """What the checker finds."""
        return await asyncio.to_thread(wrong, self.options.bootstrap_servers, self.jobcenters, self.feeder.sent)


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, at most a minute."""
    for _ in range(1200):
        if holds():
            return
        await asyncio.sleep(0.05)
    pytest.fail("it did not come to that")


async def let_go(tasks: list[Task]) -> None:
    """Close what a task that failed left open; in a worker the process ends, and that closes it."""
    for task in tasks:
        producer = task._outputs._producer
        if producer is not None and not producer._closed:
            with suppress(Exception):
                await asyncio.wait_for(producer.stop(), 2)
            await producer.client.close()


@pytest.fixture
def bench(bootstrap_servers: str, tmp_path: Path) -> Bench:
    """The bench of one test."""
    return Bench(bootstrap_servers, tmp_path)


# ------------------------------------------------------------------------------------- the transactional id fences


async def _two_owners_write(bench: Bench) -> bool:
    """Whether the former owner of a partition can still commit after its successor began."""
    former, successor = Outputs(bench.options, 0), Outputs(bench.options, 0)
    rows = {topics.receipts(bench.jobcenters[0]): [Row(b"k", b"v", 0, [])]}
    await former.fence()
    await successor.fence()
    try:
        await former.commit(rows)
    except Exception:
        return False
    finally:
        for outputs in (former, successor):
            with suppress(Exception):
                await outputs.close()
    return True


async def test_a_former_owner_can_write_nothing_any_more(bench: Bench) -> None:
    await bench.prepare(0)

    assert not await _two_owners_write(bench)


async def test_mutant_without_a_fixed_transactional_id_both_write(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.prepare(0)
    monkeypatch.setattr(Outputs, "transactional_id", lambda _: f"mutant-{secrets.token_hex(4)}")

    assert await _two_owners_write(bench)


# ------------------------------------------------------------------------ fence first, state and positions afterwards


class StateFirst(Task):
    """Mutant: reads the state before the former owner is fenced."""

    async def _take_over(self) -> None:
        self._state = await restore(self._options, self.p)
        await self._outputs.fence()


async def _former_owner_commits_late(bench: Bench, kind: type[Task], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The former owner's last commit falls between the start of its successor and its fence."""
    await bench.prepare(300)
    real_fence = Outputs.fence
    finished: list[Outputs] = []

    async def fence_late(outputs: Outputs) -> None:
        if not finished:
            finished.append(outputs)
            monkeypatch.setattr(Outputs, "fence", real_fence)
            await bench.work()
        await real_fence(outputs)

    monkeypatch.setattr(Outputs, "fence", fence_late)
    async with bench.consumer() as consumer:
        task = bench.tasks(consumer, kind)[0]
        running = asyncio.ensure_future(task.run())
        await asyncio.wait_for(task.opened.wait(), 60)
        await until(lambda: not bench.lag(task) or running.done())
        task.stop()
        await running
        await let_go([task])
    return await bench.wrong()


async def test_a_late_commit_of_the_former_owner_is_seen(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not await _former_owner_commits_late(bench, Task, monkeypatch)


async def test_mutant_with_the_state_read_first_does_it_twice(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await _former_owner_commits_late(bench, StateFirst, monkeypatch)

    assert found["twice"] > 0


# --------------------------------------------------------------------- positions from the state, never from the group


class PositionsOfTheGroup(Task):
    """Mutant: believes what the group says about its offsets."""

    async def _take_over(self) -> None:
        await super()._take_over()
        shown = {tp.topic: await self._consumer.committed(tp) for tp in self.partitions}
        self._state.positions = {topic: offset or 0 for topic, offset in shown.items()}


async def test_a_group_that_forgot_its_offsets_changes_nothing(bench: Bench) -> None:
    await bench.prepare(200)
    await bench.work()
    await bench.work()  # nobody ever committed an offset to the group

    assert not await bench.wrong()


async def test_mutant_that_asks_the_group_does_everything_twice(bench: Bench) -> None:
    await bench.prepare(200)
    await bench.work()
    await bench.work(PositionsOfTheGroup)

    assert (await bench.wrong())["twice"] == 200


# --------------------------------------------------------------------------------- every send is awaited before commit


async def _topic_too_small(bench: Bench) -> None:
    """The broker refuses the receipts, as it would for a topic with too low a limit."""
    await bench.prepare(100)
    small = ConfigResource(ConfigResourceType.TOPIC, topics.rejected(bench.jobcenters[0]), {"max.message.bytes": "100"})
    async with admin_client(bench.options.bootstrap_servers) as admin:
        await admin.alter_configs([small])
    await asyncio.to_thread(bench.feeder.send, bench.load.records(60))
    with suppress(Exception):
        await bench.work()


async def test_a_refused_batch_leaves_nothing_behind(bench: Bench) -> None:
    await _topic_too_small(bench)
    found = await bench.wrong()

    assert found["lost"] > 0  # not done yet, and not claimed to be
    assert {"lost", "curated", "rejected", "positions", "counts"} >= found.keys()
    await _larger_again(bench)

    await bench.work()

    assert not await bench.wrong()


async def test_mutant_that_does_not_look_at_the_results_claims_what_is_not_there(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def look_away(_: Outputs, sends: list[Any]) -> None:
        await asyncio.wait([asyncio.ensure_future(sent) for sent in sends])

    monkeypatch.setattr(Outputs, "_confirm", look_away)
    await _topic_too_small(bench)
    await _larger_again(bench)
    await bench.work()

    found = await bench.wrong()
    assert (found["lost"], found["rejected"]) == (0, 1)  # receipts for all, but rejected records are gone


async def _larger_again(bench: Bench) -> None:
    manifest = load_manifest(Settings().deploy_folder / "topics.yaml")
    await ensure_topics(bench.options.bootstrap_servers, manifest, bench.jobcenters)


# --------------------------------------------------------------------------------------------- a hole is gone back to


def _with_a_hole(kind: type[Task]) -> type[Task]:
    class Holey(kind):  # type: ignore[misc, valid-type]
        torn = False

        async def _getmany(self, timeout_ms: int, limit: int) -> Any:
            polled = await super()._getmany(timeout_ms, limit)
            for tp, records in polled.items():
                if len(records) > 5 and not Holey.torn:
                    Holey.torn = True
                    polled[tp] = records[3:]  # a torn prefetch
            return polled

    return Holey


async def test_records_missing_in_a_poll_are_fetched_again(bench: Bench) -> None:
    await bench.prepare(400)
    await bench.work(_with_a_hole(Task))

    assert not await bench.wrong()


async def test_mutant_that_does_not_notice_holes_loses_records(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(polled: Any, positions: Any) -> Any:
        return {tp: records for tp, records in polled.items() if records[-1].offset >= positions[tp]}, {}

    monkeypatch.setattr(task_module, "fresh", careless)
    await bench.prepare(400)
    await bench.work(_with_a_hole(Task))

    assert (await bench.wrong())["lost"] == 3


# ----------------------------------------------------------------------------------------- nothing is done on a guess


async def test_receipts_without_positions_are_an_alarm(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Somebody emptied the state topic. Here: the task looks at another one, which is empty."""
    await bench.prepare(100)
    await bench.work()

    async def empty(*_: Any) -> None:
        return

    monkeypatch.setattr(state_module, "_read", empty)

    with pytest.raises(Alarm, match="holds receipts"):
        await bench.work()


async def test_a_raw_topic_made_anew_is_an_alarm(bench: Bench) -> None:
    await bench.prepare(100)
    await bench.work()
    async with admin_client(bench.options.bootstrap_servers) as admin:
        await admin.delete_topics(bench.options.raw_topics)
    listed = AdminClient({"bootstrap.servers": bench.options.bootstrap_servers}).list_topics
    await until(lambda: not {*bench.options.raw_topics} & {*listed(timeout=10).topics})
    bench.feeder.sent.clear()
    manifest = load_manifest(Settings().deploy_folder / "topics.yaml")
    await ensure_topics(bench.options.bootstrap_servers, manifest, bench.jobcenters)

    with pytest.raises(Alarm, match="made anew"):
        await bench.work()


# ------------------------------------------------------------------------------------- remembered after the commit


class RemembersTooEarly(Task):
    """Mutant: takes a batch for done before it is committed."""

    async def _commit(self, outcome: Outcome, reached: Mapping[str, int]) -> None:
        self._state.apply(outcome.changes, reached, 0)
        await super()._commit(outcome, reached)


@pytest.mark.parametrize("kind, unchanged", [(Task, True), (RemembersTooEarly, False)])
async def test_memory_changes_only_after_the_commit(
    kind: type[Task], unchanged: bool, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.prepare(50)

    async def refuse(_: Outputs, rows: Any) -> None:
        raise ConnectionError("the broker is away")

    async with bench.consumer() as consumer:
        task = bench.tasks(consumer, kind)[0]
        await task._take_over()
        await task._seek()
        before = (dict(task._state.entities), dict(task._state.positions), dict(task.next))
        while not (polled := await task._poll()):
            pass
        with monkeypatch.context() as patched:
            patched.setattr(Outputs, "commit", refuse)
            with pytest.raises(ConnectionError):
                await task._work(polled)
        after = (dict(task._state.entities), dict(task._state.positions), dict(task.next))
        await task._outputs.close()

    assert unchanged == (before == after)
