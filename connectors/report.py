"""The report on one delivery: counts and positions, never a value. It goes to the hub and into the ledger."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from connectors.compare import Outcome
from connectors.state import State
from schemas import topics
from schemas.codec import Record, codec
from schemas.envelope import Origin, new_traceparent, raw_headers
from schemas.identity import event_id

POSITIONS_MAX = 1000


@dataclass(frozen=True, slots=True)
class Position:
    """Where a row was refused, and why."""

    code: str
    line: int | None
    column: str | None


@dataclass(slots=True)
class Tally:
    """Counts of a delivery while it is read."""

    rows: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    causes: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    """Refused rows by code and column."""
    positions: list[Position] = field(default_factory=list)
    vanished: int = 0
    held: int = 0

    def count(self, outcome: Outcome, rows: int = 1) -> None:
        """So many rows more with this outcome."""
        self.outcomes[outcome] += rows

    def reject(self, code: str, line: int | None, column: str | None) -> None:
        """One row more was refused."""
        self.outcomes[Outcome.REJECTED] += 1
        self.codes[code] += 1
        self.causes[code, column] += 1
        if len(self.positions) < POSITIONS_MAX:
            self.positions.append(Position(code, line, column))

    def remark(self, code: str, line: int | None, column: str | None) -> None:
        """Something worth a look; no row is refused for it."""
        if len(self.positions) < POSITIONS_MAX:
            self.positions.append(Position(code, line, column))

    def take_back(self, outcome: Outcome) -> None:
        """A row counted before turned out to contradict a later one."""
        self.outcomes[outcome] -= 1

    def values(self) -> dict[str, Any]:
        """The counts under the names of the delivery schema."""
        return {
            "rows_read": self.rows,
            "sent_new": self.outcomes[Outcome.NEW],
            "sent_changed": self.outcomes[Outcome.CHANGED],
            "sent_ended": self.outcomes[Outcome.ENDED] + self.vanished,
            "sent_other": self.outcomes[Outcome.OTHER],
            "unchanged": self.outcomes[Outcome.UNCHANGED],
            "duplicate": self.outcomes[Outcome.DUPLICATE],
            "rejected": self.outcomes[Outcome.REJECTED],
            "held": self.held,
            "rejected_by_code": [{"code": code, "count": count} for code, count in sorted(self.codes.items())],
            "findings": [{"code": at.code, "line": at.line, "column": at.column} for at in self.positions],
        }


def begun(
    *,
    jobcenter: str,
    delivery: str,
    source: str,
    event: str,
    file: str,
    sha256: str | None,
    day: date | None,
    load: str,
    begun_at: datetime,
) -> dict[str, Any]:
    """The report a delivery starts with. Days and times are text, so that the ledger can keep it as JSON."""
    return {
        "jobcenter": jobcenter,
        "delivery": delivery,
        "source": source,
        "event": event,
        "file": file,
        "sha256": sha256,
        "day": day.isoformat() if day else None,
        "load": load.upper(),
        "state": "BEGUN",
        "complete": False,
        "begun_at": begun_at.astimezone(UTC).isoformat(),
        "ended_at": None,
        **Tally().values(),
        "unmapped_columns": [],
        "reason": None,
    }


def put_report(state: State, seq: int, report: dict[str, Any]) -> None:
    """Add a report to the outbox. Call it inside the transaction that changes the delivery."""
    jobcenter, source = report["jobcenter"], report["source"]
    now = datetime.now(UTC)
    headers = raw_headers(
        event="delivery",
        event_id=event_id(jobcenter, "delivery", report["delivery"], seq, 0, f"{report['state']} {report['held']}"),
        key=source,
        source=f"/jobcenter/{jobcenter}/{source}",
        time=now,
        ended=False,
        origin=Origin(report["delivery"], report["file"], None),
        traceparent=new_traceparent(),
    )
    state.put(topics.delivery(jobcenter), source, codec("delivery").encode(as_record(report)), headers, seq)


def as_record(report: dict[str, Any]) -> Record:
    """The report in the types of the delivery schema."""
    return {
        **report,
        "day": date.fromisoformat(report["day"]) if report["day"] else None,
        "begun_at": datetime.fromisoformat(report["begun_at"]),
        "ended_at": datetime.fromisoformat(report["ended_at"]) if report["ended_at"] else None,
    }
