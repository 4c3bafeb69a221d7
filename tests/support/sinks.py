"""Sinks as processes, and a feeder that writes curated topics as the hub does: in transactions."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from schemas import topics
from tests.support.sink_log import Curated
from tests.support.spoken import next_line

PATIENCE_SECS = 90.0


class Sink:
    """`jobhub sink` as a process of its own."""

    def __init__(self, bootstrap: str, database_url: str, folder: Path, *options: str, dies_at: str = "") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._stderr = folder / f"stderr-{time.monotonic_ns()}"
        command = [sys.executable, "-m", "tests.support.sink_main", "sink", "--bootstrap-servers", bootstrap]
        command += ["--database-url", database_url, "--session-secs", "1.5", "--json", *options]
        with self._stderr.open("wb") as stderr:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, "JOBHUB_LANG": "en", "JOBHUB_SINK_DIES_AT": dies_at},
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )

    def wait_ready(self) -> dict[str, Any]:
        """Block until it says so."""
        said: dict[str, Any] = json.loads(next_line(self.process, lambda: self.stderr))
        return said

    @property
    def stderr(self) -> str:
        """What it wrote to stderr."""
        return self._stderr.read_text()

    def await_stopped(self) -> None:
        """Block until it stands still by SIGSTOP."""
        wait_until(lambda: _state(self.process.pid) == "T")

    def end(self) -> None:
        """kill -9, if it still lives, even if it stands still."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(60)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def terminate(self) -> tuple[int, float]:
        """SIGTERM; exit code and seconds until it was gone."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60), time.monotonic() - began


@contextmanager
def running(bootstrap: str, database_url: str, folder: Path, *options: str, dies_at: str = "") -> Iterator[Sink]:
    """A sink process that does not outlive the block."""
    sink = Sink(bootstrap, database_url, folder, *options, dies_at=dies_at)
    try:
        yield sink
    finally:
        sink.end()


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0]


def wait_until(true: Callable[[], bool], patience: float = PATIENCE_SECS) -> None:
    """Ask until it is so."""
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.05)


async def create_topics(bootstrap: str, names: Sequence[str], partitions: int = 4) -> None:
    """Make topics that are not there yet."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        known = set(await admin.list_topics())
        await admin.create_topics([NewTopic(name, partitions, 1) for name in names if name not in known])
    finally:
        await admin.close()


async def feed(bootstrap: str, records: Iterable[Curated], per_transaction: int = 25) -> int:
    """Write records to their topics, partition by key, some per transaction; returns how many."""
    waiting = list(records)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=f"feed-{time.monotonic_ns()}")
    await producer.start()
    try:
        for start in range(0, len(waiting), per_transaction):
            async with producer.transaction():
                for record in waiting[start : start + per_transaction]:
                    await producer.send_and_wait(
                        record.topic,
                        record.value,
                        record.key,
                        partition=record.partition,
                        timestamp_ms=record.timestamp,
                        headers=list(record.headers),
                    )
    finally:
        await producer.stop()
    return len(waiting)


def dealt_with(database_url: str, sink: str, topic: str = topics.curated("vacancy")) -> int:
    """Records of a topic a sink has accounted for; 0 while the database is away."""
    try:
        with psycopg.connect(database_url, connect_timeout=2) as connection:
            row = connection.execute(
                "SELECT coalesce(sum(records), 0) FROM reporting.sink_range WHERE sink = %s AND topic = %s",
                (sink, topic),
            ).fetchone()
    except (psycopg.OperationalError, psycopg.errors.UndefinedTable):
        return 0
    return int(row[0]) if row is not None else 0
