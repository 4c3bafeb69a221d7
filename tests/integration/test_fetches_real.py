"""What a real broker hands over of a raw topic comes as columns: otherwise a replay would quietly be slow."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from hub.fast.raws import Raws
from hub.settings import Settings
from hub.topics import ensure_topics, load_manifest
from schemas import topics
from tests.bench.replay import Replay, send
from tests.support.columns_read import reading_in_columns

pytestmark = pytest.mark.integration
COUNT = 400


@pytest.fixture
def _adapted() -> Iterator[None]:
    with reading_in_columns():
        yield


@pytest.mark.usefixtures("_adapted")
async def test_records_of_a_raw_topic_come_as_columns(bootstrap_servers: str) -> None:
    jobcenter = f"testf{secrets.token_hex(4)}"
    manifest = load_manifest(Settings().deploy_folder / "topics.yaml")
    await ensure_topics(bootstrap_servers, manifest, [jobcenter])
    send(bootstrap_servers, Replay([jobcenter], "rich"), COUNT)
    sent = Counter((key, value) for _, key, value in Replay([jobcenter], "rich").records(COUNT))

    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, auto_offset_reset="none")
    await consumer.start()
    try:
        partitions = [TopicPartition(topics.raw(jobcenter, "vacancy"), p) for p in range(manifest.partitions)]
        consumer.assign(partitions)
        for tp in partitions:
            consumer.seek(tp, 0)
        got: Counter[tuple[bytes | None, bytes | None]] = Counter()
        while got.total() < COUNT:
            for records in (await consumer.getmany(timeout_ms=5_000)).values():
                assert isinstance(records, Raws)
                got.update(zip(records.keys, records.values, strict=True))
    finally:
        await consumer.stop()
    assert sent == got
