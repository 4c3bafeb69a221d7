"""An operator's word on what waits for it, held withdrawals (rule V13) or a stopped delivery: so many are right."""

from __future__ import annotations

from datetime import UTC, date, datetime

from connectors.deliveries import DeliveryState, dump
from connectors.outgoing import Outgoing
from connectors.report import begun, put_report
from connectors.state import State
from schemas.jobcenter import Jobcenter
from schemas.topics import Event

LEFT = "source-removed"
"""Stands where a file's name would, for ends that somebody decided on."""
EVENTS: tuple[Event, ...] = ("vacancy", "measure", "placement")


class TooMany(Exception):
    """More withdrawals, or rows, wait than the operator allowed."""

    def __init__(self, waiting: int, ceiling: int) -> None:
        super().__init__(f"{waiting} wait; the ceiling is {ceiling}")
        self.waiting, self.ceiling = waiting, ceiling


def approve(state: State, jobcenter: Jobcenter, held: DeliveryState, *, ceiling: int, today: date) -> int:
    """Release the withdrawals a delivery holds back into the outbox; `jobhub run` sends them. Returns how many.

    Raises:
        TooMany: more wait than `ceiling`; nothing has changed.
    """
    now = datetime.now(UTC)
    day = date.fromisoformat(held.day) if held.day else today
    with state.transaction():
        keys = state.approvals.held(held.seq)
        if len(keys) > ceiling:
            raise TooMany(len(keys), ceiling)
        out = Outgoing(
            state,
            jobcenter.id,
            jobcenter.sources[held.source].event,
            held.source,
            jobcenter.epoch,
            held.seq,
            held.id,
            held.file,
        )
        released = out.end_vanished(keys, day, now)
        report = {
            **held.report,
            "state": "COMPLETED",
            "held": 0,
            "sent_ended": held.report["sent_ended"] + released,
            "ended_at": now.isoformat(),
        }
        state.approvals.release(held.seq)
        state.approvals.add(held.seq, ceiling, released, now.isoformat())
        state.deliveries.set(held.seq, "COMPLETED", held.reason, report)
        put_report(state, held.seq, report)
        state.erase_spent()
    return released


def end_left(state: State, jobcenter: Jobcenter, source: str, *, ceiling: int, today: date) -> int:
    """End what a source left open that is gone from the Jobcenter's file; `jobhub run` sends it. Returns how many.

    Raises:
        TooMany: more is open than `ceiling`; nothing has changed.
    """
    now = datetime.now(UTC)
    with state.transaction():
        waiting = {event: state.active(event, source) for event in EVENTS}
        count = sum(map(len, waiting.values()))
        if count > ceiling:
            raise TooMany(count, ceiling)
        for event, keys in waiting.items():
            if keys:
                _end_all(state, jobcenter, source, event, keys, today, now)
        state.erase_spent()
    return count


def _end_all(
    state: State, jobcenter: Jobcenter, source: str, event: Event, keys: list[str], today: date, now: datetime
) -> None:
    """Somebody's decision is a delivery of its own, so that the ledger and `trace` can name it."""
    id_ = f"{source}/{LEFT}/{event}/{now:%Y-%m-%dT%H-%M-%S}"
    report = begun(
        jobcenter=jobcenter.id,
        delivery=id_,
        source=source,
        event=event,
        file=LEFT,
        sha256=None,
        day=None,  # a file that comes later is judged by itself, whatever its day
        load="full",
        begun_at=now,
    )
    seq = state.deliveries.begin(
        {
            "id": id_,
            "source": source,
            "event": event,
            "file": LEFT,
            "sha256": None,
            "day": report["day"],
            "begun_at": now.isoformat(),
            "mapping": None,
            "report": dump(report),
        }
    )
    put_report(state, seq, report)
    out = Outgoing(state, jobcenter.id, event, source, jobcenter.epoch, seq, id_, LEFT)
    released = out.end_vanished(keys, today, now)
    # Reported as done when all of it is acknowledged, as any delivery is.
    report |= {"state": "COMPLETED", "complete": True, "sent_ended": released}
    state.deliveries.set(seq, "READ", None, report)


def admit(state: State, stopped: DeliveryState, *, ceiling: int) -> int:
    """Let a stopped delivery through; `jobhub run` reads it once more. Returns how many rows are concerned.

    Raises:
        TooMany: more than `ceiling` rows are refused (E503), there (E505), new (E506) or undone (E507); nothing
            has changed.
    """
    asked = int(stopped.report["asked"])
    if asked > ceiling:
        raise TooMany(asked, ceiling)
    with state.transaction():
        state.approvals.admit(stopped, ceiling, datetime.now(UTC).isoformat())
    return asked
