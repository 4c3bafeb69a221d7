"""What the coordinator of a transaction says when it is asked, and why a successor does not rely on it (ADR 6)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiokafka.client import ConnectionGroup, CoordinationType
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.transaction import AddPartitionsToTxnRequest
from aiokafka.protocol.types import (
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)

from hub.steps.batch import Row
from hub.stream.outputs import Outputs
from schemas import topics
from tests.integration.test_stream_rules import Bench

pytestmark = [
    pytest.mark.integration,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class _Answer(Response):  # type: ignore[misc]
    API_KEY, API_VERSION = 65, 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "transactions",
            CompactArray(
                ("error_code", Int16),
                ("name", CompactString("utf-8")),
                ("state", CompactString("utf-8")),
                ("timeout_ms", Int32),
                ("start_ms", Int64),
                ("producer_id", Int64),
                ("epoch", Int16),
                (
                    "topics",
                    CompactArray(
                        ("topic", CompactString("utf-8")), ("partitions", CompactArray(Int32)), ("tags", TaggedFields)
                    ),
                ),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _Question(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY, API_VERSION, RESPONSE_TYPE = 65, 0, _Answer
    SCHEMA = Schema(("names", CompactArray(CompactString("utf-8"))), ("tags", TaggedFields))


class DescribeTransactions(Request[_Question]):  # type: ignore[misc]
    """Asks for one transaction by its id."""

    API_KEY = 65

    def __init__(self, name: str) -> None:
        self._name = name

    def build(self, request_struct_class: type[_Question]) -> _Question:
        return request_struct_class([self._name], {})


async def _ask(outputs: Outputs, request: Any) -> Any:
    client = outputs._producer.client
    node = await client.coordinator_lookup(CoordinationType.TRANSACTION, outputs.transactional_id())
    assert await client.ready(node, group=ConnectionGroup.COORDINATION)
    return await client.send(node, request, group=ConnectionGroup.COORDINATION)


async def _state(outputs: Outputs) -> str:
    """The coordinator's word, once it is no longer about to change."""
    while True:
        [(code, _, state, *_)] = (await _ask(outputs, DescribeTransactions(outputs.transactional_id()))).transactions
        assert not code
        if not state.startswith("Prepare"):
            return str(state)
        await asyncio.sleep(0.05)


async def test_the_fence_takes_away_what_the_coordinator_knew(bootstrap_servers: str, tmp_path: Path) -> None:
    bench = Bench(bootstrap_servers, tmp_path)
    await bench.prepare(0)
    receipts = topics.receipts(bench.jobcenters[0])
    first, second, third = (Outputs(bench.options, 0) for _ in range(3))
    try:
        await first.fence()
        await first.commit({receipts: [Row(b"k", b"v", 0, [])]})
        committed = await _state(first)
        await second.fence()
        fenced = await _state(second)
        manager = second._producer._txn_manager
        who = (second.transactional_id(), manager.producer_id, manager.producer_epoch)
        added = await _ask(second, AddPartitionsToTxnRequest(*who, [(receipts, [0])]))
        assert not [code for _, results in added.errors for _, code in results if code]
        in_verdict = await _state(second)
        await third.fence()
        aborted = await _state(third)
    finally:
        for outputs in (first, second, third):
            if outputs._producer is not None:
                await outputs.close()

    assert (committed, fenced) == ("CompleteCommit", "Empty")
    # Work and a torn verdict look the same.
    assert (in_verdict, aborted) == ("Ongoing", "Empty")
