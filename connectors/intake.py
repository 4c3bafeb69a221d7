"""Takes one delivery: read → examine → compare → outbox, as one local transaction. Nothing is sent here."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from connectors.base import Broken, Delivery, Reading, Row, Source, sha256_of
from connectors.compare import SENT, Outcome, decide, hold_reason
from connectors.errors import Retry, Stop
from connectors.examine import Examined, check_rules, identify, in_batches, map_row
from connectors.lookups import read_lookups
from connectors.mapping import RowMapping
from connectors.outgoing import Outgoing, ended, fingerprint, read_body
from connectors.report import Position, Tally, begun, put_report
from connectors.state import DeliveryState, Remembered, State, dump
from schemas import rules
from schemas.jobcenter import Jobcenter

_BATCH = 500
# A row that one and the same key names a second time in a file without versions, and what the first one said.
_Seen = tuple[str | None, Outcome, int]

Progress = Callable[[int], None]


class Interrupted(Exception):
    """The runner was asked to stop; the delivery is taken again from its beginning next time."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery in the state file after it was taken."""

    seq: int
    report: dict[str, Any]


def take(
    state: State,
    jobcenter: Jobcenter,
    source: Source,
    delivery: Delivery,
    *,
    folder: Path,
    today: date,
    stop: threading.Event | None = None,
    progress: Progress | None = None,
) -> Taken:
    """Take one delivery. When this returns, everything it leads to is durable and waits in the outbox.

    Raises:
        Retry: the other side is away; nothing has changed.
        Interrupted: asked to stop; nothing has changed.
    """
    config, now = jobcenter.sources[delivery.source], datetime.now(UTC)
    report = begun(
        jobcenter=jobcenter.id,
        delivery=delivery.id,
        source=delivery.source,
        event=config.event,
        file=delivery.file,
        sha256=delivery.sha256,
        day=delivery.day,
        load=delivery.load,
        begun_at=now,
    )
    mapping: RowMapping | None = None
    refusal: Stop | None = None
    try:
        mapping = RowMapping(jobcenter, delivery.source, read_lookups(jobcenter.lookups, folder))
    except Stop as error:
        refusal = error
    seq = _begin(state, delivery, report, mapping, now)
    if mapping is not None:
        try:
            with state.transaction():
                _Intake(state, mapping, delivery, seq, report, today, now, stop, progress).run(source.read(delivery))
                if delivery.path is not None and sha256_of(delivery.path) != delivery.sha256:
                    raise Retry("E301", f"{delivery.file} changed while it was read")
            return Taken(seq, report)
        except Stop as error:
            refusal = error
    if refusal is not None:
        with state.transaction():
            report.update(state="REFUSED", reason=refusal.code, ended_at=datetime.now(UTC).isoformat())
            state.set_delivery(seq, "REFUSED", refusal.code, {**report, "what": refusal.what})
            put_report(state, seq, report)
    return Taken(seq, report)


def finish(state: State, taken: DeliveryState) -> dict[str, Any]:
    """Report a delivery as done; call it when all of its records are acknowledged."""
    report = {**taken.report, "ended_at": datetime.now(UTC).isoformat()}
    with state.transaction():
        state.set_delivery(taken.seq, report["state"], report["reason"], report)
        put_report(state, taken.seq, report)
    return report


def _begin(state: State, delivery: Delivery, report: dict[str, Any], mapping: RowMapping | None, now: datetime) -> int:
    known = state.delivery_by_id(delivery.id)
    if known is not None and known.state == "BEGUN":
        return known.seq  # begun before a crash; said already
    with state.transaction():
        seq = state.begin_delivery(
            {
                "id": delivery.id,
                "source": delivery.source,
                "event": report["event"],
                "file": delivery.file,
                "sha256": delivery.sha256,
                "day": report["day"],
                "begun_at": now.isoformat(),
                "mapping": mapping.fingerprint if mapping else None,
                "report": dump(report),
            }
        )
        put_report(state, seq, report)
    return seq


