"""An operator's word on what waits for it, held withdrawals (rule V13) or a stopped delivery: so many are right."""

from __future__ import annotations

from datetime import UTC, date, datetime

from connectors.outgoing import Outgoing
from connectors.report import put_report
from connectors.state import DeliveryState, State
from schemas.jobcenter import Jobcenter


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
        keys = state.held(held.seq)
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
        state.release(held.seq)
        state.add_approval(held.seq, ceiling, released, now.isoformat())
        state.set_delivery(held.seq, "COMPLETED", held.reason, report)
        put_report(state, held.seq, report)
    return released


def admit(state: State, stopped: DeliveryState, *, ceiling: int) -> int:
    """Let a stopped delivery through; `jobhub run` reads it once more. Returns how many rows are concerned.

    Raises:
        TooMany: more than `ceiling` rows are refused (E503) or there (E505); nothing has changed.
    """
    asked = int(stopped.report["asked"])
    if asked > ceiling:
        raise TooMany(asked, ceiling)
    with state.transaction():
        state.admit(stopped, ceiling, datetime.now(UTC).isoformat())
    return asked
