"""A state file of an earlier release is taken over: what waits, where records lie, their numbers, what can be ended."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.agreement import known_to
from connectors.outgoing import content
from connectors.own_topics import Extent
from connectors.parcels import put
from connectors.state import State
from schemas.codec import codec
from schemas.wire import wire_of
from tests.support.deliveries import connector as new_connector
from tests.support.deliveries import csv_text, row, small_jobcenter
from tests.support.events import vacancy
from tests.support.outbox import entries, rows_waiting

RAW = "jobhub.raw.testa.vacancy.v1"
AT = datetime.now(UTC).isoformat()
REST = """
CREATE TABLE delivery (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, source TEXT NOT NULL, event TEXT NOT NULL,
    file TEXT NOT NULL, sha256 TEXT, day TEXT, state TEXT NOT NULL, reason TEXT, begun_at TEXT NOT NULL, mapping BLOB,
    report TEXT NOT NULL
);
CREATE TABLE fate (
    delivery INTEGER NOT NULL, event TEXT NOT NULL, key TEXT, outcome TEXT NOT NULL, code TEXT, column_name TEXT,
    line INTEGER, version INTEGER, outbox_seq INTEGER, at TEXT NOT NULL
);
CREATE INDEX fate_key ON fate (key);
CREATE TABLE entity (
    event TEXT NOT NULL, key TEXT NOT NULL, source TEXT NOT NULL, epoch INTEGER NOT NULL, version INTEGER NOT NULL,
    hash TEXT NOT NULL, ended INTEGER NOT NULL, row_hash BLOB, body BLOB NOT NULL, PRIMARY KEY (event, key)
);
CREATE INDEX entity_active ON entity (event, source) WHERE ended = 0;
"""
PARCELS = """
CREATE TABLE parcel (
    first INTEGER PRIMARY KEY, count INTEGER NOT NULL, waiting INTEGER NOT NULL, topic TEXT NOT NULL,
    delivery INTEGER NOT NULL, places BLOB NOT NULL, records BLOB
);
CREATE INDEX parcel_waiting ON parcel (first) WHERE waiting > 0;
"""
OUTBOX = """
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, key BLOB NOT NULL, value BLOB, headers TEXT,
    delivery INTEGER NOT NULL, published INTEGER NOT NULL DEFAULT 0, "partition" INTEGER, "offset" INTEGER
);
CREATE INDEX outbox_waiting ON outbox (seq) WHERE published = 0;
"""
CANARY = "Frau Kanarienvogel"


def entity(key: str, **changes: Any) -> tuple[Any, ...]:
    record = {**vacancy(), "contact": None, "jobcenter": "testa", "source_id": key, "epoch": 0, "version": 2, **changes}
    made = content("vacancy", record)
    return ("vacancy", key, "stellen", 0, 2, made.hash, record["status"] == "ENDED", b"r" * 16, made.body(0, 2))


ENTITIES = [entity(f"{number:05}", title=f"Titel {number}") for number in range(600)] + [entity("1", title=CANARY)]
WAITS = wire_of(b"testa:1", codec("vacancy").header + ENTITIES[-1][8], [("h", 'ä"1'.encode())])


@contextmanager
def earlier(path: Path, tables: str) -> Iterator[sqlite3.Connection]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as sql:
        sql.executescript("PRAGMA journal_mode=WAL;" + REST + tables)
        sql.executemany("INSERT INTO entity VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", ENTITIES)
        sql.execute(
            "INSERT INTO delivery (seq, id, source, event, file, state, begun_at, report)"
            " VALUES (1, 'd1', 'stellen', 'vacancy', 'f.csv', 'COMPLETED', ?, ?)",
            (AT, "{}"),
        )
        sql.executemany(
            "INSERT INTO fate VALUES (1, 'vacancy', '1', ?, ?, NULL, ?, ?, ?, ?)",
            [("new", None, 2, 1, 3, AT), ("changed", None, 3, 2, 4, AT), ("rejected", "E112", 9, None, None, AT)],
        )
        yield sql
        sql.commit()


def with_parcels(path: Path) -> None:
    with earlier(path, PARCELS) as sql:
        numbers = struct.pack("<2h2q", 2, -1, 5, -1)
        records = struct.pack("<2I", 4, len(WAITS)) + b"gone" + WAITS
        sql.execute("INSERT INTO parcel VALUES (3, 2, 1, ?, 1, ?, ?)", (RAW, numbers, records))
        sql.execute("INSERT INTO parcel VALUES (1, 2, 0, ?, 1, ?, NULL)", (RAW, struct.pack("<2h2q", 0, 1, 7, 8)))


def with_rows(path: Path) -> None:
    with earlier(path, OUTBOX) as sql:
        value = codec("vacancy").header + ENTITIES[-1][8]
        sql.executemany(
            "INSERT INTO outbox VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?)",
            [
                (1, RAW, b"k", None, None, 1, 0, 7),
                (2, RAW, b"k", None, None, 1, None, None),
                (3, RAW, b"k3", None, None, 1, 2, 5),
                (4, RAW, b"testa:1", value, '[["h","\\u00e4\\"1"]]', 0, None, None),
            ],
        )


MADE = [with_parcels, with_rows]


@pytest.fixture(params=MADE, ids=["parcels", "rows"])
def path(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "state" / "testa.sqlite"
    request.param(path)
    return path


def test_records_keep_their_numbers_and_what_waits_is_sent_as_it_would_have_been(path: Path) -> None:
    for _ in range(2):
        with closing(State(path)) as state:
            [waits] = rows_waiting(state)
            assert (4, RAW, WAITS) == (waits.seq, waits.topic, waits.wire)
            places = {one.number: (one.partition, one.offset) for one in entries(state.sql) if one.number < 5}
            assert ((0, 7), (2, 5), (None, None)) == (places[1], places[3], places[4])
            assert (1, 0) == (state.count_unpublished(1), state.count_unpublished(2))
    with closing(State(path)) as state:
        state.mark_published([(1, 6, [4])])
        assert 4 + len(ENTITIES) + 1 == state.put(RAW, "k5", b"v5", [], 1)


def test_positions_follow_from_a_row_for_each_record(tmp_path: Path) -> None:
    with_rows(tmp_path / "s.sqlite")
    with closing(State(tmp_path / "s.sqlite")) as state:
        extents = [Extent(RAW, partition, 0, 9) for partition in (0, 2)]

        assert {(RAW, 0): 8, (RAW, 2): 6} == known_to(state, extents)


def test_entities_are_known_with_their_bodies(path: Path) -> None:
    with closing(State(path)) as state:
        known = state.remembered("vacancy", [one[1] for one in ENTITIES])
        bodies = state.bodies({what.record: key for key, what in known.items()})

        for event, key, source, epoch, version, hash_, ended, row_hash, body in ENTITIES:
            what = known[key]
            assert (epoch, version, hash_, ended) == (
                what.known.epoch, what.known.version, what.known.hash, what.known.ended
            )  # fmt: skip
            assert (event, source, row_hash, body) == ("vacancy", what.source, what.row_hash, bodies[what.record])
        assert len(ENTITIES) == len(state.active("vacancy", "stellen"))


def test_its_fates_are_told_as_before(path: Path) -> None:
    with closing(State(path)) as state:
        told = [(one.outcome, one.code, one.line, one.version, one.partition, one.offset) for one in state.history("1")]

        assert [
            ("new", None, 2, 1, 2, 5),
            ("changed", None, 3, 2, None, None),
            ("rejected", "E112", 9, None, None, None),
        ] == told


def test_an_entity_of_before_can_change_and_end_and_leaves_nothing(path: Path, tmp_path: Path) -> None:
    with new_connector(tmp_path, small_jobcenter()) as one:
        one.acknowledge()
        listed = [row(Nr=f"{number:05}") for number in range(599)]
        one.take_file("stellen_2026-11-23.csv", csv_text(listed))
        ends = [(record["source_id"], record["version"]) for record in one.outbox() if record["status"] == "ENDED"]

        assert [("00599", 3), ("1", 3)] == ends
        assert ["new", "changed", "rejected", "ended"] == [fate.outcome for fate in one.state.history("1")]
        one.acknowledge()
        one.take_file("stellen_2026-11-24.csv", csv_text([{**listed[0], "Titel": "neu"}, *listed[1:]]))
        one.state.sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert [3, 4] == [fate.version for fate in one.state.history("00000")]
        assert b"Titel 7" not in one.bytes_on_disk()


def tables(path: Path) -> Any:
    with closing(sqlite3.connect(path)) as sql:
        return [*sql.iterdump()]


def test_a_crash_on_the_way_leaves_the_file_of_before(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tables(path)
    with monkeypatch.context() as patch:
        patch.setattr(put, "known", lambda *_: pytest.fail("killed"))
        with pytest.raises(pytest.fail.Exception, match="killed"):
            State(path)

    assert before == tables(path)
    with closing(State(path)) as state:
        assert len(ENTITIES) == len(state.active("vacancy", "stellen"))


def test_a_file_taken_over_has_the_tables_of_a_new_one(path: Path, tmp_path: Path) -> None:
    made = []
    for one in (path, tmp_path / "new.sqlite"):
        State(one).close()
        with closing(sqlite3.connect(one)) as sql:
            rows = sql.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
            made.append([(name, " ".join(told.split())) for name, told in rows])

    assert made[0] == made[1]
