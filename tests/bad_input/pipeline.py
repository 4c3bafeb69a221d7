"""All fixtures through real Kafka and PostgreSQL: one worker, one sink, one connector run after the other."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import yaml
from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from hub.settings import Settings
from hub.topics import ensure_topics, load_manifest
from schemas import topics
from schemas.codec import codec
from tests.bad_input import rows
from tests.bad_input.catalogue import FILES, RECORDS
from tests.bad_input.fixture import Raw
from tests.support.events import vacancy
from tests.support.raw import headers_of
from tests.support.sinks import Sink, running
from tests.support.workers import Worker, outcomes, read_all, workers

HOUR_AGO = time.time() - 3600
PATIENCE_SECS = 240.0

Place = tuple[str, int, int]


@dataclass
class Ran:
    """What was found when all had come to rest."""

    jobcenter: str
    database_url: str
    worker: Worker
    sink: Sink
    processes: tuple[int, int]
    """Process ids of worker and sink at the start."""
    connector_output: str = ""
    deliveries: dict[str, dict[str, Any]] = field(default_factory=dict)
    """File → the last report on it that the connector printed."""
    places: dict[str, Place] = field(default_factory=dict)
    """Record fixture → offset of its record."""
    fates: dict[Place, list[tuple[str, str | None, str | None]]] = field(default_factory=dict)
    exceptions: dict[str, set[str | None]] = field(default_factory=dict)
    """Key → codes of its exceptions in the receipts."""
    board: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Entity → its row on the board."""

    @property
    def logs(self) -> str:
        """Everything that any process wrote."""
        return self.connector_output + self.worker.stderr + self.sink.stderr

    def on_offer(self, key: str) -> bool:
        """Whether an entity of our Jobcenter is on the board."""
        row = self.board.get(f"{self.jobcenter}:{key}")
        return row is not None and not row["ended"]


@contextmanager
def ran(bootstrap: str, database_url: str, jobcenter: str, folder: Path) -> Iterator[Ran]:
    """Run everything; what is found stays open for questions."""
    deploy = folder / "deploy"
    _describe(deploy, jobcenter)
    asyncio.run(ensure_topics(bootstrap, load_manifest(Settings().deploy_folder / "topics.yaml"), [jobcenter]))
    with workers() as start, running(bootstrap, database_url, folder / "sink") as sink:
        worker = start(bootstrap, [jobcenter], folder / "worker", JOBHUB_DEPLOY=str(deploy))
        worker.wait_ready()
        sink.wait_ready()
        run = Ran(jobcenter, database_url, worker, sink, (worker.process.pid, sink.process.pid))
        run.places = asyncio.run(_produce(bootstrap, jobcenter))
        for again in (False, True):
            _deliver(run, bootstrap, folder, again=again)
        _wait(run, bootstrap)
        _look(run, bootstrap)
        yield run


def _describe(deploy: Path, jobcenter: str) -> None:
    # In the topic lie records of a source that is no longer in the file; none of these was it.
    sources = {one.id: {**rows.source(one.type, one.id, one.source), "formerly": []} for one in FILES}
    (deploy / "jobcenters").mkdir(parents=True)
    described = {"name": "Test", "kreis": "05515", "sources": sources}
    (deploy / "jobcenters" / f"{jobcenter}.yaml").write_text(yaml.safe_dump(described, allow_unicode=True), "utf-8")


def _deliver(run: Ran, bootstrap: str, folder: Path, *, again: bool) -> None:
    """`jobhub run --once` over the files of the first or the second round."""
    deliveries = folder / "in" / run.jobcenter
    deliveries.mkdir(parents=True, exist_ok=True)
    for one in FILES:
        one.write(deliveries, again=again)
    for path in deliveries.iterdir():  # what was touched just now would be waited for
        if path.is_file() and not path.is_symlink():
            os.utime(path, (HOUR_AGO, HOUR_AGO + again))
    command = [sys.executable, "-m", "hub.cli.main", "run", run.jobcenter, "--once", "--json"]
    command += ["--deliveries", str(folder / "in"), "--data", str(folder / "data"), "--bootstrap-servers", bootstrap]
    environment = {**os.environ, "JOBHUB_DEPLOY": str(folder / "deploy"), "JOBHUB_TODAY": "2026-11-25"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=400, check=False)
    run.connector_output += done.stdout + done.stderr
    assert done.returncode == (0 if again else 1), done.stderr  # at first files among them are refused as a whole
    for line in done.stdout.splitlines():
        said = json.loads(line)
        if said["event"] == "delivery":
            run.deliveries[said["file"]] = said


# ------------------------------------------------------------------------------------------------------- raw records


