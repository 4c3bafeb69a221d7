"""Takes one delivery: read → examine → compare → outbox, as one local transaction. Nothing is sent here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from connectors.agreement import is_forgotten
from connectors.compare import Outcome, hold_reason
from connectors.contract.delivery import Delivery
from connectors.contract.reading import Reading, SumsItself
from connectors.contract.source import Source
from connectors.deliveries import DeliveryState, dump
from connectors.errors import Retry, Stop
from connectors.examine import in_batches
from connectors.expected import (
    LAST_DELIVERIES,
    Unexpected,
    require_expected,
    require_no_old_bytes,
    require_ours,
    usual_rows,
)
from connectors.file_hashes import sha256_of
from connectors.lookups import read_lookups
from connectors.mapping.row_mapping import RowMapping
from connectors.offered import Offered
from connectors.outgoing import Outgoing
from connectors.report import Position, begun, put_report
from connectors.rows import Rows
from connectors.state import State
from connectors.state_away import trouble
from schemas.jobcenter import Jobcenter

_BATCH = 2000
# So many rows of a full delivery refused: it is hardly the data's fault.
_DOUBTFUL_SHARE, _DOUBTFUL_ROWS = 0.20, 20

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
        Retry: the other side is away, or the file is locked; nothing has changed.
        sqlite3.Error: the state file cannot be written; nothing has changed.
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
            with state.taking():
                intake = _Intake(state, mapping, delivery, seq, report, today, now)
                reading = source.read(delivery)
                intake.run(reading, stop, progress)
                if delivery.path is not None and not _is_what_was_listed(reading, delivery, delivery.path):
                    raise Retry("E301", f"{delivery.file} changed while it was read")
            return Taken(seq, report)
        except Stop as error:
            refusal = error
        except OSError as error:
            # What cannot be opened today is not refused: tomorrow no program may hold it.
            unread = Retry("E301", f"{delivery.file}: {error.strerror or type(error).__name__}")
            raise (trouble(error, state.path) or unread) from error
    if refusal is not None:
        with state.transaction():
            report.update(state="REFUSED", reason=refusal.code, ended_at=datetime.now(UTC).isoformat())
            told: dict[str, Any] = {"what": refusal.what}
            if isinstance(refusal, Unexpected):
                told["asked"] = refusal.asked
            state.deliveries.set(seq, "REFUSED", refusal.code, {**report, **told})
            put_report(state, seq, report)
    return Taken(seq, report)


def finish(state: State, taken: DeliveryState) -> dict[str, Any]:
    """Report a delivery as done; call it when all of its records are acknowledged."""
    report = {**taken.report, "ended_at": datetime.now(UTC).isoformat()}
    with state.transaction():
        state.deliveries.set(taken.seq, report["state"], report["reason"], report)
        put_report(state, taken.seq, report)
        state.erase_spent()
    return report


def _begin(state: State, delivery: Delivery, report: dict[str, Any], mapping: RowMapping | None, now: datetime) -> int:
    known = state.deliveries.by_id(delivery.id)
    if known is not None and known.state == "BEGUN":
        return known.seq  # begun before a crash; said already
    with state.transaction():
        seq = state.deliveries.begin(
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


def _is_what_was_listed(reading: Reading, delivery: Delivery, path: Path) -> bool:
    """Whether what was read is it; where the reading cannot tell, whether what lies there now is."""
    read = reading.check_sum if isinstance(reading, SumsItself) else None
    if read is None or delivery.check_sum is None:
        return sha256_of(path) == delivery.sha256
    return read == delivery.check_sum


def _is_doubtful(rows: int, rejected: int) -> bool:
    return rows >= _DOUBTFUL_ROWS and rejected > _DOUBTFUL_SHARE * rows


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
    ) -> None:
        self.state, self.mapping, self.delivery, self.seq, self.report = state, mapping, delivery, seq, report
        self.event, self.now, self.day = mapping.config.event, now, delivery.day or today
        epoch = mapping.jobcenter.epoch
        self.out = Outgoing(
            state, mapping.jobcenter.id, self.event, delivery.source, epoch, seq, delivery.id, delivery.file
        )
        self.rows = Rows(state, mapping, self.out, self.day, now)
        self.tally = self.rows.tally

    def run(self, reading: Reading, stop: threading.Event | None, progress: Progress | None) -> None:
        """Read all rows, settle what is missing, and store the report."""
        offered = self.state.offered(self.event, self.delivery.source, self.mapping.jobcenter.epoch)
        self.rows.pass_over(reading, offered)
        for batch in in_batches(reading, _BATCH):
            if stop is not None and stop.is_set():
                raise Interrupted
            self.rows.take(batch)
            if progress is not None:
                progress(self.tally.rows)
        self._refuse_if_outdated(reading)
        expect = self.mapping.config.expect
        usual = self._usual_rows(reading) if expect.rows.change is not None else None
        self._refuse_if_unexpected(reading, usual, offered)
        too_few = expect.rows.too_few(self.tally.rows, usual)
        reason = None
        if self.tally.rows and too_few:
            self.tally.positions.insert(0, Position("E504", None, None))
        if self.tally.rows and not reading.complete:
            self.tally.positions.insert(0, Position("E302", None, None))
        if reading.load == "full" and _is_doubtful(self.tally.rows, self.tally.outcomes[Outcome.REJECTED]):
            self.tally.positions.insert(0, Position("W320", None, None))
        if reading.load == "full":
            # A row without a readable key may be that of any entity that seems to be missing.
            reason = self._settle_missing(offered, reading.complete and not self.rows.is_missing_keys, too_few)
        if self.tally.rows == 0 and reading.load == "full" and reason is None:
            raise Stop("E306", f"{self.delivery.file} has no rows")
        self._store(reading, reason)

    def _refuse_if_outdated(self, reading: Reading) -> None:
        """A complete list of an earlier day would bring back what has changed since.

        So would changes of an earlier day, if nobody can tell any more whether they were taken then.
        """
        day = self.delivery.day
        if day is None or self.mapping.config.version is not None:
            return
        if reading.load != "full" and not is_forgotten(self.state, day):
            return
        later = self.state.deliveries.later(self.delivery.source, day.isoformat())
        if later is not None:
            raise Stop("E311", f"{self.delivery.file} is older than {later}")

    def _usual_rows(self, reading: Reading) -> float | None:
        return usual_rows(
            self.state.deliveries.rows_of_last(self.delivery.source, reading.load.upper(), LAST_DELIVERIES)
        )

    def _refuse_if_unexpected(self, reading: Reading, usual: float | None, offered: Offered) -> None:
        """What is not as promised is stopped as a whole; its report still tells which rows were refused, and why."""
        # What is fetched anew each time is not the delivery that was allowed: then the word holds for the next one.
        named = self.seq if self.delivery.moment is None else None
        allowed = self.state.approvals.admitted(self.delivery.source, named)
        try:
            require_expected(self.mapping.config.expect, self.tally, usual, allowed, self.delivery.file)
            if reading.load == "full":
                missing, outcomes = len(offered.missing(self.rows.said)), self.tally.outcomes
                require_ours(len(offered) - missing, len(offered), outcomes[Outcome.NEW], allowed, self.delivery.file)
                older = self.state.deliveries.same_before_the_last(self.delivery.source, self.delivery.sha256)
                undone = missing + outcomes[Outcome.NEW] + outcomes[Outcome.CHANGED]
                require_no_old_bytes(older, undone, allowed, self.delivery.file)
        except Unexpected as error:
            self.tally.positions.insert(0, Position(error.code, None, error.column))
            refused = ("rows_read", "rejected", "rejected_by_code", "findings")
            values = self.tally.values()
            self.report.update({name: values[name] for name in refused}, load=reading.load.upper())
            raise
        self.state.approvals.forget_admissions(self.delivery.source, named)

    def _settle_missing(self, offered: Offered, complete: bool, too_few: bool) -> str | None:
        """End what the full delivery does not list, or hold that back (rule V13). Returns the reason to hold."""
        missing = sorted(offered.missing(self.rows.said))
        reason = hold_reason(
            complete=complete, rows=self.tally.rows, vanished=len(missing), active=len(offered), too_few=too_few
        )
        # The newest list decides on what older ones held back.
        self._settle_older_holds()
        if reason is not None:
            self.state.approvals.hold(self.seq, self.event, missing)
            self.tally.held = len(missing)
        else:
            self.tally.vanished = self.out.end_vanished(missing, self.day, self.now)
        return reason

    def _settle_older_holds(self) -> None:
        for older in self.state.deliveries.in_state("HELD", self.delivery.source):
            self.state.approvals.release(older.seq)
            report = {**older.report, "state": "COMPLETED", "held": 0}
            self.state.deliveries.set(older.seq, "COMPLETED", older.reason, report)
            put_report(self.state, older.seq, report)

    def _store(self, reading: Reading, reason: str | None) -> None:
        self.report.update(
            self.tally.values(),
            state="HELD" if reason else "COMPLETED",
            reason=reason,
            complete=reading.complete,
            load=reading.load.upper(),
            unmapped_columns=list(reading.unmapped)[:200],
        )
        self.state.deliveries.set(self.seq, "READ", reason, self.report)
        self.state.erase_spent()
