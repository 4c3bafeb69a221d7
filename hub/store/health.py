"""Whether the hub is well, as operators ask: who is silent, what is held, what waits, and does the ledger add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg import AsyncConnection

from schemas.due import next_due, overdue_since
from schemas.expect import STOPPED
from schemas.jobcenter import Jobcenter


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """The last delivery of one source, and what became of it. `None`: there was none yet."""

    jobcenter: str
    source: str
    event: str
    every_hours: float
    delivery: str | None
    state: str | None
    reason: str | None
    age_hours: float | None
    new: int
    changed: int
    ended: int
    rejected: int
    held: int
    last_success: datetime | None
    """When a delivery was last complete or held."""
    due: datetime | None
    """Until when the next one has to be there; None: there never was one."""
    overdue_since: datetime | None

    @property
    def is_stopped(self) -> bool:
        """Whether its last delivery was stopped because it is not what was promised."""
        return self.state == "REFUSED" and self.reason in STOPPED

    @property
    def silent(self) -> bool:
        """Whether a delivery is missing, or there never was one."""
        return self.due is None or self.overdue_since is not None


# The connector counts what it sent and refused; what the hub refused of it stands in the receipts.
_LATEST = """
SELECT DISTINCT ON (d.jobcenter, d.source) d.jobcenter, d.source, d.delivery, d.state, d.reason,
    coalesce(d.ended_at, d.begun_at), d.sent_new, d.sent_changed, d.sent_ended,
    d.rejected + (SELECT count(*) FROM reporting.receipt_exception e
        WHERE e.jobcenter = d.jobcenter AND e.delivery = d.delivery AND e.outcome IN ('REJECTED', 'CONFLICT')),
    d.held,
    max(coalesce(d.ended_at, d.begun_at)) FILTER (WHERE d.state IN ('COMPLETED', 'HELD'))
        OVER (PARTITION BY d.jobcenter, d.source)
FROM reporting.delivery d ORDER BY d.jobcenter, d.source, d.begun_at DESC, d.record_offset DESC
"""


async def read_sources(
    connection: AsyncConnection, jobcenters: Mapping[str, Jobcenter], now: datetime
) -> list[SourceHealth]:
    """Every source that is set up, whether it ever delivered or not."""
    rows = await (await connection.execute(_LATEST)).fetchall()
    latest = {(row[0], row[1]): row[2:] for row in rows}
    found = []
    for jobcenter in jobcenters.values():
        for name, source in jobcenter.sources.items():
            last = latest.get((jobcenter.id, name))
            known = (jobcenter.id, name, source.event, source.every_hours)
            if last is None:
                found.append(SourceHealth(*known, None, None, None, None, 0, 0, 0, 0, 0, None, None, None))
                continue
            delivery, state, reason, at, new, changed, ended, rejected, held, success = last
            hours = round((now - at).total_seconds() / 3600, 2)
            counts = (int(new), int(changed), int(ended), int(rejected), int(held))
            due = (next_due(source, success), overdue_since(source, success, now)) if success else (None, None)
            found.append(SourceHealth(*known, delivery, state, reason, hours, *counts, success, *due))
    return found


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """A source that is gone from its Jobcenter's file, and how many of its offers nobody has ended."""

    jobcenter: str
    source: str
    count: int
    exact: bool = False
    """Whether its connector's state file says so; otherwise it follows from its reports, and may be too many."""


# What the connector told: everything new that has not ended. What the hub refused of it, or what another source took
# over, is in it too.
_LEFT_OPEN = """
SELECT jobcenter, source, sum(sent_new - sent_ended)::bigint FROM reporting.delivery
WHERE event IN ('vacancy', 'measure') GROUP BY jobcenter, source HAVING sum(sent_new - sent_ended) > 0
ORDER BY jobcenter, source
"""


async def read_left_open(connection: AsyncConnection, jobcenters: Mapping[str, Jobcenter]) -> list[LeftOpen]:
    """Sources that are set up no more and left offers open, of the Jobcenters that are set up."""
    rows = await (await connection.execute(_LEFT_OPEN)).fetchall()
    known = {
        jobcenter.id: {old for name, one in jobcenter.sources.items() for old in (name, *(one.formerly or ()))}
        for jobcenter in jobcenters.values()
    }
    return [LeftOpen(*row) for row in rows if row[0] in known and row[1] not in known[row[0]]]


async def sink_rejections(connection: AsyncConnection) -> int:
    """Curated records that a sink could not store; each has a row in reporting.sink_exception."""
    asked = await connection.execute("SELECT count(*) FROM reporting.sink_exception WHERE outcome = 'REJECTED'")
    row = await asked.fetchone()
    return int(row[0]) if row is not None else 0
