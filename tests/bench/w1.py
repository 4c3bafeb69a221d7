"""W1: live, 200 events a second: how long from the connector's send to a subscriber, and to the board.

The producer has the settings of a connector; the subscriber reads only what is committed. The board counts as reached
when a query on another connection sees the row; it is asked every few milliseconds, so its figure is a little too high.
Beside the board's sink runs the matcher: three jobs in a row are of one employer.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import psycopg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from hub.settings import Settings
from hub.topics import ensure_topics, jobcenter_ids, load_manifest
from schemas import topics
from schemas.codec import codec
from tests.bench.context import Context, Real, cpu_secs
from tests.bench.parts import await_ready, running
from tests.support.events import vacancy
from tests.support.raw import headers_of

EVENTS = 8_000
PER_SECOND = 200
_WARM_UP_EVENTS = 5 * PER_SECOND
_ASK_EVERY_SECS = 0.005
_UPDATE_AGE = 10 * PER_SECOND
_PATIENCE_SECS = 30


def run(context: Context) -> dict[str, Any]:
    """Milliseconds; `must_*` are the limits."""
    count = (context.events or EVENTS) + _WARM_UP_EVENTS
    jobcenters = jobcenter_ids(Settings().deploy_folder)
    with context.services("w1") as real, ExitStack() as parts:
        manifest = load_manifest(Settings().deploy_folder / "topics.yaml")
        asyncio.run(ensure_topics(real.bootstrap_servers, manifest, jobcenters))
        sink = parts.enter_context(running(real, context.folder / "sink", "sink"))
        worker = parts.enter_context(running(real, context.folder / "worker", "worker"))
        await_ready(sink, worker)
        context.say(f"{count:,} events, {PER_SECOND}/s")
        live = _Live(real, jobcenters, count)
        pids = {"worker": worker.pid, "sink": sink.pid, "kafka": real.kafka_pid or 0}
        before, began = {name: cpu_secs(pid) for name, pid in pids.items()}, time.perf_counter()
        asyncio.run(live.measure())
        lasted = time.perf_counter() - began
        cpu = {f"{name}_cpu_percent": (cpu_secs(pid) - before[name]) / lasted * 100 for name, pid in pids.items()}
    subscriber, board = live.milliseconds(live.committed), live.milliseconds(live.shown)
    return {
        "events": count - _WARM_UP_EVENTS,
        "exact": len(live.committed) == len(live.shown) == count,
        "sent_per_s": live.rate,
        **cpu,
        "curated": {**_percentiles(subscriber), "must_p99": 100, "aim_p99": 40},
        "board": {**_percentiles(board), "must_p99": 1_000, "aim_p99": 400},
    }


def _percentiles(sample: Sequence[float]) -> dict[str, float]:
    hundredths = statistics.quantiles(sample, n=100, method="inclusive")
    return {"p50": hundredths[49], "p90": hundredths[89], "p99": hundredths[98], "max": max(sample)}


_TITLES = ("Koch", "Elektroniker", "Pflegefachkraft", "Lagerhelfer", "Verkäufer", "Bürokauffrau", "Tischler")
_JOBS_OF_AN_EMPLOYER = 3


def _told(which: int) -> dict[str, Any]:
    """What tells a job from others: were all of them alike, the matcher would compare each with each."""
    employer = which // _JOBS_OF_AN_EMPLOYER
    return {
        "title": f"{_TITLES[which * 5 // 4 % len(_TITLES)]} (m/w/d)",
        "employer": {"name": f"Betrieb {employer:06x} GmbH", "betriebsnummer": f"{employer:08d}"},
        "contact": None,
        "external_references": [],
    }


Version = tuple[str, int]


class _Live:
    """Every event by entity and version: when it was sent, committed, shown."""

    def __init__(self, real: Real, jobcenters: list[str], count: int) -> None:
        self._real, self._jobcenters, self._count = real, jobcenters, count
        self.sent: dict[Version, float] = {}
        self.committed: dict[Version, float] = {}
        self.shown: dict[Version, float] = {}
        self.rate = 0.0

    def milliseconds(self, arrived: dict[Version, float]) -> list[float]:
        """Of each event that arrived, but for the first seconds'."""
        counted = list(self.sent)[_WARM_UP_EVENTS:]
        return [(arrived[version] - self.sent[version]) * 1000 for version in counted if version in arrived]

    async def measure(self) -> None:
        """Send, and watch both ends, until everything has arrived or nobody would wait any longer."""
        async with (
            AIOKafkaConsumer(
                topics.curated("vacancy"),
                bootstrap_servers=self._real.bootstrap_servers,
                isolation_level="read_committed",
                auto_offset_reset="earliest",
            ) as subscriber,
            AIOKafkaProducer(
                bootstrap_servers=self._real.bootstrap_servers, acks="all", enable_idempotence=True, linger_ms=10
            ) as producer,
            await psycopg.AsyncConnection.connect(self._real.database_url, autocommit=True) as connection,
        ):
            watching = [asyncio.create_task(self._subscribe(subscriber)), asyncio.create_task(self._look(connection))]
            await self._send(producer)
            await asyncio.wait(watching, timeout=_PATIENCE_SECS)
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)

    async def _send(self, producer: Any) -> None:
        began, acknowledged = time.perf_counter(), []
        for number in range(self._count):
            await asyncio.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
            topic, entity, version, value = self._event(number)
            headers = headers_of("vacancy", entity)
            self.sent[entity, version] = time.perf_counter()
            acknowledged.append(await producer.send(topic, value, entity.encode(), headers=headers))
        self.rate = self._count / (time.perf_counter() - began)
        await asyncio.gather(*acknowledged)

    def _event(self, number: int) -> tuple[str, str, int, bytes]:
        """Every third changes an entity of ten seconds ago, the others are new."""
        changes = number % 3 == 0 and number >= _UPDATE_AGE
        which, version = (number - _UPDATE_AGE + 1, 2) if changes else (number, 1)
        jobcenter, source_id = self._jobcenters[which % len(self._jobcenters)], f"L-{which:07d}"
        event = vacancy(
            jobcenter=jobcenter, source_id=source_id, version=version, openings=1 + number % 9, **_told(which)
        )
        return topics.raw(jobcenter, "vacancy"), f"{jobcenter}:{source_id}", version, codec("vacancy").encode(event)

    async def _subscribe(self, subscriber: Any) -> None:
        while len(self.committed) < self._count:
            for records in (await subscriber.getmany(timeout_ms=200)).values():
                now = time.perf_counter()
                for record in records:
                    version = codec("vacancy").decode(record.value)["version"]
                    self.committed[record.key.decode(), version] = now

    async def _look(self, connection: psycopg.AsyncConnection) -> None:
        while len(self.shown) < self._count:
            waiting = [entity for entity, _ in self.sent.keys() - self.shown.keys()]
            found = await connection.execute("SELECT entity, version FROM board.job WHERE entity = ANY(%s)", (waiting,))
            rows, now = await found.fetchall(), time.perf_counter()
            for entity, version in rows:
                self.shown.setdefault((entity, version), now)
            await asyncio.sleep(_ASK_EVERY_SECS)
