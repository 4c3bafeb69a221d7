"""Where the relay puts a key, librdkafka and aiokafka would put it, too, on a real broker."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import confluent_kafka
import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from connectors import dealt
from connectors.relay import Relay
from connectors.state import State
from schemas.wire import wire_of
from tests.support.outbox import entries
from tests.support.workers import read_all

pytestmark = pytest.mark.integration
PARTITIONS = 4


def keys() -> list[str]:
    pick = random.Random(5)
    umlauts = ["".join(pick.choices("abcXYZ019:-/ äöüÄÖÜßé€", k=pick.randrange(1, 40))) for _ in range(2000)]
    return sorted({*umlauts, *(f"borken:BOR-{number:07}" for number in range(2000))})


@pytest.fixture
def topic(bootstrap_servers: str, made_up_jobcenter: str) -> Iterator[str]:
    name = f"test.partitions.{made_up_jobcenter}"
    admin = AdminClient({"bootstrap.servers": bootstrap_servers})
    admin.create_topics([NewTopic(name, PARTITIONS, 1)])[name].result()
    yield name
    admin.delete_topics([name])[name].result()


def by_librdkafka(bootstrap_servers: str, topic: str) -> dict[bytes, int]:
    found: dict[bytes, int] = {}

    def note(error: confluent_kafka.KafkaError | None, message: confluent_kafka.Message) -> None:
        assert error is None
        found[message.key() or b""] = message.partition() or 0

    producer = confluent_kafka.Producer({"bootstrap.servers": bootstrap_servers, "partitioner": "murmur2_random"})
    for key in keys():
        producer.produce(topic, b"", key.encode(), on_delivery=note)
    producer.flush()
    return found


async def by_relay(bootstrap_servers: str, topic: str, path: Path) -> tuple[dict[bytes, int], dict[bytes, list[int]]]:
    """Partition of each key as the outbox notes it, and its partition and offset."""
    with closing(State(path)) as state:
        with state.transaction():
            state.put_all(topic, [wire_of(key.encode(), b"v", []) for key in keys()], 1)
        async with Relay(state, bootstrap_servers) as relay:
            assert await relay.drain(asyncio.Event())
        noted = [
            (key.encode(), -1 if one.partition is None else one.partition, one.offset or 0)
            for key, one in zip(keys(), entries(state.sql), strict=True)
        ]
    return {key: partition for key, partition, _ in noted}, {key: list(place) for key, *place in noted}


async def test_a_key_lies_where_other_clients_put_it_and_where_the_outbox_says(
    bootstrap_servers: str, topic: str, tmp_path: Path
) -> None:
    partitions, places = await by_relay(bootstrap_servers, topic, tmp_path / "s.sqlite")
    records = await asyncio.to_thread(read_all, bootstrap_servers, [topic])
    there = {record.key(): [record.partition(), record.offset()] for record in records}

    assert len(keys()) == len(records)
    assert there == places
    assert await asyncio.to_thread(by_librdkafka, bootstrap_servers, topic) == partitions


async def test_another_partitioner_is_noticed(
    bootstrap_servers: str, topic: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dealt, "partitions_of", lambda keys, some: [some[sum(key) % len(some)] for key in keys])
    partitions, _ = await by_relay(bootstrap_servers, topic, tmp_path / "s.sqlite")

    assert await asyncio.to_thread(by_librdkafka, bootstrap_servers, topic) != partitions
