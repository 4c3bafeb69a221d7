"""Rule V12: what ended is remembered for long enough, and then nobody has to carry it any more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition

from hub.settings import Settings
from hub.steps.deduplicate import Stamp
from hub.stream.forgetting import AT_ONCE_MAX, Forgetting, tombstones
from hub.stream.left_open import only_forgets
from hub.stream.options import SKELETON_DAYS_MIN, WorkerOptions
from hub.stream.state import TaskState
from hub.topics import load_manifest
from schemas import topics
from tests.support.raw import FakeRecord

DAY_MS = 86_400_000
NOW = 1_000 * DAY_MS
PUBLIC, INTERNAL = topics.curated("vacancy"), topics.INTERNAL_VACANCY
MARK = b"12345678"
OPEN = Stamp(0, 1, MARK, public_view=True).pack()
ENDED = Stamp(0, 2, MARK, ended=True, public_view=True).pack()


class Written:
    """In place of the outputs of a task."""

    def __init__(self) -> None:
        self.rows: list[Mapping[str, Any]] = []

    async def commit(self, rows: Mapping[str, Any]) -> None:
        self.rows.append(rows)

    def keys(self, topic: str) -> list[bytes]:
        return [row.key for rows in self.rows for row in rows.get(topic, [])]


def forgetting(
    tmp_path: Path, written: Written, days: int = SKELETON_DAYS_MIN, ours: int = NOW, brokers: int = NOW
) -> Forgetting:
    """`ours`, `brokers`: what the two clocks say."""
    options = WorkerOptions("nowhere:1", [], tmp_path, skeleton_days=days)
    looks = Forgetting(options, written, lambda: ours)  # type: ignore[arg-type]
    if brokers:
        looks.hear({TopicPartition("raw", 0): [FakeRecord(b"", b"", timestamp=brokers)]})
    return looks


def restored(*records: tuple[bytes, bytes | None, int]) -> TaskState:
    """The state as it is read from its topic; the times are days before now."""
    state = TaskState()
    for key, value, days in records:
        state.take(key, value, NOW - days * DAY_MS)
    return state


@pytest.mark.parametrize("days, forgotten", [(SKELETON_DAYS_MIN - 1, False), (SKELETON_DAYS_MIN + 1, True)])
async def test_an_end_is_forgotten_when_it_is_old_enough_and_not_before(
    days: int, forgotten: bool, tmp_path: Path
) -> None:
    key = b"vacancy/borken:1"
    state, written = restored((key, OPEN, 200), (key, ENDED, days)), Written()

    assert forgotten == await forgetting(tmp_path, written).look(state)

    assert forgotten == (state.entities == {}) == (written.keys(topics.STATE) == [key])


@pytest.mark.parametrize(
    "clocks",
    [{"ours": NOW + 400 * DAY_MS, "brokers": NOW}, {"ours": NOW, "brokers": NOW + 400 * DAY_MS}, {"brokers": 0}],
    ids=["ours is ahead", "the brokers' is ahead", "nothing was heard of the brokers'"],
)
async def test_one_clock_that_is_ahead_forgets_nothing(clocks: dict[str, int], tmp_path: Path) -> None:
    state = restored((b"vacancy/borken:1", ENDED, 1))

    assert not await forgetting(tmp_path, Written(), **clocks).look(state)


async def test_it_looks_as_soon_as_it_heard_what_day_it_is(tmp_path: Path) -> None:
    state, looks = restored((b"vacancy/borken:1", ENDED, 100)), forgetting(tmp_path, Written(), brokers=0)
    assert not await looks.look(state)
    looks.hear({TopicPartition("raw", 0): [FakeRecord(b"", b"", timestamp=NOW)]})

    assert await looks.look(state)


def test_a_clock_of_ours_that_is_behind_makes_no_end_older(tmp_path: Path) -> None:
    assert forgetting(tmp_path, Written(), ours=NOW - 400 * DAY_MS).moment() == NOW


async def test_an_open_entity_is_remembered_however_old_it_is(tmp_path: Path) -> None:
    state, written = restored((b"vacancy/borken:1", OPEN, 5000)), Written()

    assert not await forgetting(tmp_path, written).look(state)


async def test_an_entity_that_was_opened_again_is_remembered_and_its_next_end_counts(tmp_path: Path) -> None:
    key, again = b"vacancy/borken:1", Stamp(0, 4, MARK, ended=True).pack()
    state, written = restored((key, ENDED, 100), (key, Stamp(0, 3, MARK).pack(), 90)), Written()
    state.apply({b"vacancy/borken:2": ENDED}, {}, NOW - 85 * DAY_MS)

    assert [b"vacancy/borken:2"] == state.due(NOW - 80 * DAY_MS, 9)
    state.apply({key: again}, {}, NOW - 81 * DAY_MS)
    assert [b"vacancy/borken:2"] == state.due(NOW - 82 * DAY_MS, 9)
    assert 2 == await forgetting(tmp_path, written).look(state)


async def test_an_end_that_is_told_once_more_is_counted_from_then_on(tmp_path: Path) -> None:
    key = b"vacancy/borken:1"
    state = restored((key, ENDED, 100), (key, Stamp(0, 3, MARK, ended=True).pack(), 10))

    assert not await forgetting(tmp_path, Written()).look(state)


def test_a_tombstone_in_the_state_is_believed_at_the_next_start() -> None:
    key = b"vacancy/borken:1"
    state = restored((key, ENDED, 100), (b"measure/borken:1", OPEN, 50), (key, None, 20))

    assert ({b"measure/borken:1": OPEN}, {}) == (state.entities, state.ends)


async def test_many_are_forgotten_some_at_a_time(tmp_path: Path) -> None:
    state = restored(*((b"vacancy/borken:%d" % number, ENDED, 100) for number in range(AT_ONCE_MAX + 5)))
    written = Written()
    looks = forgetting(tmp_path, written)

    assert [AT_ONCE_MAX, 5, 0] == [await looks.look(state) for _ in range(3)]
    assert (2, {}, {}) == (len(written.rows), state.entities, state.ends)


def test_everybody_who_heard_of_the_end_hears_that_it_is_forgotten_and_nobody_else() -> None:
    hidden = Stamp(0, 2, MARK, ended=True).pack()
    rows = tombstones(
        {b"vacancy/b:1": ENDED, b"vacancy/b:2": hidden, b"measure/b:3": ENDED, b"placement/b:4": ENDED}, NOW
    )

    assert {
        INTERNAL: [b"b:1", b"b:2"],
        PUBLIC: [b"b:1"],
        topics.curated("measure"): [b"b:3"],
        topics.STATE: [b"vacancy/b:1", b"vacancy/b:2", b"measure/b:3", b"placement/b:4"],
    } == {topic: [row.key for row in some] for topic, some in rows.items()}  # type: ignore[union-attr]
    assert {None} == {row.value for some in rows.values() for row in some}  # type: ignore[union-attr]


# ---------------------------------------------------------------------------------------------------- the lower bound


def test_nobody_can_ask_for_less(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="79 days at least, not for 78"):
        forgetting(tmp_path, Written(), SKELETON_DAYS_MIN - 1)


def test_the_lower_bound_outlives_what_could_bring_the_entity_back() -> None:
    manifest = load_manifest(Settings().deploy_folder / "topics.yaml")
    kept = {family.topic: int(family.config.get("retention.ms", 0)) / DAY_MS for family in manifest.families}
    raw = max(days for topic, days in kept.items() if topic.startswith("jobhub.raw."))
    oldest_backup, late = 30, 5

    assert SKELETON_DAYS_MIN == raw + kept["jobhub.rejected.{jobcenter}.v1"] + oldest_backup + late


# --------------------------------------------------------------------------------------- a transaction without an end


def hidden(topic: str, value: bytes | None, headers: Any = ()) -> FakeRecord:
    record = FakeRecord(value, b"b:1", headers=list(headers))
    record.topic = topic  # type: ignore[attr-defined]
    return record


def test_tombstones_that_nobody_sees_are_told_from_other_work() -> None:
    origin = [("jobhub_origin_topic", b"raw"), ("jobhub_origin_partition", b"0"), ("jobhub_origin_offset", b"7")]
    forgets, left = hidden(INTERNAL, None), hidden(PUBLIC, None, origin)

    assert only_forgets([forgets, forgets])
    assert not only_forgets([forgets, left])
    assert not only_forgets([])
    assert not only_forgets([hidden(INTERNAL, b"value")])
