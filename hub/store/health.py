"""Whether the hub is well, as operators ask: who is silent, what is held, what waits, and does the ledger add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import AsyncConnection

from schemas.jobcenter import Jobcenter

SILENT_AFTER_PERIODS = 2
"""A source is silent when two of its normal periods passed without a delivery."""


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """The last delivery of one source, and what became of it. `None`: there was none yet."""

    jobcenter: str
    source: str
    event: str
    every_hours: float
    delivery: str | None
    state: str | None
    age_hours: float | None
    new: int
    changed: int
    ended: int
    rejected: int
    held: int
    silent: bool


# The connector counts what it sent and refused; what the hub refused of it stands in the receipts.
_LATEST = """
SELECT DISTINCT ON (d.jobcenter, d.source) d.jobcenter, d.source, d.delivery, d.state,
    coalesce(d.ended_at, d.begun_at), d.sent_new, d.sent_changed, d.sent_ended,
    d.rejected + (SELECT count(*) FROM reporting.receipt_exception e
        WHERE e.jobcenter = d.jobcenter AND e.delivery = d.delivery AND e.outcome IN ('REJECTED', 'CONFLICT')),
    d.held
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
                found.append(SourceHealth(*known, None, None, None, 0, 0, 0, 0, 0, True))
                continue
            delivery, state, at, new, changed, ended, rejected, held = last
            age = now - at
            silent = age > SILENT_AFTER_PERIODS * timedelta(hours=source.every_hours)
            hours = round(age.total_seconds() / 3600, 2)
            counts = (int(new), int(changed), int(ended), int(rejected), int(held))
            found.append(SourceHealth(*known, delivery, state, hours, *counts, silent))
    return found


async def sink_rejections(connection: AsyncConnection) -> int:
    """Curated records that a sink could not store; each has a row in reporting.sink_exception."""
    asked = await connection.execute("SELECT count(*) FROM reporting.sink_exception WHERE outcome = 'REJECTED'")
    row = await asked.fetchone()
    return int(row[0]) if row is not None else 0
