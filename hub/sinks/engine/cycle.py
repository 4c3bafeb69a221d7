"""Every two seconds the accounts are checked and shown: the ledger, the lag, the board, the deliveries."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from aiokafka.errors import KafkaConnectionError, KafkaError
from psycopg import AsyncConnection

from hub.sinks import metrics
from hub.sinks.engine.database import connect
from hub.sinks.engine.lag import STANDS_STILL_SECS, LogReader, log_reader, read_lag, read_reached
from hub.sinks.engine.patience import DATABASE_AWAY, wait_for
from hub.store.ledger import Ledger, read_ledger
from hub.store.tail import Reached
from schemas.due import Daily, next_due
from schemas.expect import STOPPED
from schemas.jobcenter import Jobcenter
from schemas.kafka_access import why_refused

CYCLE_SECS = 2.0
# However long the ledger grows, checking it takes at most a tenth of the time.
_SHARE = 10

_log = structlog.get_logger(__name__)
_shown: set[tuple[str, str]] = set()
"""Labels of the gauge of unaccounted records that were shown so far."""


class SinkStandsStill(Exception):
    """Records wait, Kafka and the database answer, and one of our sinks does not move: start anew, that helps."""


async def watch(
    bootstrap_servers: str,
    database_url: str,
    names: Sequence[str],
    security: Mapping[str, Any],
    jobcenters: Mapping[str, Jobcenter],
) -> None:
    """Check and show for ever. What the sources of the Jobcenters promise tells when their deliveries are due.

    Raises:
        AccessRefused: Kafka does not let us in any more.
        SinkStandsStill: one of the sinks named has not moved for a minute although records wait.
    """
    stuck_since: dict[str, float] = {}
    while True:
        connection = await wait_for(
            lambda: connect(database_url, "jobhub-ledger"), DATABASE_AWAY, "E404", part="ledger"
        )
        try:
            async with log_reader(bootstrap_servers, security) as reader:
                while True:
                    began = time.monotonic()
                    _raise_if_it_stays(await once(reader, connection, names, jobcenters), stuck_since)
                    await asyncio.sleep(max(CYCLE_SECS, _SHARE * (time.monotonic() - began)))
        except (*DATABASE_AWAY, KafkaError) as error:
            if isinstance(error, KafkaConnectionError):
                refused = await why_refused(bootstrap_servers, security)
                if refused is not None:
                    raise refused from error
            _log.info("ledger waits", error=type(error).__name__)
            await asyncio.sleep(CYCLE_SECS)
        finally:
            await connection.close()


async def once(
    reader: LogReader, connection: AsyncConnection, names: Sequence[str], jobcenters: Mapping[str, Jobcenter]
) -> list[str]:
    """One check; returns which partitions of these sinks stand still."""
    await show_ledger(connection, await read_reached(reader, connection))
    await show_sources(connection, jobcenters)
    stuck = []
    for lag in await read_lag(reader, connection):
        if lag.stage in names:
            metrics.LAG_RECORDS.labels(lag.stage, lag.topic, lag.partition).set(lag.records)
            if lag.stands_still:
                stuck.append(f"{lag.stage}: {lag.topic}-{lag.partition}")
    return stuck


def _raise_if_it_stays(stuck: list[str], since: dict[str, float]) -> None:
    """A process that has just started finds work that has waited; it is given the time to do it."""
    now = time.monotonic()
    for place in since.keys() - set(stuck):
        del since[place]
    for place in stuck:
        if now - since.setdefault(place, now) > STANDS_STILL_SECS:
            raise SinkStandsStill(f"{place} stands still")


async def show_ledger(connection: AsyncConnection, reached: Reached | None = None) -> Ledger:
    """Read the ledger and set its gauges."""
    ledger = await read_ledger(connection, reached)
    # What adds up again goes back to 0: a sink is named only as long as it does not.
    unaccounted: dict[tuple[str, str], int] = defaultdict(int, dict.fromkeys(_shown, 0))
    expired: dict[tuple[str, str], int] = defaultdict(int)
    for row in ledger.rows:
        unaccounted[row.jobcenter, row.event] += row.unaccounted
        expired[row.jobcenter, row.event] += row.expired_unread
    for sink in ledger.sinks:
        unaccounted["", sink.sink] += sink.unaccounted
    _shown.update(unaccounted)
    for labels, count in unaccounted.items():
        metrics.UNACCOUNTED.labels(*labels).set(count)
    for labels, count in expired.items():
        metrics.EXPIRED_UNREAD.labels(*labels).set(count)
    await _show_tables(connection)
    return ledger


async def _show_tables(connection: AsyncConnection) -> None:
    asked = await connection.execute("SELECT jobcenter, count(*) FILTER (WHERE NOT ended) FROM board.job GROUP BY 1")
    for jobcenter, offers in await asked.fetchall():
        metrics.VACANCIES.labels(jobcenter).set(offers)
    asked = await connection.execute(
        "SELECT jobcenter, count(*) FILTER (WHERE state = 'HELD') FROM reporting.delivery GROUP BY 1"
    )
    for jobcenter, held in await asked.fetchall():
        metrics.DELIVERIES_HELD.labels(jobcenter).set(held)


# The last delivery of each source, and when one was last complete or held.
_LATEST = """
SELECT DISTINCT ON (jobcenter, source) jobcenter, source, state = 'REFUSED' AND reason = ANY(%s),
    max(ended_at) FILTER (WHERE state IN ('COMPLETED', 'HELD')) OVER (PARTITION BY jobcenter, source)
FROM reporting.delivery ORDER BY jobcenter, source, begun_at DESC, record_offset DESC
"""


async def show_sources(connection: AsyncConnection, jobcenters: Mapping[str, Jobcenter]) -> None:
    """When each source delivered, until when it has to again, and whether it is stopped."""
    asked = await connection.execute(_LATEST, (sorted(STOPPED),))
    for jobcenter, source, is_stopped, last in await asked.fetchall():
        metrics.SOURCE_STOPPED.labels(jobcenter, source).set(bool(is_stopped))
        if last is None:
            continue
        described = jobcenters[jobcenter].sources if jobcenter in jobcenters else {}
        due = next_due(described.get(source, Daily()), last)
        metrics.DELIVERY_LAST.labels(jobcenter, source).set(last.timestamp())
        metrics.EXPECTED_NEXT.labels(jobcenter, source).set(due.timestamp())
