"""A sink that has no partition hears what its client has to say: the client joins no group before somebody has."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError

from hub.sinks.board import SINK
from hub.sinks.engine.runner import Runner
from schemas.kafka_access import AccessRefused


@pytest.mark.parametrize(
    "said, heard",
    [
        (GroupAuthorizationFailedError("jobhub-sink-board"), AccessRefused),
        (KafkaError("Unexpected error during coordination"), KafkaError),
    ],
)
async def test_without_partitions_an_error_of_the_group_ends_it(
    monkeypatch: pytest.MonkeyPatch, said: KafkaError, heard: type[Exception]
) -> None:
    async def getmany(*_: object, **__: object) -> Any:
        raise said

    runner = Runner("board", SINK, "127.0.0.1:1", "postgresql://127.0.0.1:1/nothing", 10.0, {})
    monkeypatch.setattr(runner.consumer, "getmany", getmany)
    try:
        with pytest.raises(heard):
            await asyncio.wait_for(runner.run(asyncio.Event()), 30)
    finally:
        await runner.close()
