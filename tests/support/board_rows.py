"""Rows of the board as its sink would write them, without Kafka: events go through the hub's public view."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import Computed, Table

from hub.sinks.board import JOB, JOB_DOC
from hub.steps.fan_out import public_vacancy
from hub.store import rows
from hub.store.made import row_of
from hub.store.migrate import upgrade
from hub.store.tables import board_measure, job, job_doc
from hub.texts.work import run_once

Record = dict[str, Any]

NOW = datetime.datetime(2026, 11, 23, 8, 0, tzinfo=datetime.UTC)


@contextmanager
def own_database(database_url: str) -> Iterator[str]:
    """A new empty database on the server, dropped afterwards; for fixtures that outlive one test."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield database_url.rsplit("/", 1)[0] + f"/{name}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def fill(database_url: str, *records: Record) -> None:
    """Bring the database to the newest revision and put vacancies and measures on its board."""
    upgrade(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        for offset, record in enumerate(records):
            _put(connection, record, offset)
        connection.execute(
            "INSERT INTO reporting.sink_progress (sink, topic, partition, owner_epoch, first_offset, next_offset,"
            " updated_at) VALUES ('board', 'jobhub.vacancy.v1', 0, 1, 0, %s, %s) ON CONFLICT DO NOTHING",
            (len(records), NOW),
        )
        while run_once(connection):
            pass
        connection.execute("ANALYZE board.job")


def _put(connection: psycopg.Connection[Any], record: Record, offset: int) -> None:
    entity = f"{record['jobcenter']}:{record['source_id']}"
    event = "measure" if "instrument" in record else "vacancy"
    common = {
        "entity": entity,
        **{name: record[name] for name in ("jobcenter", "source_id", "epoch", "version", "end_reason", "ended_on")},
        "removed": False,
        "fingerprint": b"\0" * 8,
        "ended": record["status"] == "ENDED",
        "first_seen_at": NOW,
        "changed_at": NOW,
        "record_topic": f"jobhub.{event}.v1",
        "record_partition": 0,
        "record_offset": offset,
    }
    if event == "measure":
        insert(connection, board_measure, {**common, **row_of(rows.MEASURE, record)})
        return
    view = public_vacancy(record, had_public_view=True)
    if view is None:
        return
    insert(connection, job, {**common, **row_of(JOB, view)})
    insert(connection, job_doc, {"entity": entity, **row_of(JOB_DOC, view)})


def insert(connection: psycopg.Connection[Any], table: Table, row: Mapping[str, Any]) -> None:
    """Insert one row; columns the database computes are left to it."""
    names = [
        column.name for column in table.columns if column.name in row and not isinstance(column.computed, Computed)
    ]
    values = [Jsonb(row[name]) if isinstance(row[name], dict) else row[name] for name in names]
    marks = ", ".join(["%s"] * len(names))
    connection.execute(f"INSERT INTO {table.schema}.{table.name} ({', '.join(names)}) VALUES ({marks})", values)