async def _produce(bootstrap: str, jobcenter: str) -> dict[str, Place]:
    """Each bad record between two sound ones, in one batch of one partition. Returns where the bad ones are."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_request_size=4 << 20, enable_idempotence=False)
    await producer.start()
    try:
        sent = {}
        for number, one in enumerate(RECORDS):
            batch = [
                _sound(jobcenter, f"{one.id}-1"),
                one.make(jobcenter, f"{one.id}-2"),
                _sound(jobcenter, f"{one.id}-3"),
            ]
            topic, partition = topics.raw(jobcenter, "vacancy"), number % 4
            written = _written(producer, batch)
            metadata = await (await producer.send_batch(written, topic, partition=partition))
            sent[one.id] = (topic, partition, metadata.offset + 1)
        return sent
    finally:
        await producer.stop()


class _Name(str):
    """A header name whose bytes on the wire are its own, UTF-8 or not."""

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return super().encode("utf-8", "surrogateescape")


def _written(producer: AIOKafkaProducer, records: Iterable[Raw]) -> Any:
    batch = producer.create_batch()
    # The builder in plain Python takes names and sizes that the other one refuses.
    batch._builder = _DefaultRecordBatchBuilderPy(
        magic=2, compression_type=0, is_transactional=False, producer_id=-1, producer_epoch=-1, base_sequence=-1,
        batch_size=4 << 20,
    )  # fmt: skip
    for one in records:
        moment = one.timestamp_ms if one.timestamp_ms is not None else int(time.time() * 1000)
        headers = [(_Name(name), value) for name, value in one.headers]
        assert batch.append(timestamp=moment, key=one.key, value=one.value, headers=headers) is not None
    batch.close()
    return batch


def _sound(jobcenter: str, source_id: str) -> Raw:
    key = f"{jobcenter}:{source_id}"
    value = codec("vacancy").encode(vacancy(jobcenter=jobcenter, source_id=source_id))
    return Raw("vacancy", key.encode(), value, headers_of("vacancy", key, "fremd/1"))


# ------------------------------------------------------------------------------------------------------- looking


def _raw_topics(jobcenter: str) -> list[str]:
    return [topics.raw(jobcenter, event) for event in topics.EVENTS]


def _wait(run: Ran, bootstrap: str) -> None:
    """Until every raw offset has a receipt, every receipt is stored, and the board has what there is."""
    ends: dict[tuple[str, int], int] = defaultdict(int)
    for message in read_all(bootstrap, _raw_topics(run.jobcenter)):
        ends[message.topic(), message.partition()] = max(
            ends[message.topic(), message.partition()], message.offset() + 1
        )
    deadline = time.monotonic() + PATIENCE_SECS
    while not (_stored(run, ends) and _shown(run, bootstrap)):
        assert time.monotonic() < deadline, f"not all came through; {run.worker.stderr}{run.sink.stderr}"
        assert (run.worker.process.poll(), run.sink.process.poll()) == (None, None), run.worker.stderr + run.sink.stderr
        time.sleep(0.2)


def _stored(run: Ran, ends: dict[tuple[str, int], int]) -> bool:
    found = _query(run, "SELECT topic, partition, max(last_offset) + 1 AS next FROM reporting.receipt GROUP BY 1, 2")
    reached = {(row["topic"], row["partition"]): row["next"] for row in found}
    return all(reached.get(where, 0) >= end for where, end in ends.items())


def _shown(run: Ran, bootstrap: str) -> bool:
    wanted = {topics.curated("vacancy"), topics.curated("measure")}
    found = _query(run, "SELECT topic, partition, next_offset FROM reporting.sink_progress WHERE sink = 'board'")
    reached = {(row["topic"], row["partition"]): row["next_offset"] for row in found}
    ends: dict[tuple[str, int], int] = defaultdict(int)
    for message in read_all(bootstrap, wanted):
        ends[message.topic(), message.partition()] = message.offset() + 1
    return all(reached.get(where, 0) >= end for where, end in ends.items())


def _look(run: Ran, bootstrap: str) -> None:
    run.fates = dict(outcomes(bootstrap, [run.jobcenter]))
    for row in _query(run, "SELECT key, code FROM reporting.receipt_exception"):
        if row["key"] is not None:
            run.exceptions.setdefault(row["key"], set()).add(row["code"])
    jobs = "SELECT job.*, doc.description, doc.contact FROM board.job job JOIN board.job_doc doc USING (entity)"
    run.board = {row["entity"]: row for row in _query(run, jobs)}
    run.board |= {row["entity"]: row for row in _query(run, "SELECT * FROM board.measure")}


def _query(run: Ran, statement: str) -> list[dict[str, Any]]:
    with psycopg.connect(run.database_url, row_factory=psycopg.rows.dict_row) as connection:
        return connection.execute(statement).fetchall()
