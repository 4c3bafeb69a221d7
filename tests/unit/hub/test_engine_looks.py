"""The worker's engine ends the process where it would stand still: each case in which a client does so silently."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError

from hub.stream import engine as engine_module
from hub.stream.engine import Engine
from hub.stream.options import WorkerOptions

TP = TopicPartition("jobhub.raw.borken.vacancy.v1", 1)
STALL_SECS = 60.0


class Died(BaseException):
    """In place of the end of the process."""


class Client:
    """What the engine asks its consumer."""

    def __init__(self, end: int = 0, fetched: int | None = None, polled: KafkaError | None = None) -> None:
        self.end, self.fetched, self.polled, self.polls = end, fetched, polled, 0
        self.silent = False

    def highwater(self, _: TopicPartition) -> int | None:
        return self.fetched

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, self.end)

    async def getmany(self, *partitions: TopicPartition, timeout_ms: int) -> dict[TopicPartition, Any]:
        self.polls += 1
        if self.polled is not None:
            raise self.polled
        return {}

    def partitions_for_topic(self, topic: str) -> set[int]:
        return {1} if topic == TP.topic else set()

    async def committed(self, _: TopicPartition) -> int:
        if self.silent:
            await asyncio.Event().wait()
        return 3

    async def commit(self, _: object) -> None:
        return


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Our own time."""
    time = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(engine_module, "time", SimpleNamespace(monotonic=lambda: time.now))
    return time


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, clock: SimpleNamespace, tmp_path: Path) -> Callable[[Client], Engine]:
    def die(what: str, error: BaseException) -> NoReturn:
        raise Died(f"{what}: {error}")

    async def nothing(*_: Any) -> Any:
        return

    monkeypatch.setattr(engine_module, "die", die)

    def made(client: Client) -> Engine:
        found = Engine(WorkerOptions("127.0.0.1:1", ["borken"], tmp_path, stall_secs=STALL_SECS), nothing, nothing)
        found._consumer = client
        return found

    return made


def working(engine: Engine, at: int) -> Any:
    """A task that is open and has done everything up to an offset."""
    task = SimpleNamespace(p=1, next={TP: at}, worked_at={}, moved=1000.0)
    engine._owned = {1: task}  # type: ignore[dict-item]
    return task


async def looks(engine: Engine, clock: SimpleNamespace, secs: float) -> None:
    """What it does in so many seconds."""
    for _ in range(int(secs / 2)):
        clock.now += 2
        await engine.look()


async def test_a_client_that_fetches_no_more_cannot_hide_what_waits(
    engine: Callable[[Client], Engine], clock: SimpleNamespace
) -> None:
    blind = engine(Client(end=5, fetched=3))
    working(blind, at=3)

    with pytest.raises(Died, match="watchdog: task 1: work waits and no commit for 60 s"):
        await looks(blind, clock, 2 * STALL_SECS)


async def test_a_worker_that_has_done_everything_is_left_alone(
    engine: Callable[[Client], Engine], clock: SimpleNamespace
) -> None:
    idle = engine(Client(end=3, fetched=3))
    working(idle, at=3)

    await looks(idle, clock, 5 * STALL_SECS)


async def test_without_partitions_it_hears_what_its_client_has_to_say(
    engine: Callable[[Client], Engine], clock: SimpleNamespace
) -> None:
    """The client joins no group any more until somebody has."""
    deaf = engine(Client(polled=GroupAuthorizationFailedError("jobhub")))

    with pytest.raises(Died, match=r"waiting for partitions: .*jobhub"):
        await deaf.look()


async def test_without_partitions_it_shows_the_client_that_somebody_is_there_but_takes_nothing_from_tasks(
    engine: Callable[[Client], Engine], clock: SimpleNamespace
) -> None:
    client = Client(end=3, fetched=3)
    spare = engine(client)

    await spare.look()
    assert 1 == client.polls
    working(spare, at=3)
    await spare.look()

    assert 1 == client.polls


async def test_a_spare_worker_ends_if_work_waits_and_nobody_moves(
    engine: Callable[[Client], Engine], clock: SimpleNamespace
) -> None:
    with pytest.raises(Died, match="work waits, nobody moves, and this worker has no partitions"):
        await looks(engine(Client(end=5)), clock, 3 * STALL_SECS)


async def test_a_spare_worker_that_gets_no_word_ends(
    monkeypatch: pytest.MonkeyPatch, engine: Callable[[Client], Engine], clock: SimpleNamespace
) -> None:
    client = Client(end=5)
    client.silent = True
    spare = engine(client)
    spare._options = WorkerOptions("127.0.0.1:1", ["borken"], Path(), stall_secs=0.01)

    with pytest.raises(Died, match=r"no partitions, and no word whether work waits .TimeoutError."):
        await looks(spare, clock, 2)


async def test_a_task_that_cannot_begin_ends_the_process(engine: Callable[[Client], Engine], tmp_path: Path) -> None:
    """The client logs what a listener raises and goes on: the partitions were ours, and nobody worked on them."""
    (tmp_path / "worker").write_text("not a folder")
    ours = engine(Client())

    with pytest.raises(Died, match=r"starting: .*worker"):
        await ours.on_partitions_assigned(TopicPartition(topic, 1) for topic in ours._options.raw_topics)