class _Intake:
    """The work on one delivery, inside its transaction."""

    def __init__(
        self,
        state: State,
        mapping: RowMapping,
        delivery: Delivery,
        seq: int,
        report: dict[str, Any],
        today: date,
        now: datetime,
        stop: threading.Event | None,
        progress: Progress | None,
    ) -> None:
        self.state, self.mapping, self.delivery, self.seq, self.report = state, mapping, delivery, seq, report
        self.now, self.stop, self.progress = now, stop, progress
        self.event, self.jobcenter = mapping.config.event, mapping.jobcenter
        self.day = delivery.day or today
        self.tally = Tally()
        self.seen: dict[str, _Seen] = {}
        self.before: dict[str, Remembered | None] = {}
        self.out = Outgoing(
            state, self.jobcenter.id, self.event, delivery.source, self.jobcenter.epoch, seq, delivery.id, delivery.file
        )
        # Only where the source keeps no versions and says nothing of ends can an equal row be passed over unread.
        self.skips_equal_rows = mapping.config.version is None and mapping.config.action is None

    @cached_property
    def known_active(self) -> set[str]:
        """Active entities of this source before the delivery."""
        return self.state.active_keys(self.event, self.delivery.source)

    def run(self, reading: Reading) -> None:
        """Read all rows, settle what is missing, and store the report."""
        _ = self.known_active
        for batch in in_batches(reading, _BATCH):
            if self.stop is not None and self.stop.is_set():
                raise Interrupted
            self._batch(batch)
            if self.progress is not None:
                self.progress(self.tally.rows)
        self._refuse_if_outdated(reading)
        complete = reading.complete and self.tally.rows >= self.mapping.config.rows_min
        reason = None
        if self.tally.rows and not reading.complete:
            self.tally.positions.insert(0, Position("E302", None, None))
        if reading.load == "full":
            reason = self._settle_missing(complete)
        if self.tally.rows == 0 and reading.load == "full" and reason is None:
            raise Stop("E306", f"{self.delivery.file} has no rows")
        self._store(reading, complete, reason)

    # ------------------------------------------------------------------------------------------------ rows

    def _batch(self, batch: list[Row | Broken]) -> None:
        found = [identify(self.mapping, row) for row in batch]
        self.tally.rows += len(found)
        known = self.state.remembered(self.event, {one.key for one in found if one.key is not None})
        waiting: list[tuple[Examined, bytes | None]] = []
        for one in found:
            row_hash = self._row_hash(one)
            one.equal_to = self._hash_if_equal(one, row_hash, known)
            if one.equal_to is None:
                map_row(self.mapping, one)
            waiting.append((one, row_hash))
        check_rules(self.mapping, found)
        for one, row_hash in waiting:
            self._settle(one, row_hash, known)

    def _row_hash(self, one: Examined) -> bytes | None:
        if one.row is None or one.code is not None or not self.skips_equal_rows or one.row.ends:
            return None
        cells = one.row.values.values()
        try:
            text = "\x1f".join(cells)
        except TypeError:
            text = "\x1f".join(map(repr, cells))
        return hashlib.blake2b(
            text.encode("utf-8", "surrogatepass"), key=self.mapping.fingerprint, digest_size=16
        ).digest()

    def _hash_if_equal(self, one: Examined, row_hash: bytes | None, known: dict[str, Remembered]) -> str | None:
        """Content hash of the last event, if it was made from a row just like this one."""
        last = known.get(one.key or "")
        if last is None or row_hash is None or row_hash != last.row_hash:
            return None
        return last.known.hash if not last.known.ended and last.known.epoch == self.jobcenter.epoch else None

    def _settle(self, one: Examined, row_hash: bytes | None, known: dict[str, Remembered]) -> None:
        """Count a row and, if it says something new, send it."""
        key = one.key
        last = known.get(key) if key is not None else None
        if one.ending is not None and key is not None:
            self._settle_end(one, last, known)
            return
        if one.code is not None or key is None:
            self._reject(one, one.code or "E208", one.column, known)
            return
        record = one.record
        if one.equal_to is not None and not self._contradicts(one, one.equal_to, known):
            self._count(key, Outcome.UNCHANGED, one.equal_to, one.line)
        if record is None:
            return
        hash_ = fingerprint(self.event, record)
        if self._contradicts(one, hash_, known):
            return
        decision = decide(
            last.known if last else None,
            epoch=self.jobcenter.epoch,
            version=one.version,
            fingerprint=hash_,
            ended=False,
        )
        if decision.outcome in SENT:
            time = (self.mapping.modified(one.row.values) if one.row else None) or self.now
            self.before.setdefault(key, last)
            sent = self.out.send(record, decision, hash_, line=one.line, time=time, row_hash=row_hash)
            if decision.outcome is not Outcome.OTHER:
                known[key] = sent
        else:
            if decision.outcome is Outcome.DUPLICATE:
                self.out.note(key, Outcome.DUPLICATE, line=one.line, version=decision.version)
            elif last is not None and row_hash is not None:
                known[key] = Remembered(last.known, row_hash, last.body, last.source)
                self.out.remember(key, known[key])
        self._count(key, decision.outcome, hash_, one.line)

    def _settle_end(self, one: Examined, last: Remembered | None, known: dict[str, Remembered]) -> None:
        """An end by row, told from what is known of the entity; only of an unknown one the row itself must do."""
        key, reason = str(one.key), one.ending.reason if one.ending else "UNKNOWN"
        if last is None and one.row is not None and one.row.ends:
            self._count(key, Outcome.UNCHANGED, None, one.line)  # it was never on offer here
            return
        if last is None and one.record is None:
            self._reject(one, one.code or "E101", one.column, known)
            return
        base = one.record if last is None else read_body(self.event, last.body)
        record = ended(base or {}, reason, self.day)
        findings = rules.check(self.event, record)
        if findings:
            self._reject(one, findings[0].code, self.mapping.column_of(findings[0].field), known)
            return
        hash_ = fingerprint(self.event, record)
        decision = decide(
            last.known if last else None, epoch=self.jobcenter.epoch, version=one.version, fingerprint=hash_, ended=True
        )
        if decision.outcome in SENT:
            time = (self.mapping.modified(one.row.values) if one.row else None) or self.now
            sent = self.out.send(record, decision, hash_, line=one.line, time=time, row_hash=None)
            if decision.outcome is not Outcome.OTHER:
                known[key] = sent
        elif decision.outcome is Outcome.DUPLICATE:
            self.out.note(key, Outcome.DUPLICATE, line=one.line, version=decision.version)
        self._count(key, decision.outcome, None, one.line)

    def _contradicts(self, one: Examined, hash_: str, known: dict[str, Remembered]) -> bool:
        """The same key a second time in a file without versions: a repeat, or a contradiction that keeps both out."""
        key = str(one.key)
        if self.mapping.config.version is not None or key not in self.seen:
            return False
        first_hash, outcome, line = self.seen[key]
        if first_hash == hash_:
            self.tally.count(Outcome.DUPLICATE)
            self.out.note(key, Outcome.DUPLICATE, line=one.line)
            return True
        if outcome is not Outcome.REJECTED:
            self._take_back_first(key, outcome, line, known)
        self._refuse_row(key, "E209", self.mapping.key_column, one.line)
        return True

    def _reject(self, one: Examined, code: str, column: str | None, known: dict[str, Remembered]) -> None:
        key = one.key
        if key is not None and key in self.seen and self.mapping.config.version is None:
            # Beside a row that was accepted this one contradicts it, whatever else is wrong with it.
            _, outcome, line = self.seen[key]
            if outcome is not Outcome.REJECTED:
                self._take_back_first(key, outcome, line, known)
        self._refuse_row(key, code, column, one.line)

    def _take_back_first(self, key: str, outcome: Outcome, line: int, known: dict[str, Remembered]) -> None:
        before = self.before.get(key, known.get(key))
        self.out.take_back(key, before)
        known.pop(key, None)
        if before is not None:
            known[key] = before
        self.tally.take_back(outcome)
        self._refuse_row(key, "E209", self.mapping.key_column, line)

    def _refuse_row(self, key: str | None, code: str, column: str | None, line: int) -> None:
        if key is not None:
            self.seen[key] = (None, Outcome.REJECTED, line)
        self.tally.reject(code, line, column)
        self.out.note(key, Outcome.REJECTED, line=line, code=code, column=column)

    def _count(self, key: str, outcome: Outcome, hash_: str | None, line: int) -> None:
        self.seen[key] = (hash_, outcome, line)
        self.tally.count(outcome)

    # ------------------------------------------------------------------------------------------------ the whole

    def _refuse_if_outdated(self, reading: Reading) -> None:
        """A complete list of an earlier day would bring back what has changed since."""
        if reading.load != "full" or self.delivery.day is None or self.mapping.config.version is not None:
            return
        later = self.state.later_delivery(self.delivery.source, self.delivery.day.isoformat())
        if later is not None:
            raise Stop("E311", f"{self.delivery.file} is older than {later}")

    def _settle_missing(self, complete: bool) -> str | None:
        """End what the full delivery does not list, or hold that back (rule V13). Returns the reason to hold."""
        missing = sorted(self.known_active - self.seen.keys())
        reason = hold_reason(
            complete=complete, rows=self.tally.rows, vanished=len(missing), active=len(self.known_active)
        )
        # The newest list decides on what older ones held back.
        self._settle_older_holds()
        if reason is not None:
            self.state.hold(self.seq, self.event, missing)
            self.tally.held = len(missing)
        else:
            self.tally.vanished = self.out.end_vanished(missing, self.day, self.now)
        return reason

    def _settle_older_holds(self) -> None:
        for older in self.state.deliveries_in("HELD", self.delivery.source):
            self.state.release(older.seq)
            report = {**older.report, "state": "COMPLETED", "held": 0}
            self.state.set_delivery(older.seq, "COMPLETED", older.reason, report)
            put_report(self.state, older.seq, report)

    def _store(self, reading: Reading, complete: bool, reason: str | None) -> None:
        self.report.update(
            self.tally.values(),
            state="HELD" if reason else "COMPLETED",
            reason=reason,
            complete=complete,
            load=reading.load.upper(),
            unmapped_columns=list(reading.unmapped)[:200],
        )
        self.state.set_delivery(self.seq, "READ", reason, self.report)
