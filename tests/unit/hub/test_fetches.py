"""Records of raw topics come as columns, and in every respect as aiokafka would hand them over one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.errors import CorruptRecordException

from hub.fast.judge import RECORDS_MIN
from hub.fast.raws import Raws
from hub.stream.fetches import Records, Result
from tests.support.columns_read import reading_in_columns
from tests.support.kafka_bytes import batch_bytes
from tests.support.raw import FakeRecord

RAW = TopicPartition("jobhub.raw.borken.vacancy.v1", 2)
OTHERS = [TopicPartition(topic, 2) for topic in ("jobhub.state.v1", "jobhub.raw.borken.delivery.v1", "jobhub.probe.v1")]
COUNT = 2 * RECORDS_MIN


@pytest.fixture(autouse=True)
def _adapted() -> Iterator[None]:
    with reading_in_columns():
        yield


def _records(first: int, count: int) -> list[FakeRecord]:
    return [FakeRecord(b"v%d" % n, b"k%d" % n, n, 5, [("a", b"%d" % n)]) for n in range(first, first + count)]


async def _result(content: bytes, *, tp: TopicPartition = RAW, position: int = 0) -> tuple[Any, Any]:
    """An answer as the fetcher keeps it, made by the names it makes it with; and the position it moves."""
    subscription = SubscriptionState()
    subscription.assign_from_user({tp})
    assignment = subscription.subscription.assignment
    assignment.state_value(tp).reset_to(position)
    records = fetcher.PartitionRecords(
        tp, fetcher.MemoryRecords(content), [], position, None, None, True, fetcher.READ_UNCOMMITTED
    )
    result = fetcher.FetchResult(tp, assignment=assignment, partition_records=records, backoff=0)
    return result, assignment.state_value(tp)


def _told(records: Any) -> list[tuple[Any, ...]]:
    return [(raw.offset, raw.timestamp, raw.key, raw.value, list(raw.headers)) for raw in records]


def test_the_fetcher_makes_them_by_these_names() -> None:
    assert (fetcher.FetchResult, fetcher.PartitionRecords) == (Result, Records)
    code = fetcher.Fetcher._proc_fetch_request.__code__
    assert {"FetchResult", "PartitionRecords", "MemoryRecords"} <= set(code.co_names)
    assert "getall" in fetcher.Fetcher.fetched_records.__code__.co_names


@pytest.mark.parametrize("first", [0, 7])
async def test_portions_follow_each_other_and_move_the_position(first: int) -> None:
    records = _records(0, COUNT)
    result, state = await _result(batch_bytes(records[:30]) + batch_bytes(records[30:]), position=first)

    portions, positions = [], []
    while result.has_more():
        portions.append(result.getall(20))
        positions.append(state.position)

    assert _told(records[first:]) == [one for portion in portions for one in _told(portion)]
    assert [portion[-1].offset + 1 for portion in portions] == positions
    assert {20} == {len(portion) for portion in portions[:-1]}
    assert first or all(isinstance(portion, Raws) for portion in portions)


async def test_everything_at_once_if_nobody_says_how_many() -> None:
    result, _ = await _result(batch_bytes(_records(0, COUNT)))

    assert (COUNT, False) == (len(result.getall()), result.has_more())


async def test_a_few_records_are_read_as_ever() -> None:
    few = _records(3, 2)
    result, state = await _result(batch_bytes(few), position=3)

    got = result.getall(100)

    assert (_told(few), False, 5) == (_told(got), isinstance(got, Raws), state.position)


@pytest.mark.parametrize("strange", [FakeRecord(None, b"k"), FakeRecord(b"v", None)])
async def test_strange_records_are_read_as_ever(strange: FakeRecord) -> None:
    records = [*_records(0, COUNT), strange]
    strange.offset = COUNT
    result, _ = await _result(batch_bytes(records))

    assert _told(records) == _told(result.getall(1000))


@pytest.mark.parametrize("tp", OTHERS, ids=lambda tp: tp.topic)
async def test_other_topics_are_read_as_ever(tp: TopicPartition) -> None:
    result, _ = await _result(batch_bytes(_records(0, COUNT)), tp=tp)

    assert all(isinstance(record, fetcher.ConsumerRecord) for record in result.getall(1000))


async def test_what_was_sought_away_from_is_not_handed_over() -> None:
    result, state = await _result(batch_bytes(_records(0, COUNT)))
    state.seek(9)

    assert [] == result.getall(10)


async def test_a_broken_batch_is_an_error_after_those_before_it() -> None:
    good, bad = batch_bytes(_records(0, COUNT)), batch_bytes(_records(COUNT, 3)).replace(b"v48", b"v49")
    result, _ = await _result(good + bad)

    assert COUNT == len(result.getall(1000))
    with pytest.raises(CorruptRecordException):
        result.getall(1000)
