"""A request that is put together once is, byte for byte, the one aiokafka puts together."""

from __future__ import annotations

import asyncio
import gc
import weakref
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.conn import AIOKafkaConnection
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.protocol.types import Int32
from hypothesis import given
from hypothesis import strategies as st

from schemas.flat_request import flatten, send_flat

TOPICS = st.lists(
    st.tuples(st.text(max_size=20), st.lists(st.tuples(st.integers(0, 9), st.binary(max_size=50)), max_size=3)),
    max_size=3,
)
Topics = list[tuple[str, list[tuple[int, bytes]]]]


async def on_the_wire(request: Any, version: int) -> bytes:
    """What a connection writes for a request to a broker that knows it up to this version."""
    written: list[bytes] = []
    connection: Any = AIOKafkaConnection("broker", 9092)
    connection._writer = SimpleNamespace(write=written.append)
    connection._versions = {request.API_KEY: (0, version)}
    connection.send(request).close()
    return b"".join(written)


def both(topics: Topics, transaction: str | None, version: int) -> list[bytes]:
    plain, flat = (ProduceRequest(transaction, -1, 10_000, topics) for _ in range(2))
    flatten(flat)
    return [asyncio.run(on_the_wire(request, version)) for request in (plain, flat)]


@given(TOPICS, st.none() | st.text(max_size=9), st.integers(3, 7))
def test_it_is_the_same_on_the_wire(topics: Topics, transaction: str | None, version: int) -> None:
    plain, flat = both(topics, transaction, version)

    assert plain == flat


@pytest.mark.parametrize("version", [0, 2])
def test_so_it_is_for_a_broker_that_knows_no_transactions(version: int) -> None:
    plain, flat = both([("t", [(0, b"batch")])], None, version)

    assert plain == flat


def test_a_length_that_is_left_out_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    request = ProduceRequest(None, -1, 10_000, [("t", [(0, b"batch")])])
    plain = request.prepare({0: (0, 7)}).encode()
    flatten(request)
    monkeypatch.setattr(Int32, "encode", lambda number: b"")

    assert plain != b"" + (b"" + request.prepare({0: (0, 7)}).encode())


async def test_of_a_producer_only_requests_with_batches_are_changed() -> None:
    sent: list[Any] = []

    async def send(node_id: int, request: Any, *, group: int = 0) -> tuple[int, int]:
        sent.append(request)
        return node_id, group

    producer: Any = SimpleNamespace(client=SimpleNamespace(send=send))
    send_flat(producer)

    assert (3, 2) == await producer.client.send(3, ProduceRequest(None, -1, 9, []), group=2)
    assert (4, 0) == await producer.client.send(4, MetadataRequest([]))
    batches, metadata = sent
    assert not isinstance(batches.prepare({0: (0, 7)}).encode(), bytes)
    assert isinstance(metadata.prepare({3: (0, 1)}).encode(), bytes)


def test_a_request_that_was_put_together_goes_with_its_batches_at_once() -> None:
    request = ProduceRequest(None, -1, 10_000, [("t", [(0, b"batch")])])
    flatten(request)
    gone = weakref.ref(request)
    gc.disable()
    try:
        request.prepare({request.API_KEY: (0, 7)}).encode()
        del request
        assert gone() is None
    finally:
        gc.enable()
