"""A state file with a row for each record of the outbox is taken over: what waits, where records lie, their numbers."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from connectors.agreement import known_to
from connectors.own_topics import Extent
from connectors.state import State
from tests.support.outbox import entries, rows_waiting

RAW = "jobhub.raw.testa.vacancy.v1"
TABLE = """
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, key BLOB NOT NULL, value BLOB, headers TEXT,
    delivery INTEGER NOT NULL, published INTEGER NOT NULL DEFAULT 0, "partition" INTEGER, "offset" INTEGER
);
CREATE INDEX outbox_waiting ON outbox (seq) WHERE published = 0;
"""


def test_its_records_become_parcels_once(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with closing(sqlite3.connect(path)) as sql:
        sql.executescript(TABLE)
        sql.executemany(
            "INSERT INTO outbox VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?)",
            [(3, RAW, b"k3", None, None, 1, 2, 5), (4, RAW, b"k4", b"v4", '[["h","\\u00e4\\"1"]]', 0, None, None)],
        )
        sql.commit()

    for _ in range(2):
        state = State(path)
        assert [(3, 2, 5), (4, None, None)] == [(one.number, one.partition, one.offset) for one in entries(state.sql)]
        [waits] = rows_waiting(state)
        assert (4, b"k4", b"v4", [("h", 'ä"1'.encode())]) == (waits.seq, waits.key, waits.value, waits.headers)
        assert {(RAW, 2): 6} == known_to(state, [Extent(RAW, 2, 0, 9)])
        state.close()
    state = State(path)
    assert 5 == state.put(RAW, "k5", b"v5", [], 1)
    state.close()
