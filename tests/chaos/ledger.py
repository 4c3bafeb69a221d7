"""What a connector knows for sure: what it meant to send (written before), and what was acknowledged (after)."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_TABLES = """
CREATE TABLE intent (id TEXT PRIMARY KEY, topic TEXT, entity TEXT, epoch INT, version INT, mark TEXT, kind TEXT,
    at REAL, value BLOB, key BLOB);
CREATE TABLE ack (id TEXT, topic TEXT, partition INT, position INT);
CREATE TABLE unknown (id TEXT, why TEXT);
CREATE TABLE refused (id TEXT, why TEXT);
"""


@dataclass(frozen=True, slots=True)
class Intent:
    """One record somebody means to send. `mark` is content that no other intent has, where the event has room for it.

    `kind`: what it is to the one who sends it: new, duplicate, late, conflict, poison …
    """

    id: str
    topic: str
    key: bytes | None
    value: bytes | None
    entity: str
    epoch: int
    version: int
    mark: str
    kind: str


class Ledger:
    """One SQLite file. Used from the thread that sends and, afterwards, from the one that checks."""

    def __init__(self, path: Path) -> None:
        self._sql = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._sql.execute("PRAGMA journal_mode=WAL")
        self._sql.executescript(_TABLES)
        self._mutex = threading.RLock()

    def intend(self, intents: Iterable[Intent], at: float) -> None:
        """Before anything is sent."""
        with self._mutex:
            self._sql.execute("BEGIN")
            self._sql.executemany(
                "INSERT OR IGNORE INTO intent VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(i.id, i.topic, i.entity, i.epoch, i.version, i.mark, i.kind, at, i.value, i.key) for i in intents],
            )
            self._sql.execute("COMMIT")

    def ack(self, identity: str, topic: str | None = None, partition: int | None = None, at: int | None = None) -> None:
        """The broker (or the connector's orderly end) said: it is there."""
        self._write("INSERT INTO ack VALUES (?, ?, ?, ?)", (identity, topic, partition, at))

    def unknown(self, identity: str, why: str) -> None:
        """No answer came: it may be there or not. Never taken for a failure."""
        self._write("INSERT INTO unknown VALUES (?, ?)", (identity, why))

    def refuse(self, identity: str, why: str) -> None:
        """The broker said no; it must not be there."""
        self._write("INSERT INTO refused VALUES (?, ?)", (identity, why))

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        with self._mutex:
            self._sql.execute(statement, values)

    def intents(self) -> dict[str, Intent]:
        """All of them."""
        with self._mutex:
            rows = self._sql.execute(
                "SELECT id, topic, key, value, entity, epoch, version, mark, kind FROM intent"
            ).fetchall()
        return {row[0]: Intent(*row) for row in rows}

    def acked(self) -> list[tuple[str, str | None, int | None, int | None]]:
        """Acknowledged: id and, if known, where."""
        with self._mutex:
            return self._sql.execute("SELECT id, topic, partition, position FROM ack").fetchall()

    def unsettled(self) -> list[Intent]:
        """Intents whose fate nobody knows yet, in the order they were meant to be sent."""
        known = "SELECT id FROM ack UNION SELECT id FROM refused"
        with self._mutex:
            rows = self._sql.execute(
                "SELECT id, topic, key, value, entity, epoch, version, mark, kind FROM intent"
                f" WHERE id NOT IN ({known}) ORDER BY rowid"
            ).fetchall()
        return [Intent(*row) for row in rows]

    def ids(self, table: str) -> set[str]:
        """Ids in `ack`, `unknown` or `refused`."""
        with self._mutex:
            return {row[0] for row in self._sql.execute(f"SELECT id FROM {table}")}

    def count(self, table: str) -> int:
        """Rows of a table."""
        with self._mutex:
            return int(self._sql.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def sent_at(self) -> dict[str, float]:
        """When each intent was written down."""
        with self._mutex:
            return dict(self._sql.execute("SELECT id, at FROM intent").fetchall())
