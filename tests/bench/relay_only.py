"""`python -m tests.bench.relay_only [RECORDS]`: CPU of a connector for each record between its outbox and Kafka.

The outbox is filled beforehand, with records as W4 has them. Then it is read and marked without sending, and once more
sent to a real broker until every record is acknowledged. Both are microseconds of the whole process.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from connectors import batches
from connectors.compare import Outcome
from connectors.event_wire import Head
from connectors.events import Contents, Traces, ms_of
from connectors.parcels.mark import Told
from connectors.parcels.send import Waiting
from connectors.relay import Relay
from connectors.state import State
from hub.settings import Settings
from hub.topics import ensure_topics, jobcenter_ids, load_manifest
from schemas import topics
from schemas.codec import codec
from schemas.identity import content_hash
from tests.bench.context import Context

_JOBCENTER, _FILE = "borken", "stellen_voll_2026-11-23.csv"
_TOPIC = topics.raw(_JOBCENTER, "vacancy")
_HEAD = Head(_JOBCENTER, "vacancy", 1, "stellen", f"stellen/{_FILE}/cb553486", _FILE, codec("vacancy").header.hex())
_BODY_BYTES = 685
_BATCH, _PARTITIONS = 2000, 4


def main() -> None:
    """One measured run."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory(prefix="jobhub-relay-") as folder:
        context = Context(Path(folder))
        with _outbox(context.folder / "marked.sqlite", count) as state:
            _written(state.unpublished(_BATCH))  # whatever is imported then
            began = time.process_time()
            while parcels := state.unpublished(_BATCH):
                state.mark_published(_written(parcels))
            _tell("read, written into batches and marked", began, count)
        with context.services("relay", postgres=False) as real, _outbox(context.folder / "sent.sqlite", count) as state:
            manifest = load_manifest(Settings().deploy_folder / "topics.yaml")
            asyncio.run(ensure_topics(real.bootstrap_servers, manifest, jobcenter_ids(Settings().deploy_folder)))
            asyncio.run(_drained(state, real.bootstrap_servers, count))


def _written(parcels: Sequence[Waiting]) -> list[Told]:
    some = batches.way_of(parcels)(parcels, range(_PARTITIONS), 0, batches.BATCH_BYTES)
    return [(partition, one[0], one) for partition, batches_ in some.items() for one, _ in batches_]


async def _drained(state: State, bootstrap_servers: str, count: int) -> None:
    async with Relay(state, bootstrap_servers) as relay:
        began, began_wall = time.process_time(), time.monotonic()
        await relay.drain(asyncio.Event())
        _tell("read, sent and marked", began, count)
        print(f"{count / (time.monotonic() - began_wall):,.0f} records/s, {state.count_unpublished()} left")


def _tell(what: str, began: float, count: int) -> None:
    print(f"{what}: {(time.process_time() - began) / count * 1e6:.1f} µs of CPU for each of {count:,} records")


@contextmanager
def _outbox(path: Path, count: int) -> Iterator[State]:
    state = State(path)
    with state.transaction():
        for first in range(0, count, _BATCH):
            state.put_events(_TOPIC, _HEAD, *_events(range(first, min(first + _BATCH, count))), 1, "")
    yield state
    state.close()


def _events(numbers: range) -> tuple[Contents, Traces]:
    bodies, some = [random.randbytes(_BODY_BYTES) for _ in numbers], len(numbers)
    keys, hashes = [f"BOR-{number:07}" for number in numbers], [content_hash(body) for body in bodies]
    contents = Contents(keys, hashes, bodies, [ms_of(datetime.now(UTC))] * some, [False] * some)
    return contents, Traces([Outcome.NEW] * some, [number + 4 for number in numbers], [1] * some, [0] * some)


if __name__ == "__main__":
    main()
