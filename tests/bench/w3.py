"""W3: how near the board sink comes to a plain COPY of the same rows into tables with the same indexes.

Both take turns, chunk by chunk, in one run, and the tables grow alike. The sink does everything: Kafka, Avro, folding,
versions, the account, its position. The COPY does one thing: ready-made binary rows into both tables, batch by batch.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import confluent_kafka
import psutil
import psycopg
from psycopg import Connection, sql

from hub.settings import Settings
from hub.sinks.engine.runner import BATCH_RECORDS_CATCHING_UP
from hub.store.tables import job, job_doc
from hub.topics import ensure_topics, jobcenter_ids, load_manifest
from schemas import topics
from schemas.envelope import Coordinates, curated_headers
from tests.bench.context import Context, Real, cpu_secs
from tests.bench.parts import running
from tests.bench.replay import Replay
from tests.support.raw import headers_of

EVENTS = 120_000
_ROUNDS = 4
_TOPIC = topics.curated("vacancy")
_TABLES = (job, job_doc)
_DUE = """
CREATE TEMP TABLE due AS
SELECT entity, row_number() OVER (ORDER BY record_partition, record_offset) AS nth
FROM board.job WHERE NOT EXISTS (SELECT FROM copied.job WHERE job.entity = board.job.entity)
"""


def run(context: Context) -> dict[str, Any]:
    """Rows a second of both ways, and the ratio of each round's pair (median)."""
    chunk = (context.events or EVENTS) // _ROUNDS
    jobcenters = jobcenter_ids(Settings().deploy_folder)
    with context.services("w3") as real:
        manifest = load_manifest(Settings().deploy_folder / "topics.yaml")
        asyncio.run(ensure_topics(real.bootstrap_servers, manifest, jobcenters))
        feed, pairs = _Feed(real, jobcenters), []
        for number in range(_ROUNDS):
            feed.send(chunk)
            sink = _sink(context, real, chunk * (number + 1))
            with psycopg.connect(real.database_url) as connection:
                copy = _copy(connection, real, chunk * number)
            context.say(f"round {number + 1}: sink {sink.rows_per_s:,.0f} rows/s, COPY {copy.rows_per_s:,.0f} rows/s")
            pairs.append((sink, copy))
        with psycopg.connect(real.database_url) as connection:
            exact = _same_rows(connection, chunk * _ROUNDS)
    return {
        "rows": chunk * _ROUNDS,
        "exact": exact,
        "ratio": statistics.median(sink.rows_per_s / copy.rows_per_s for sink, copy in pairs),
        "cpu_ratio": statistics.median(copy.cpu_us_per_row / sink.cpu_us_per_row for sink, copy in pairs),
        "must_ratio": 0.75,
        "aim_ratio": 0.85,
        "sink": _median([sink for sink, _ in pairs]),
        "copy": _median([copy for _, copy in pairs]),
    }


@dataclass(frozen=True)
class _Speed:
    """Of one way in one round. CPU tells more than time where others use the machine too."""

    rows_per_s: float
    client_cpu_us_per_row: float
    server_cpu_us_per_row: float

    @property
    def cpu_us_per_row(self) -> float:
        """Of both sides: what a machine without a free moment would be held up by."""
        return self.client_cpu_us_per_row + self.server_cpu_us_per_row


def _median(rounds: list[_Speed]) -> dict[str, float]:
    return {field.name: statistics.median(getattr(one, field.name) for one in rounds) for field in fields(_Speed)}


def _server_cpu(real: Real) -> float:
    """CPU of PostgreSQL so far, with connections that are gone."""
    server = psutil.Process(real.postgres_pid)
    own = server.cpu_times()
    return own.children_user + own.children_system + sum(cpu_secs(one.pid) for one in (server, *server.children()))


class _Feed:
    """Writes new vacancies to the curated topic, with the headers the hub gives them."""

    def __init__(self, real: Real, jobcenters: list[str]) -> None:
        self._records = _new_vacancies(jobcenters)
        self._producer = confluent_kafka.Producer(
            {"bootstrap.servers": real.bootstrap_servers, "linger.ms": 20, "acks": "all"}
        )

    def send(self, count: int) -> None:
        for offset, (jobcenter, key, value) in zip(range(count), self._records, strict=False):
            origin = Coordinates(topics.raw(jobcenter, "vacancy"), 0, offset)
            headers: Any = curated_headers(headers_of("vacancy", key.decode()), origin)
            self._producer.produce(_TOPIC, value, key, headers=headers)
            if offset % 1000 == 0:
                self._producer.poll(0)
        assert self._producer.flush(60) == 0


