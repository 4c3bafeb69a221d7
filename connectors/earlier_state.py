"""A state file of an earlier release is taken over when it is opened, once and all in one transaction.

Its entities held the bodies of their last events themselves, beside the index `entity_active`, and its parcels their
records whole. Before that there were no parcels but a table `outbox` with a row for each record. Records keep their
numbers, and what waits is sent byte for byte as it would have been.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby, islice
from sqlite3 import Connection
from typing import Any

from connectors.events import Contents
from connectors.parcels import put
from connectors.parcels.packed import pack
from connectors.parcels.places import Places
from schemas import topics
from schemas.wire import read_sized, wire_of

_SOME = 2000


def take_over(sql: Connection, schema: str) -> None:
    """Give a file of an earlier release the tables of `schema`; any other is left as it is."""
    if not _is_earlier(sql):
        return
    sql.execute("BEGIN IMMEDIATE")
    try:
        if _is_earlier(sql):  # nobody else did it meanwhile
            _move(sql, schema)
    except BaseException:
        sql.execute("ROLLBACK")
        raise
    sql.execute("COMMIT")


def _is_earlier(sql: Connection) -> bool:
    entity = sql.execute("SELECT 1 FROM pragma_table_info('entity') WHERE name = 'body'")
    return entity.fetchone() is not None or _has(sql, "outbox")


def _has(sql: Connection, table: str) -> bool:
    found = sql.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,))
    return found.fetchone() is not None


def _move(sql: Connection, schema: str) -> None:
    earlier = [table for table in ("entity", "parcel") if _has(sql, table)]
    for index in ("entity_active", "parcel_waiting"):
        sql.execute(f"DROP INDEX IF EXISTS {index}")
    for table in earlier:
        sql.execute(f"ALTER TABLE {table} RENAME TO earlier_{table}")
    for statement in schema.split(";\n"):
        sql.execute(statement)
    now = datetime.now(UTC).isoformat()
    if "parcel" in earlier:
        _move_parcels(sql, now)
    if _has(sql, "outbox"):
        _move_outbox(sql, now)
    if "entity" in earlier:
        _move_entities(sql, now)
    for table in (*(f"earlier_{table}" for table in earlier), "outbox"):
        sql.execute(f"DROP TABLE IF EXISTS {table}")


def _move_parcels(sql: Connection, now: str) -> None:
    sql.execute("INSERT INTO content SELECT first, NULL, records FROM earlier_parcel WHERE records IS NOT NULL")
    sql.execute(
        "INSERT INTO parcel SELECT first, count, waiting, topic, delivery, coalesce(begun_at, ?), places, NULL"
        " FROM earlier_parcel LEFT JOIN delivery ON seq = delivery",
        (now,),
    )


def _move_outbox(sql: Connection, now: str) -> None:
    sql.create_function("packed", 3, _packed, deterministic=True)
    sql.create_function("placed", 2, _placed, deterministic=True)
    sql.execute(
        'INSERT INTO position SELECT topic, "partition", max("offset") + 1 FROM outbox'
        ' WHERE published = 1 AND "offset" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM position) GROUP BY 1, 2'
    )
    sql.execute("INSERT INTO content SELECT seq, NULL, packed(key, value, headers) FROM outbox WHERE published = 0")
    sql.execute(
        "INSERT INTO parcel SELECT outbox.seq, 1, published = 0, topic, delivery, coalesce(begun_at, ?),"
        ' CASE published WHEN 1 THEN placed("partition", "offset") END, NULL'
        " FROM outbox LEFT JOIN delivery ON delivery.seq = delivery",
        (now,),
    )


def _move_entities(sql: Connection, now: str) -> None:
    rows = sql.execute(
        "SELECT event, key, source, epoch, version, hash, ended, row_hash, body FROM earlier_entity ORDER BY event, key"
    )
    for (event, jobcenter), some in groupby(rows, lambda row: (row[0], _jobcenter(row[8]))):
        for few in _chunks(some):
            contents = Contents(
                [row[1] for row in few],
                [row[5] for row in few],
                [row[8] for row in few],
                [0] * len(few),
                [bool(row[6]) for row in few],
            )
            first = put.known(sql, topics.raw(jobcenter, event), contents, now)
            sql.executemany(
                "INSERT INTO entity VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(*row[:5], bytes.fromhex(row[5]), *row[6:8], at) for at, row in enumerate(few, first)],
            )


def _chunks(rows: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(rows)
    while some := list(islice(rest, _SOME)):
        yield some


def _jobcenter(body: bytes) -> str:
    """The Jobcenter of an event: the first text of its body."""
    return (read_sized(body, 0)[0] or b"").decode()


def _packed(key: bytes, value: bytes, headers: str) -> bytes:
    return pack([wire_of(key, value, [(name, text.encode()) for name, text in json.loads(headers)])])


def _placed(partition: int | None, offset: int | None) -> bytes | None:
    return None if partition is None or offset is None else Places([partition], [offset]).stored()
