"""What a connector remembers, in one SQLite file of the Jobcenter: entities, outbox, deliveries, fates of rows.

Everything a delivery changes is one local transaction, durable before anything is sent. So a version number, once
it left the house, always means the content it left with, whatever crashes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors import earlier_state, fates, journal, spent
from connectors.approvals import Approvals
from connectors.compare import Known
from connectors.deliveries import Deliveries
from connectors.event_wire import Head
from connectors.events import Contents, Traces
from connectors.fates import RowFate
from connectors.offered import NO_MARK, Offered
from connectors.parcels import keep, mark, put, send
from connectors.parcels.mark import Told
from connectors.parcels.send import Waiting
from schemas.envelope import Headers
from schemas.wire import wire_of

_SCHEMA = Path(__file__).with_name("state.sql")
_KEEP_DAYS = 30
# So long another program may hold the file before that is said (E718).
_LOCKED_SECONDS = 30.0
# A first load touches its indexes all over; what the cache has no room for is written twice.
_CACHE_KIB = 32 << 10
# A parcel takes many pages of SQLite's usual size. A file of an earlier release keeps what it has.
_PAGE_BYTES = 16 << 10


@dataclass(slots=True)
class Remembered:
    """An entity as it was last sent, with the fingerprint of the row it came from and the number of its event."""

    known: Known
    row_hash: bytes | None
    record: int
    source: str


class State:
    """The open state file. One writer at a time; `jobhub deliveries` may read beside it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        # A delivery is taken in a thread of its own; the runner never uses the connection from two at once.
        self.sql = sqlite3.connect(path, timeout=_LOCKED_SECONDS, isolation_level=None, check_same_thread=False)
        self.sql.execute(f"PRAGMA page_size={_PAGE_BYTES}")  # only a new file takes it
        journal.use_log(self.sql)
        self.sql.execute("PRAGMA synchronous=FULL")
        self.sql.execute("PRAGMA secure_delete=ON")
        self.sql.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        schema = _SCHEMA.read_text(encoding="utf-8")
        earlier_state.take_over(self.sql, schema)
        self.sql.executescript(schema)
        self.deliveries, self.approvals = Deliveries(self.sql), Approvals(self.sql)

    def close(self) -> None:
        """Close the file."""
        self.sql.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, durable when it ends."""
        self.sql.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.sql.execute("COMMIT")
        except BaseException:
            if self.sql.in_transaction:  # on a full disk SQLite may have undone it already
                self.sql.execute("ROLLBACK")
            raise

    @contextmanager
    def taking(self) -> Iterator[None]:
        """The same for a delivery, which may be all that the file will ever hold."""
        with journal.straight_into_empty(self.sql), self.transaction():
            yield

    # ------------------------------------------------------------------------------------------------ entities

    def remembers(self, event: str) -> bool:
        """Whether anything was ever sent of such entities."""
        return bool(self.sql.execute("SELECT 1 FROM entity WHERE event = ? LIMIT 1", (event,)).fetchone())

    def remembered(self, event: str, keys: Iterable[str]) -> dict[str, Remembered]:
        """What was last sent of these entities."""
        rows = self.sql.execute(
            "SELECT key, epoch, version, hash, ended, row_hash, record, source FROM entity"
            " WHERE event = ? AND key IN (SELECT value FROM json_each(?))",
            (event, json.dumps(list(keys))),
        )
        return {
            key: Remembered(Known(epoch, version, hash_.hex(), bool(ended)), row_hash, record, source)
            for key, epoch, version, hash_, ended, row_hash, record, source in rows
        }

    def bodies(self, wanted: Mapping[int, str]) -> dict[int, bytes]:
        """Avro bodies of events by their numbers, of which the entities are given; each parcel is read once.

        Raises:
            NotItsRecord: one of them is another's, or erased.
        """
        return keep.bodies(self.sql, wanted)

    def active(self, event: str, source: str) -> list[str]:
        """Entities of a source that have not ended."""
        rows = self.sql.execute("SELECT key FROM entity WHERE event = ? AND source = ? AND ended = 0", (event, source))
        return [key for (key,) in rows]

    def offered(self, event: str, source: str, epoch: int) -> Offered:
        """The same, with the marks of the rows they were last sent for in an epoch."""
        # One value for each column: a row handed out by itself costs three times as much. In digits, since SQLite does
        # not promise to join bytes beyond a zero.
        keys, marks = self.sql.execute(
            "SELECT json_group_array(key),"
            " group_concat(hex(coalesce(CASE epoch WHEN ? THEN row_hash END, ?)), '')"
            " FROM entity WHERE event = ? AND source = ? AND ended = 0",
            (epoch, NO_MARK, event, source),
        ).fetchone()
        return Offered(json.loads(keys), bytes.fromhex(marks or ""))

    def remember(self, rows: Iterable[Sequence[Any]]) -> None:
        """Store (event, key, source, epoch, version, hash, ended, row_hash, record) of events that were decided on."""
        self.sql.executemany("INSERT OR REPLACE INTO entity VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def remember_first(
        self,
        event: str,
        source: str,
        epoch: int,
        keys: Sequence[str],
        hashes: Sequence[str],
        row_hashes: Iterable[bytes | None],
        record: int,
    ) -> None:
        """Store entities nothing was ever sent of: their first events, version 1, have numbers from `record` on."""
        # By column: bound value by value a row costs more than twice as much. In bytes the place of a hash is known.
        self.sql.execute(
            "INSERT INTO entity SELECT ?1, value, ?2, ?3, 1, substr(?4, 16 * key + 1, 16), 0,"
            " nullif(substr(?5, 16 * key + 1, 16), zeroblob(16)), ?6 + key FROM json_each(?7)",
            (
                event,
                source,
                epoch,
                bytes.fromhex("".join(hashes)),
                b"".join([row_hash or NO_MARK for row_hash in row_hashes]),
                record,
                json.dumps(keys),
            ),
        )

    def forget(self, event: str, key: str) -> None:
        """As if nothing had ever been sent of an entity."""
        self.sql.execute("DELETE FROM entity WHERE event = ? AND key = ?", (event, key))

    # ------------------------------------------------------------------------------------------------ outbox

    def put(self, topic: str, key: str, value: bytes, headers: Headers, delivery: int) -> int:
        """Add a record to the outbox; returns its number."""
        return self.put_all(topic, [wire_of(key.encode(), value, headers)], delivery)

    def put_all(self, topic: str, wires: Sequence[bytes], delivery: int) -> int:
        """Add records as they lie on the wire; returns the number of the first one, the others follow it."""
        return put.records(self.sql, topic, wires, delivery, datetime.now(UTC).isoformat())

    def next_number(self) -> int:
        """Number of the record that is put next."""
        return put.next_number(self.sql)

    def put_events(self, topic: str, head: Head, contents: Contents, traces: Traces, delivery: int, at: str) -> int:
        """Add events of a delivery; returns the number of the first one, the others follow it."""
        return put.events(self.sql, topic, head, contents, traces, delivery, at)

    def put_known(self, topic: str, contents: Contents) -> int:
        """Add events that were sent long ago; returns the number of the first one, the others follow it."""
        return put.known(self.sql, topic, contents, datetime.now(UTC).isoformat())

    def unpublished(self, limit: int, after: int | None = None) -> list[Waiting]:
        """The oldest records without an acknowledgement; `after`: beyond those, which are on their way."""
        return send.waiting(self.sql, limit, after)

    def count_unpublished(self, delivery: int | None = None, topic: str | None = None) -> int:
        """How many records wait: of one delivery, for one topic, or all."""
        found = self.sql.execute(
            "SELECT coalesce(sum(waiting), 0) FROM parcel"
            " WHERE waiting > 0 AND delivery = coalesce(?, delivery) AND topic = coalesce(?, topic)",
            (delivery, topic),
        )
        return int(found.fetchone()[0])

    def mark_published(self, told: Iterable[Told]) -> None:
        """Note partition, first offset and numbers of acknowledged batches; positions are past them then."""
        with self.transaction():
            ends = mark.acknowledged(self.sql, told)
            self.sql.executemany(
                "INSERT INTO position VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET next_offset = max(next_offset, excluded.next_offset)",
                [(topic, partition, offset + 1) for (topic, partition), offset in ends.items()],
            )

    def take_back(self, delivery: int, event: str, key: str, before: int | None) -> None:
        """Undo what a delivery said of an entity, unless it was refused; its records are not sent.

        `before`: number of the entity's last event before it.
        """
        numbers = fates.sent_in(self.sql, delivery, event, key)
        mark.take_back(self.sql, numbers)
        spent.note(self.sql, numbers)
        if before is not None:
            spent.keep(self.sql, before)
        self.sql.execute(
            "DELETE FROM fate WHERE delivery = ? AND event = ? AND key = ? AND outcome <> 'rejected'",
            (delivery, event, key),
        )

    def note_spent(self, numbers: Iterable[int]) -> None:
        """These events are no entity's last word any more."""
        spent.note(self.sql, numbers)

    def erase_spent(self) -> None:
        """Erase events that are no entity's last word, as far as they do not wait; inside the transaction of whoever
        gave their entities another."""
        spent.erase(self.sql)

    # ------------------------------------------------------------------------------------------------ fates

    def add_fates(self, rows: Iterable[Sequence[Any]]) -> None:
        """Store (delivery, event, key, outcome, code, column, line, version, outbox number, time)."""
        self.sql.executemany("INSERT INTO fate VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def history(self, key: str, event: str | None = None) -> list[RowFate]:
        """Fates of an entity's rows, oldest first. Unchanged rows leave none."""
        return fates.history(self.sql, key, event)

    def keys(self) -> list[str]:
        """Identifiers of all entities and of all rows with a fate."""
        return fates.keys(self.sql)

    def forget_old(self, now: datetime) -> None:
        """Drop fates, and the places of acknowledged records, after 30 days."""
        oldest = (now.astimezone(UTC) - timedelta(days=_KEEP_DAYS)).isoformat()
        with self.transaction():
            # They lie in the order of their time: nobody has to look at the younger ones.
            self.sql.execute(
                "DELETE FROM fate WHERE rowid < coalesce((SELECT rowid FROM fate WHERE at >= ? ORDER BY rowid LIMIT 1),"
                " (SELECT max(rowid) + 1 FROM fate))",
                (oldest,),
            )
            keep.forget(self.sql, oldest)
