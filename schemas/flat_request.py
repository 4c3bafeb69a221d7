"""Requests with batches, put together once.

aiokafka (0.14.0, pinned) encodes a request from its inside outwards: with their length, their partition, their topic,
the list of each, the header and the length of all, the batches are copied eight times. Here they stay pieces until the
length of all stands before them. What goes out is the same: tests/unit/test_flat_request.py compares it byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.protocol.types import Int16, Int32, String

_TEXT = String()
_TRANSACTIONS = 3
"""The version of the request from which on it names a transaction."""


def send_flat(producer: AIOKafkaProducer) -> None:
    """From now on requests with batches of this producer are put together here."""
    client: Any = producer.client
    send = client.send

    async def send_it_flat(node_id: int, request: Any, **options: Any) -> Any:
        if isinstance(request, ProduceRequest):
            flatten(request)
        return await send(node_id, request, **options)

    client.send = send_it_flat


def flatten(request: Any) -> None:
    """Let this request be encoded here, once."""
    prepare = request.prepare

    def prepared(versions: Any) -> _Flat:
        # A request that held what is made of itself would stay, with a megabyte of batches, until garbage is collected.
        del request.prepare
        return _Flat(prepare(versions))

    request.prepare = prepared


class _Flat:
    """A request in the version the broker knows."""

    def __init__(self, request: Any) -> None:
        self._request = request

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)

    def encode(self) -> _Behind:
        """All of it but header and length, which the connection puts before it."""
        request = self._request
        pieces = [_TEXT.encode(request.transactional_id)] if request.API_VERSION >= _TRANSACTIONS else []
        pieces += (Int16.encode(request.required_acks), Int32.encode(request.timeout))
        pieces.append(Int32.encode(len(request.topics)))
        for topic, partitions in request.topics:
            pieces += (_TEXT.encode(topic), Int32.encode(len(partitions)))
            for partition, batch in partitions:
                pieces += (Int32.encode(partition), Int32.encode(len(batch)), batch)
        return _Behind(pieces, missing=2)


class _Behind:
    """What some bytes are still put before; after the last of them it is bytes itself."""

    def __init__(self, pieces: Sequence[bytes], missing: int) -> None:
        self._pieces, self._missing = pieces, missing

    def __len__(self) -> int:
        return sum(map(len, self._pieces))

    def __radd__(self, before: bytes) -> _Behind | bytes:
        pieces = [before, *self._pieces]
        return _Behind(pieces, self._missing - 1) if self._missing > 1 else b"".join(pieces)
