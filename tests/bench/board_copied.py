"""Jobs copied straight into the board's tables, without Kafka and sinks."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import Computed, Table

from hub.sinks.board import JOB, JOB_DOC
from hub.store.made import row_of
from hub.store.tables import job, job_doc
from hub.texts.work import run_once
from tests.gold.corpus import Job, dealt, headings
from tests.support.board_rows import NOW
from tests.support.synthetic.lists import places

JOBCENTERS = ("borken", "coesfeld", "muenster", "steinfurt", "warendorf")


def made(count: int) -> list[Job]:
    """Jobs in all postcodes of the region."""
    region = [(jobcenter, plz, town) for jobcenter in JOBCENTERS for plz, town, _ in places(jobcenter)]
    # A prime number of places, so that every place gets every kind of everything.
    return list(dealt(itertools.islice(itertools.cycle(headings()), count), region[:83]))


def copy_board(database_url: str, jobs: Iterable[Job]) -> None:
    """Rows of the jobs, as the board's sink would write them; then what a running database does by itself."""
    rows = [(_common(one, number), one.record) for number, one in enumerate(jobs)]
    with psycopg.connect(database_url, autocommit=True) as connection:
        _copy(connection, job, ({**common, **row_of(JOB, record)} for common, record in rows))
        _copy(connection, job_doc, ({"entity": common["entity"], **row_of(JOB_DOC, record)} for common, record in rows))
        while run_once(connection):
            pass
        connection.execute("VACUUM (ANALYZE) board.job, board.job_doc")


def _common(one: Job, number: int) -> dict[str, Any]:
    record = one.record
    return {
        "entity": one.id,
        **{name: record[name] for name in ("jobcenter", "source_id", "epoch", "version", "end_reason", "ended_on")},
        "removed": False,
        "fingerprint": b"\0" * 8,
        "ended": False,
        "first_seen_at": NOW,
        "changed_at": NOW,
        "record_topic": "jobhub.vacancy.v1",
        "record_partition": 0,
        "record_offset": number,
    }


def _copy(connection: psycopg.Connection[Any], table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    names = [column.name for column in table.columns if not isinstance(column.computed, Computed)]
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table.schema}.{table.name} ({', '.join(names)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row([Jsonb(value) if _is_json(value) else value for value in map(row.get, names)])


def _is_json(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict) for one in value))
