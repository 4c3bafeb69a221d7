"""The outbox of a state file from before there were parcels: a row for each record. Its records keep their numbers."""

from __future__ import annotations

import json
from sqlite3 import Connection

from connectors.parcels import Places, pack
from schemas.wire import wire_of


def take_over(sql: Connection) -> None:
    """Make parcels of one record each, once; what waits is sent byte for byte as it would have been."""
    if not sql.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'outbox'").fetchone():
        return
    sql.create_function("packed", 3, _packed, deterministic=True)
    sql.create_function("placed", 3, _placed, deterministic=True)
    sql.executescript(
        """
        BEGIN IMMEDIATE;
        INSERT INTO position SELECT topic, "partition", max("offset") + 1 FROM outbox
            WHERE published = 1 AND "offset" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM position) GROUP BY 1, 2;
        INSERT INTO parcel SELECT seq, 1, published = 0, topic, delivery, placed(published, "partition", "offset"),
            CASE published WHEN 0 THEN packed(key, value, headers) END FROM outbox;
        DROP TABLE outbox;
        COMMIT;
        """
    )


def _packed(key: bytes, value: bytes, headers: str) -> bytes:
    return pack([wire_of(key, value, [(name, text.encode()) for name, text in json.loads(headers)])])


def _placed(published: int, partition: int | None, offset: int | None) -> bytes:
    known = published and partition is not None and offset is not None
    return (Places([partition or 0], [offset or 0]) if known else Places.unknown(1)).stored()
