"""The small parts of hub/stream without a broker, each with the mutant that shows what its rule is good for."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from hub.steps.batch import Batch, Fate, Known, Outcome
from hub.steps.deduplicate import Stamp
from hub.stream import outputs as outputs_module
from hub.stream import watchdog
from hub.stream.batches import decide, fresh
from hub.stream.exits import FlowFailed, Hole, describe
from hub.stream.expired import OFFSETS_MAX, expire
from hub.stream.in_flight import InFlight, Mark
from hub.stream.options import WorkerOptions
from hub.stream.outputs import Outputs
from hub.stream.question import Question
from hub.stream.state import POSITIONS, TaskState, state_rows
from hub.stream.task import Task
from schemas import topics
from schemas.codec import codec
from tests.support.kafka_bytes import row_of
from tests.support.raw import FakeRecord

VACANCY = TopicPartition("jobhub.raw.borken.vacancy.v1", 1)
MEASURE = TopicPartition("jobhub.raw.borken.measure.v1", 1)


def _records(offsets: Sequence[int]) -> list[FakeRecord]:
    return [FakeRecord(b"v%d" % offset, b"k", offset) for offset in offsets]


# -------------------------------------------------------------------------------------------------- fresh and holes


@given(st.integers(0, 20), st.integers(0, 20), st.integers(1, 20), st.sets(st.integers(0, 40), max_size=3))
def test_work_is_dense_from_our_position_or_there_is_a_hole(
    position: int, first: int, count: int, missing: set[int]
) -> None:
    offsets = [offset for offset in range(first, first + count) if offset not in missing]

    records, holes = fresh({VACANCY: _records(offsets)}, {VACANCY: position})

    ours = [offset for offset in offsets if offset >= position]
    dense = ours == list(range(position, position + len(ours)))
    got = [record.offset for record in records.get(VACANCY, [])]
    assert (ours if dense else []) == got
    assert ({} if dense or not ours else {VACANCY: position}) == holes


def test_a_hole_in_one_partition_does_not_hold_up_the_others() -> None:
    records, holes = fresh({VACANCY: _records([7, 8]), MEASURE: _records([3])}, {VACANCY: 5, MEASURE: 3})

    assert ([MEASURE], {VACANCY: 5}) == (list(records), holes)


# -------------------------------------------------------------------------------------------------------- in flight


def _crash(mark: InFlight, ranges: dict[str, tuple[int, int]]) -> None:
    with pytest.raises(ZeroDivisionError), mark.looking_at(ranges):
        raise ZeroDivisionError
    mark.close()


def test_a_record_is_poison_after_two_crashes_alone(tmp_path: Path) -> None:
    file = tmp_path / "mark"

    _crash(InFlight(file), {"t": (5, 9)})
    batch = InFlight(file).left_behind
    _crash(InFlight(file), {"t": (7, 7)})
    once = InFlight(file).left_behind
    _crash(InFlight(file), {"t": (7, 7)})
    twice = InFlight(file).left_behind

    assert [Mark({"t": (5, 9)}, 0), Mark({"t": (7, 7)}, 1), Mark({"t": (7, 7)}, 2)] == [batch, once, twice]
    assert [None, None, ("t", 7)] == [mark.poison for mark in (batch, once, twice) if mark]


def test_two_crashes_on_different_records_are_no_proof(tmp_path: Path) -> None:
    file = tmp_path / "mark"
    _crash(InFlight(file), {"t": (7, 7)})
    _crash(InFlight(file), {"t": (8, 8)})

    assert Mark({"t": (8, 8)}, 1) == InFlight(file).left_behind


def test_what_was_answered_is_not_suspected(tmp_path: Path) -> None:
    file = tmp_path / "mark"
    mark = InFlight(file)
    with mark.looking_at({"a-much-longer-topic-name": (100, 20_000)}):
        pass

    assert InFlight(file).left_behind is None


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"ranges": {"t": 1}}', b"\xff", b"null\n", b'{"alone": 1}\n'])
def test_a_damaged_mark_suspects_nobody(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mark").write_bytes(content)

    assert InFlight(tmp_path / "mark").left_behind is None


async def _asked(in_flight: InFlight, known: dict[bytes, bytes]) -> tuple[list[Any], Outcome]:
    asked: list[Any] = []

    async def ask(batch: Batch, known: Known, looking: AbstractContextManager[None]) -> Outcome:
        with looking:
            places = [
                (part.topic, record.offset, record.offset in part.poison)
                for part in batch.parts
                for record in part.records
            ]
            asked.append((batch.event, places, known.get(b"seen")))
        outcome = Outcome()
        outcome.changes[b"seen"] = b"%d" % len(asked)
        return outcome

    outcome = await decide(ask, {VACANCY: _records([5, 6]), MEASURE: _records([1])}, known, in_flight)
    return asked, outcome


async def test_a_poll_is_split_by_event_and_merged(tmp_path: Path) -> None:
    asked, outcome = await _asked(InFlight(tmp_path / "mark"), {b"seen": b"0"})

    vacancies = [(VACANCY.topic, 5, False), (VACANCY.topic, 6, False)]
    assert [("vacancy", vacancies, b"0"), ("measure", [(MEASURE.topic, 1, False)], b"0")] == asked
    assert {b"seen": b"2"} == outcome.changes


async def test_after_a_crash_records_go_one_by_one_and_know_of_each_other(tmp_path: Path) -> None:
    _crash(InFlight(tmp_path / "mark"), {VACANCY.topic: (6, 6)})
    _crash(InFlight(tmp_path / "mark"), {VACANCY.topic: (6, 6)})

    asked, _ = await _asked(InFlight(tmp_path / "mark"), {b"seen": b"0"})

    assert [
        ("vacancy", [(VACANCY.topic, 5, False)], b"0"),
        ("vacancy", [(VACANCY.topic, 6, True)], b"1"),
        ("measure", [(MEASURE.topic, 1, False)], b"2"),
    ] == asked


# ------------------------------------------------------------------------------------------------ expired, state rows


def test_each_expired_offset_gets_its_outcome() -> None:
    seen: list[int] = []
    reached = []
    for position, outcome in expire(VACANCY.topic, 1, 10, 10 + OFFSETS_MAX + 7, 0):
        reached.append(position)
        assert {("borken", "vacancy", Fate.EXPIRED_UNREAD)} == outcome.counts.keys()
        for row in outcome.rows[topics.receipts("borken")]:
            receipt = codec("receipt").decode(row_of(row).value)
            assert (0, 0, 0) == (receipt["new"], receipt["changed"], receipt["ended"])
            assert {"EXPIRED_UNREAD"} == {entry["outcome"] for entry in receipt["exceptions"]}
            seen += [entry["offset"] for entry in receipt["exceptions"]]

    assert list(range(10, 10 + OFFSETS_MAX + 7)) == seen
    assert [10 + OFFSETS_MAX, 10 + OFFSETS_MAX + 7] == reached


def test_positions_stand_beside_the_entities() -> None:
    rows = state_rows({b"vacancy/borken:1": b"s"}, {"b": 2, "a": 1}, 5)

    assert [(b"vacancy/borken:1", b"s"), (POSITIONS, b'{"a": 1, "b": 2}')] == [row_of(row)[:2] for row in rows]
    state = TaskState({}, {"a": 1, "c": 9})
    value = Stamp(0, 1, b"12345678").pack()
    state.apply({b"k": value}, {"a": 4}, 0)
    assert ({b"k": value}, {"a": 4, "c": 9}) == (state.entities, state.positions)


# --------------------------------------------------------------------------------------------------------- watchdog


def _view(*, lag: int, moved: float, is_open: bool = True) -> watchdog.View:
    return watchdog.View(3, is_open, {VACANCY: lag}, {}, moved)


@pytest.mark.parametrize(
    "seen, expected",
    [
        (_view(lag=0, moved=0), None),
        (_view(lag=5, moved=50), None),
        (_view(lag=5, moved=39), "task 3: work waits and no commit for 60 s"),
        (_view(lag=0, moved=0, is_open=False), "task 3: work waits and it did not open for 60 s"),
    ],
)
def test_the_watchdog_barks_only_if_work_waits_and_nothing_moved(seen: watchdog.View, expected: str | None) -> None:
    found = watchdog.stalled([seen], now=100, patience_secs=60)

    assert expected == (str(found) if found else None)


# ------------------------------------------------------------------------------------------- questions, errors, ends


async def test_an_error_in_the_flow_reaches_both_and_tells_no_value() -> None:
    def explode(batch: Batch, known: Known) -> Outcome:
        raise ValueError("Frau Geheim wohnt in der Beispielstraße")

    question = Question(Batch("vacancy", (), 0), {}, nullcontext())

    with pytest.raises(FlowFailed) as agent:
        question.answer(explode)
    with pytest.raises(FlowFailed) as task:
        await question.answered
    assert agent.value is task.value
    assert "ValueError at test_stream.py" in str(agent.value)
    assert "Geheim" not in str(agent.value)
    assert agent.value.__cause__ is None


async def test_a_question_asked_twice_is_answered_once() -> None:
    runs = []

    def run(batch: Batch, known: Known) -> Outcome:
        runs.append(batch)
        return Outcome()

    question = Question(Batch("vacancy", (), 0), {}, nullcontext())
    question.answer(run)
    question.answer(run)

    assert (1, Outcome()) == (len(runs), await question.answered)


def test_only_our_own_words_are_repeated() -> None:
    assert "Hole: offset 5 is missing" == describe(Hole("offset 5 is missing"))
    assert "KeyError" == describe(KeyError("31102BG0012345"))


class SilentProducer:
    """A broker that never answers."""

    async def begin_transaction(self) -> None:
        await asyncio.sleep(30)


async def test_a_step_without_an_answer_is_an_unknown_outcome_and_raises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outputs_module, "REQUEST_SECS", 0.05)
    outputs = Outputs(WorkerOptions("x:1", ["borken"], tmp_path), 1)
    outputs._producer = SilentProducer()

    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(outputs.commit({}), 2)


def test_dying_takes_the_whole_process_with_one_line_and_ten() -> None:
    code = "from hub.stream.exits import *\ntry: {}['31102BG0012345']\nexcept KeyError as e: die('task 3', e)"

    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ}, check=False
    )

    assert (10, 1) == (ended.returncode, len(ended.stderr.splitlines()))
    assert "task 3 failed, the process ends. KeyError" in ended.stderr
    assert "31102BG0012345" not in ended.stderr


def test_failpoints_do_nothing_unless_named() -> None:
    code = "from hub.stream.failpoints import at\nat('sent')\nat('sent')\nprint('alive')"

    def run(**environment: str) -> subprocess.CompletedProcess[str]:
        settings = {**os.environ, **environment}
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=settings, check=False)

    assert "alive\n" == run().stdout
    assert "alive\n" == run(JOBHUB_FAILPOINT="begun:1").stdout
    assert -9 == run(JOBHUB_FAILPOINT="sent:2").returncode


def test_deliveries_are_not_read_by_the_worker(tmp_path: Path) -> None:
    options = WorkerOptions("x:1", ["borken", "hamm"], tmp_path)

    assert [f"jobhub.raw.{jc}.{e}.v1" for jc in ("borken", "hamm") for e in ("vacancy", "measure", "placement")] == (
        options.raw_topics
    )


# ------------------------------------------------------------------------------------------------------- letting go


class _Rebalancing:
    """A consumer whose group is rebalanced after its first poll: the next one waits, for as long as we do."""

    async def getmany(self, *_: TopicPartition, **__: int) -> dict[TopicPartition, list[FakeRecord]]:
        self.getmany = self._wait  # type: ignore[method-assign]
        return {VACANCY: _records([0])}

    async def _wait(self, *_: TopicPartition, **__: int) -> dict[TopicPartition, list[FakeRecord]]:
        await asyncio.Event().wait()
        return {}


async def _lets_go(kind: type[Task], tmp_path: Path) -> bool:
    task = kind(WorkerOptions("nowhere", ["borken"], tmp_path, linger_secs=0.1), _Rebalancing(), _unasked, 1, [VACANCY])
    polling = asyncio.ensure_future(task._poll())
    await asyncio.sleep(0.05)
    task.stop()
    _, pending = await asyncio.wait([polling], timeout=1)
    for waiting in pending:
        waiting.cancel()
    return not pending


async def _unasked(batch: Batch, known: Known, looking: AbstractContextManager[None]) -> Outcome:
    raise AssertionError("nothing was to be decided")


async def test_a_task_that_is_told_to_stop_while_it_lingers_does_not_poll_again(tmp_path: Path) -> None:
    assert await _lets_go(Task, tmp_path)


async def test_mutant_that_polls_again_never_lets_go(tmp_path: Path) -> None:
    class PollsAgain(Task):
        async def _getmany(self, timeout_ms: int, limit: int) -> Any:
            polled = await super()._getmany(timeout_ms, limit)
            self._stopping = False
            return polled

    assert not await _lets_go(PollsAgain, tmp_path)
