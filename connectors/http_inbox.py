"""What was handed in over HTTP: kept durably before it is acknowledged, until the runner has taken it.

One SQLite file in the source's private folder. Of a body only the wanted columns are kept, and only until it is taken.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

_KEEP_DAYS = 30
_SCHEMA = """
CREATE TABLE IF NOT EXISTS receipt (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    idempotency_key TEXT UNIQUE,
    sha256 TEXT NOT NULL,
    at TEXT NOT NULL,
    items INTEGER NOT NULL,
    findings TEXT NOT NULL,
    rows BLOB
);
CREATE INDEX IF NOT EXISTS receipt_waiting ON receipt (seq) WHERE rows IS NOT NULL;
"""
_COLUMNS = "seq, id, sha256, at, items, findings, rows IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One request that was acknowledged. `findings` are (item, code, column)."""

    seq: int
    id: str
    sha256: str
    at: datetime
    items: int
    findings: tuple[tuple[int, str, str | None], ...]
    waits: bool


class Inbox:
    """The open file. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = threading.Lock()
        self._sql = sqlite3.connect(folder / "inbox.sqlite", timeout=30, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            self._sql.execute(f"PRAGMA {pragma}")
        self._sql.executescript(_SCHEMA)
        oldest = (datetime.now(UTC) - timedelta(days=_KEEP_DAYS)).isoformat()
        self._sql.execute("DELETE FROM receipt WHERE rows IS NULL AND at < ?", (oldest,))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._sql.close()

    def add(
        self, key: str | None, sha256: str, items: int, findings: Sequence[tuple[int, str, str | None]], rows: bytes
    ) -> Receipt:
        """Keep what was handed in; durable when it returns. A known idempotency key gives the receipt of then."""
        with self._lock:
            self._sql.execute(
                "INSERT INTO receipt (id, idempotency_key, sha256, at, items, findings, rows)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (idempotency_key) DO NOTHING",
                (uuid4().hex, key, sha256, datetime.now(UTC).isoformat(), items, json.dumps(findings), rows),
            )
            where, value = ("idempotency_key = ?", key) if key is not None else ("seq = last_insert_rowid()", None)
            values = () if value is None else (value,)
            found = self._sql.execute(f"SELECT {_COLUMNS} FROM receipt WHERE {where}", values)  # noqa: S608
            return _receipt(found.fetchone())

    def by_key(self, key: str) -> Receipt | None:
        """The receipt of an idempotency key."""
        return self._one("idempotency_key = ?", key)

    def by_id(self, receipt: str) -> Receipt | None:
        """A receipt by its id."""
        return self._one("id = ?", receipt)

    def waiting(self, limit: int) -> list[Receipt]:
        """The oldest receipts whose rows were not taken yet."""
        with self._lock:
            rows = self._sql.execute(
                f"SELECT {_COLUMNS} FROM receipt WHERE rows IS NOT NULL ORDER BY seq LIMIT ?",  # noqa: S608
                (limit,),
            )
            return [_receipt(row) for row in rows]

    def count_waiting(self) -> int:
        """How many receipts wait."""
        with self._lock:
            return int(self._sql.execute("SELECT count(*) FROM receipt WHERE rows IS NOT NULL").fetchone()[0])

    def rows(self, receipt: str) -> bytes | None:
        """The kept rows of a receipt; None if they were taken."""
        with self._lock:
            found = self._sql.execute("SELECT rows FROM receipt WHERE id = ?", (receipt,)).fetchone()
        return None if found is None else found[0]

    def taken(self, receipt: str) -> None:
        """Forget the rows of a receipt; the receipt stays for a month."""
        with self._lock:
            self._sql.execute("UPDATE receipt SET rows = NULL WHERE id = ?", (receipt,))

    def _one(self, where: str, value: str) -> Receipt | None:
        with self._lock:
            found = self._sql.execute(f"SELECT {_COLUMNS} FROM receipt WHERE {where}", (value,)).fetchone()  # noqa: S608
        return None if found is None else _receipt(found)


def _receipt(row: tuple[Any, ...]) -> Receipt:
    seq, identifier, sha256, at, items, findings, waits = row
    told = tuple((int(item), str(code), column) for item, code, column in json.loads(findings))
    return Receipt(seq, identifier, sha256, datetime.fromisoformat(at), items, told, bool(waits))
