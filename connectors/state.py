"""What a connector remembers, in one SQLite file of the Jobcenter: entities, outbox, deliveries, fates of rows.

Everything a delivery changes is one local transaction, durable before anything is sent. So a version number, once
it left the house, always means the content it left with, whatever crashes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors import earlier_outbox, parcels
from connectors.compare import Known
from connectors.parcels import OutboxRow, Places
from schemas.envelope import Headers
from schemas.wire import wire_of

_SCHEMA = Path(__file__).with_name("state.sql")
_KEEP_DAYS = 30
# So long another program may hold the file before that is said (E718).
_LOCKED_SECONDS = 30.0
# A first load touches its indexes all over; what the cache has no room for is written twice.
_CACHE_KIB = 32 << 10
# A record and its headers take some 1,400 bytes: on SQLite's usual page there is room for two, and a third is lost.
# A file of an earlier release keeps what it has.
_PAGE_BYTES = 16 << 10
_PLACES = "entity.epoch, entity.version, entity.hash, entity.ended, entity.row_hash, entity.body, entity.source"


@dataclass(slots=True)
class Remembered:
    """An entity as it was last sent, with its Avro body and the fingerprint of the row it came from."""

    known: Known
    row_hash: bytes | None
    body: bytes
    source: str


@dataclass(frozen=True, slots=True)
class DeliveryState:
    """A delivery in the ledger."""

    seq: int
    id: str
    source: str
    event: str
    file: str
    sha256: str | None
    day: str | None
    state: str
    reason: str | None
    begun_at: str
    mapping: bytes | None
    report: dict[str, Any]

    @property
    def held(self) -> int:
        """Withdrawals that wait for an operator."""
        return int(self.report.get("held", 0))


@dataclass(frozen=True, slots=True)
class RowFate:
    """What became of one row (or of an end nobody wrote a row for), and where its event is in Kafka."""

    delivery: str
    file: str
    event: str
    key: str | None
    outcome: str
    code: str | None
    column: str | None
    line: int | None
    version: int | None
    at: str
    topic: str | None
    partition: int | None
    offset: int | None


class State:
    """The open state file. One writer at a time; `jobhub deliveries` may read beside it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        # A delivery is taken in a thread of its own; the runner never uses the connection from two at once.
        self.sql = sqlite3.connect(path, timeout=_LOCKED_SECONDS, isolation_level=None, check_same_thread=False)
        self.sql.execute(f"PRAGMA page_size={_PAGE_BYTES}")  # only a new file takes it
        self.sql.execute("PRAGMA journal_mode=WAL")
        self.sql.execute("PRAGMA synchronous=FULL")
        self.sql.execute("PRAGMA secure_delete=ON")
        self.sql.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        self.sql.executescript(_SCHEMA.read_text(encoding="utf-8"))
        earlier_outbox.take_over(self.sql)

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

    # ------------------------------------------------------------------------------------------------ entities

    def remembered(self, event: str, keys: Iterable[str]) -> dict[str, Remembered]:
        """What was last sent of these entities."""
        rows = self.sql.execute(
            f"SELECT entity.key, {_PLACES} FROM entity WHERE event = ? AND key IN (SELECT value FROM json_each(?))",  # noqa: S608
            (event, json.dumps(list(keys))),
        )
        return {
            key: Remembered(Known(epoch, version, hash_, bool(ended)), row_hash, body, source)
            for key, epoch, version, hash_, ended, row_hash, body, source in rows
        }

    def active(self, event: str, source: str) -> list[tuple[str, int, bytes | None]]:
        """Entities of a source that have not ended: key, epoch, fingerprint of the row they were last sent for."""
        return self.sql.execute(
            "SELECT key, epoch, row_hash FROM entity WHERE event = ? AND source = ? AND ended = 0", (event, source)
        ).fetchall()

    def remember(self, rows: Iterable[Sequence[Any]]) -> None:
        """Store (event, key, source, epoch, version, hash, ended, row_hash, body) of events that were decided on."""
        self.sql.executemany("INSERT OR REPLACE INTO entity VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def forget(self, event: str, key: str) -> None:
        """As if nothing had ever been sent of an entity."""
        self.sql.execute("DELETE FROM entity WHERE event = ? AND key = ?", (event, key))

    # ------------------------------------------------------------------------------------------------ outbox

    def put(self, topic: str, key: str, value: bytes, headers: Headers, delivery: int) -> int:
        """Add a record to the outbox; returns its number."""
        return self.put_all(topic, [wire_of(key.encode(), value, headers)], delivery)

    def put_all(self, topic: str, wires: Sequence[bytes], delivery: int) -> int:
        """Add records as they lie on the wire; returns the number of the first one, the others follow it."""
        return parcels.put(self.sql, topic, wires, delivery)

    def unpublished(self, limit: int) -> list[OutboxRow]:
        """The oldest records without an acknowledgement."""
        return parcels.waiting(self.sql, limit)

    def count_unpublished(self, delivery: int | None = None, topic: str | None = None) -> int:
        """How many records wait: of one delivery, for one topic, or all."""
        found = self.sql.execute(
            "SELECT coalesce(sum(waiting), 0) FROM parcel"
            " WHERE waiting > 0 AND delivery = coalesce(?, delivery) AND topic = coalesce(?, topic)",
            (delivery, topic),
        )
        return int(found.fetchone()[0])

    def mark_published(self, places: Sequence[tuple[int, int, int]]) -> None:
        """Note (partition, offset, number) of acknowledged records; positions are past them then."""
        with self.transaction():
            ends = parcels.mark(self.sql, places)
            self.sql.executemany(
                "INSERT INTO position VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET next_offset = max(next_offset, excluded.next_offset)",
                [(topic, partition, offset + 1) for (topic, partition), offset in ends.items()],
            )

    def take_back(self, delivery: int, event: str, key: str) -> None:
        """Undo what a delivery said of an entity, unless it was refused; its records are not sent."""
        where, values = "WHERE delivery = ? AND event = ? AND key = ?", (delivery, event, key)
        numbers = self.sql.execute(f"SELECT outbox_seq FROM fate {where} AND outbox_seq IS NOT NULL", values)  # noqa: S608
        parcels.take_back(self.sql, [number for (number,) in numbers.fetchall()])
        self.sql.execute(f"DELETE FROM fate {where} AND outcome <> 'rejected'", values)  # noqa: S608

    # ------------------------------------------------------------------------------------------------ deliveries

    def find_deliveries(self, name: str) -> list[DeliveryState]:
        """Deliveries meant by what a person typed: the id, the file's name, or the end of the id."""
        known = self.deliveries()
        exact = [entry for entry in known if entry.id == name]
        return exact or [entry for entry in known if entry.file == name or entry.id.endswith(name)]

    def deliveries(self) -> list[DeliveryState]:
        """All deliveries in the order they were taken."""
        return self._deliveries("1 = 1", ())

    def delivery_by_id(self, delivery: str) -> DeliveryState | None:
        """A delivery by its whole id."""
        return next(iter(self._deliveries("id = ?", (delivery,))), None)

    def deliveries_of(self, source: str, file: str) -> list[DeliveryState]:
        """What came of a source under one name, in the order it was taken."""
        return self._deliveries("source = ? AND file = ?", (source, file))

    def deliveries_in(self, state: str, source: str | None = None) -> list[DeliveryState]:
        """Deliveries in a state, of one source or of all."""
        return self._deliveries("state = ? AND source = coalesce(?, source)", (state, source))

    def rows_of_last(self, source: str, load: str, count: int) -> list[int]:
        """Rows of the last deliveries of a source that were taken."""
        rows = self.sql.execute(
            "SELECT json_extract(report, '$.rows_read') FROM delivery WHERE source = ?"
            " AND state IN ('READ', 'COMPLETED', 'HELD') AND json_extract(report, '$.load') = ?"
            " ORDER BY seq DESC LIMIT ?",
            (source, load, count),
        )
        return [int(number) for (number,) in rows]

    def last_success(self, source: str) -> datetime | None:
        """When a delivery of a source was last complete or held."""
        found = self.sql.execute(
            "SELECT max(json_extract(report, '$.ended_at')) FROM delivery"
            " WHERE source = ? AND state IN ('COMPLETED', 'HELD')",
            (source,),
        ).fetchone()[0]
        return datetime.fromisoformat(found) if found else None

    def latest_delivery(self, source: str) -> DeliveryState | None:
        """The delivery of a source that was begun last."""
        newest = "source = ? AND begun_at = (SELECT max(begun_at) FROM delivery WHERE source = ?)"
        return next(iter(self._deliveries(newest, (source, source))), None)

    def later_delivery(self, source: str, day: str) -> str | None:
        """File of a delivery of that source for a later day that is done already."""
        found = self._deliveries("source = ? AND day > ? AND state IN ('READ', 'COMPLETED', 'HELD')", (source, day))
        return found[-1].file if found else None

    def _deliveries(self, where: str, values: tuple[Any, ...]) -> list[DeliveryState]:
        columns = "seq, id, source, event, file, sha256, day, state, reason, begun_at, mapping, report"
        rows = self.sql.execute(f"SELECT {columns} FROM delivery WHERE {where} ORDER BY seq", values)  # noqa: S608
        return [DeliveryState(*(*row[:-1], json.loads(row[-1]))) for row in rows]

    def begin_delivery(self, values: dict[str, Any]) -> int:
        """Enter a delivery as BEGUN, or begin it once more; returns its number."""
        done = self.sql.execute(
            "INSERT INTO delivery (id, source, event, file, sha256, day, state, reason, begun_at, mapping, report)"
            " VALUES (:id, :source, :event, :file, :sha256, :day, 'BEGUN', NULL, :begun_at, :mapping, :report)"
            " ON CONFLICT (id) DO UPDATE SET state = 'BEGUN', reason = NULL, begun_at = excluded.begun_at,"
            " mapping = excluded.mapping, report = excluded.report RETURNING seq",
            values,
        )
        return int(done.fetchone()[0])

    def set_delivery(self, seq: int, state: str, reason: str | None, report: dict[str, Any]) -> None:
        """Change state and report of a delivery."""
        self.sql.execute(
            "UPDATE delivery SET state = ?, reason = ?, report = ? WHERE seq = ?", (state, reason, dump(report), seq)
        )

    # ------------------------------------------------------------------------------------------------ held ends

    def hold(self, delivery: int, event: str, keys: Iterable[str]) -> None:
        """Keep back the ends of these entities until somebody approves them or a later delivery settles it."""
        self.sql.executemany("INSERT INTO held VALUES (?, ?, ?)", [(delivery, event, key) for key in sorted(keys)])

    def held(self, delivery: int) -> list[str]:
        """Entities whose end a delivery holds back and that are still active."""
        rows = self.sql.execute(
            "SELECT held.key FROM held JOIN entity USING (event, key) WHERE delivery = ? AND ended = 0 ORDER BY 1",
            (delivery,),
        )
        return [key for (key,) in rows]

    def release(self, delivery: int) -> None:
        """Forget what a delivery holds back."""
        self.sql.execute("DELETE FROM held WHERE delivery = ?", (delivery,))

    def add_approval(self, delivery: int, ceiling: int, released: int, at: str) -> None:
        """Note who was let through: the ceiling an operator set, and how many ends it released."""
        self.sql.execute("INSERT INTO approval VALUES (?, ?, ?, ?)", (delivery, ceiling, released, at))

    # ------------------------------------------------------------------------------------------------ admissions

    def admit(self, delivery: DeliveryState, ceiling: int, at: str) -> None:
        """Let a stopped delivery through at its next reading, if not more than so many are found."""
        values = (delivery.seq, delivery.source, delivery.reason, ceiling, at)
        self.sql.execute("INSERT INTO admission VALUES (?, ?, ?, ?, ?)", values)

    def admitted(self, source: str, delivery: int | None) -> dict[str, int]:
        """Code to the number an operator allowed, of one delivery or of any of the source."""
        return dict(
            self.sql.execute(
                "SELECT code, max(ceiling) FROM admission WHERE source = ? AND delivery = coalesce(?, delivery)"
                " GROUP BY code",
                (source, delivery),
            )
        )

    def forget_admissions(self, source: str, delivery: int | None) -> None:
        """What was allowed is used up."""
        self.sql.execute(
            "DELETE FROM admission WHERE source = ? AND delivery = coalesce(?, delivery)", (source, delivery)
        )

    # ------------------------------------------------------------------------------------------------ fates

    def add_fates(self, rows: Iterable[Sequence[Any]]) -> None:
        """Store (delivery, event, key, outcome, code, column, line, version, outbox number, time)."""
        self.sql.executemany("INSERT INTO fate VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def history(self, key: str, event: str | None = None) -> list[RowFate]:
        """Fates of an entity's rows, oldest first. Unchanged rows leave none."""
        rows = self.sql.execute(
            "SELECT delivery.id, file, fate.event, fate.key, outcome, code, column_name, line, version, at,"
            " topic, count, places, outbox_seq - first FROM fate JOIN delivery ON delivery.seq = fate.delivery"
            " LEFT JOIN parcel ON first = (SELECT max(first) FROM parcel WHERE first <= outbox_seq)"
            " WHERE fate.key = ? AND (? IS NULL OR fate.event = ?) ORDER BY at, line, version",
            (key, event, event),
        )
        found: list[RowFate] = []
        for *told, topic, count, places, at in rows:
            fate: tuple[Any, ...] = (*told, *_place(topic, count, places, at))
            found.append(RowFate(*fate))
        return found

    def keys(self) -> list[str]:
        """Identifiers of all entities with a fate."""
        return [key for (key,) in self.sql.execute("SELECT DISTINCT key FROM fate WHERE key IS NOT NULL")]

    def forget_old(self, now: datetime) -> None:
        """Drop fates and places of acknowledged records after 30 days."""
        oldest = (now.astimezone(UTC) - timedelta(days=_KEEP_DAYS)).isoformat()
        with self.transaction():
            # They lie in the order of their time: nobody has to look at the younger ones.
            self.sql.execute(
                "DELETE FROM fate WHERE rowid < coalesce((SELECT rowid FROM fate WHERE at >= ? ORDER BY rowid LIMIT 1),"
                " (SELECT max(rowid) + 1 FROM fate))",
                (oldest,),
            )
            parcels.forget(self.sql, oldest)


def dump(value: Any) -> str:
    """JSON for a column."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _place(topic: str | None, count: int, places: bytes, at: int) -> tuple[str | None, int | None, int | None]:
    """Topic of a record's parcel, and partition and offset once they are known; nothing if the parcel is gone."""
    if topic is None or at >= count:
        return None, None, None
    partition, offset = Places.read(places, count).of(at) or (None, None)
    return topic, partition, offset
