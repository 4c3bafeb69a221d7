"""Lag is read although topics come and go meanwhile; a cluster that does not answer is one all the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaTimeoutError

from hub.sinks.engine import lag

STAYS, GOES = (TopicPartition(f"jobhub.raw.{name}.vacancy.v1", 0) for name in ("borken", "gone"))


class Consumer:
    """Tells nothing of a partition that is gone."""

    def __init__(self, there: set[TopicPartition]) -> None:
        self.there = there

    async def end_offsets(self, asked: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        if not {*asked} <= self.there:
            raise KafkaTimeoutError("Failed to get offsets by times in 40000 ms")
        return dict.fromkeys(asked, 7)

    async def beginning_offsets(self, asked: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(asked, 0)

    async def offsets_for_times(self, asked: Iterable[TopicPartition]) -> dict[TopicPartition, None]:
        return dict.fromkeys(asked)


class Reader:
    """What is there, each time somebody asks."""

    def __init__(self, *listed: list[TopicPartition], there: set[TopicPartition]) -> None:
        self._listed, self.consumer = list(listed), Consumer(there)

    async def partitions(self) -> list[TopicPartition]:
        return self._listed.pop(0)

    def ask_about(self, _: Iterable[TopicPartition]) -> None:
        """All are known."""


async def read(reader: Any, monkeypatch: pytest.MonkeyPatch) -> list[lag.Lag]:
    async def positions(_: Any) -> dict[Any, Any]:
        return {}

    monkeypatch.setattr(lag, "_positions", positions)
    connection: Any = None
    return await lag.read_lag(reader, connection)


async def test_a_topic_that_is_deleted_meanwhile_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    found = await read(Reader([STAYS, GOES], [STAYS], there={STAYS}), monkeypatch)

    assert {(STAYS.topic, 7)} == {(one.topic, one.records) for one in found if one.stage == "worker"}


async def test_a_cluster_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KafkaTimeoutError):
        await read(Reader([STAYS], [STAYS], there=set()), monkeypatch)