def _new_vacancies(jobcenters: list[str]) -> Iterator[tuple[str, bytes, bytes]]:
    """Each of an entity of its own: a first load, the most work for the indexes."""
    seen: set[bytes] = set()
    replay = Replay(jobcenters, "rich")
    while True:
        for jobcenter, key, value in replay.records(10_000):
            if key not in seen:
                seen.add(key)
                yield jobcenter, key, value


# --------------------------------------------------------------------------------------------------------------- sink


def _sink(context: Context, real: Real, until: int) -> _Speed:
    """Rows a second from its first committed batch on: the start of the process is not the subject."""
    with (
        running(real, context.folder / "sink", "sink", "board") as process,
        psycopg.connect(real.database_url, autocommit=True) as connection,
    ):
        before, first = _stored(connection), None
        while True:
            if process.poll() is not None:
                raise RuntimeError("the sink ended")
            stored = _stored(connection)
            now = (stored, time.perf_counter(), cpu_secs(process.pid), _server_cpu(real))
            if first is None and stored > before:
                first = now
            if stored >= until:
                break
            time.sleep(0.05)  # to ask costs the server some, too
    assert first is not None
    rows, seconds, client, server = (after - earlier for after, earlier in zip(now, first, strict=True))
    return _Speed(rows / seconds, client / rows * 1e6, server / rows * 1e6)


def _stored(connection: Connection) -> int:
    try:
        row = connection.execute(
            "SELECT coalesce(sum(records), 0) FROM reporting.sink_range WHERE sink = 'board'"
        ).fetchone()
    except psycopg.errors.UndefinedTable:
        return 0  # the sink makes the tables
    return int(row[0]) if row else 0


# --------------------------------------------------------------------------------------------------------------- COPY


def _copy(connection: Connection, real: Real, done: int) -> _Speed:
    """What the sink has just stored, once more into copies of its tables. Only COPY and commit are timed."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS copied")
    for table in _TABLES:
        # LIKE leaves settings of storage and of indexes to INCLUDING ALL.
        connection.execute(
            sql.SQL("CREATE TABLE IF NOT EXISTS copied.{} (LIKE {} INCLUDING ALL)").format(
                sql.Identifier(table.name), _name(table.name)
            )
        )
    connection.execute(_DUE)
    connection.commit()
    [total] = connection.execute("SELECT count(*) FROM due").fetchone() or (0,)
    seconds = client = server = 0.0
    for start in range(0, total, BATCH_RECORDS_CATCHING_UP):
        batch = [_rows(connection, table, start) for table in _TABLES]
        began, client_began, server_began = time.perf_counter(), time.process_time(), _server_cpu(real)
        for table, rows in zip(_TABLES, batch, strict=True):
            into = sql.SQL("COPY copied.{} ({}) FROM STDIN (FORMAT BINARY)").format(
                sql.Identifier(table.name), _columns(table)
            )
            with connection.cursor().copy(into) as copy:
                copy.write(rows)
        connection.commit()
        seconds += time.perf_counter() - began
        client += time.process_time() - client_began
        server += _server_cpu(real) - server_began
    connection.execute("DROP TABLE due")
    assert done + total == _count(connection, "copied.job")
    return _Speed(total / seconds, client / total * 1e6, server / total * 1e6)


def _rows(connection: Connection, table: Any, start: int) -> bytes:
    """A batch in PostgreSQL's own binary form."""
    asked = sql.SQL(
        "COPY (SELECT {} FROM {} JOIN due USING (entity) WHERE nth > {} AND nth <= {} ORDER BY nth)"
        " TO STDOUT (FORMAT BINARY)"
    ).format(_columns(table), _name(table.name), start, start + BATCH_RECORDS_CATCHING_UP)
    with connection.cursor().copy(asked) as copy:
        return b"".join(bytes(part) for part in copy)


def _same_rows(connection: Connection, count: int) -> bool:
    sizes = {_count(connection, f"{schema}.{table.name}") for schema in ("board", "copied") for table in _TABLES}
    return sizes == {count}


def _count(connection: Connection, table: str) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*table.split(".")))).fetchone()
    return int(row[0]) if row else 0


def _name(table: str) -> sql.Identifier:
    return sql.Identifier("board", table)


def _columns(table: Any) -> sql.Composed:
    """All but what the database computes itself."""
    return sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns if column.computed is None)
