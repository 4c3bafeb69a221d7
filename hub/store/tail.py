"""The end of the log closes the ledger: what a sink must have seen by now, and never saw.

A sink that stands behind the receipts may only lag. But receipts and curated records are of one transaction: what the
receipts told before the curated topics ended at E, a sink that has come to E has seen, or it is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from psycopg import AsyncConnection

from schemas import topics
from schemas.topics import Event, parse_raw

Part = tuple[str, int]

READS: Mapping[str, Mapping[Event, str]] = {
    "board": {event: topics.curated(event) for event in ("vacancy", "measure")},
    "reporting": {
        "vacancy": topics.INTERNAL_VACANCY,
        "measure": topics.curated("measure"),
        "placement": topics.curated("placement"),
    },
}
"""Where a sink finds what became of a raw record of an event."""

CURATED = sorted({topic for of in READS.values() for topic in of.values()})


@dataclass(frozen=True, slots=True)
class Reached:
    """How far the receipts told of each raw partition, and where the curated partitions ended after that."""

    told: Mapping[Part, int]
    ends: Mapping[Part, int]

    def questions(self) -> list[tuple[str, str, str, int, int, int]]:
        """Sink, curated topic, raw topic, partition, receipts' end, curated end; for each that can be asked."""
        found = []
        for (raw_topic, partition), told in self.told.items():
            for sink, reads in READS.items():
                topic = next((reads[event] for event in reads if event == parse_raw(raw_topic).event), None)
                if topic is not None and (end := self.ends.get((topic, partition))) is not None:
                    found.append((sink, topic, raw_topic, partition, told, end))
        return found


# A receipt tells of 5,000 offsets at most (hub/steps/account.py); older than six days, records may be compacted away
# (hub/sinks/engine/account.py). `seen`: last raw offset the sink saw; none, and nothing is left of it in the topic.
_TAIL = """
WITH asked AS (
    SELECT a.sink, a.raw_topic, a.partition, a.told, coalesce(o.last_raw_offset, -1) AS seen
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::int[], %s::bigint[], %s::bigint[])
        AS a (sink, topic, raw_topic, partition, told, curated_end)
    JOIN reporting.sink_progress p ON p.sink = a.sink AND p.topic = a.topic AND p.partition = a.partition
        AND p.next_offset >= a.curated_end
    LEFT JOIN reporting.sink_origin o
        ON o.sink = a.sink AND o.raw_topic = a.raw_topic AND o.raw_partition = a.partition
), tail AS (
    SELECT a.*, t.low, t.offsets FROM asked a, LATERAL (
        SELECT min(greatest(r.first_offset, a.seen + 1)) AS low,
            sum(least(r.last_offset, a.told - 1) - greatest(r.first_offset, a.seen + 1) + 1) AS offsets
        FROM reporting.receipt r WHERE r.topic = a.raw_topic AND r.partition = a.partition
        AND r.first_offset > a.seen - 5000 AND r.first_offset < a.told AND r.last_offset > a.seen
        AND r.decided_at > now() - interval '6 days') AS t
    WHERE t.offsets > 0
)
SELECT sink, raw_topic, partition, offsets - (SELECT count(*) FROM reporting.receipt_exception e
    WHERE e.topic = tail.raw_topic AND e.partition = tail.partition
    AND e.raw_offset >= tail.low AND e.raw_offset < tail.told
    AND (tail.sink = 'board' OR e.outcome <> 'APPLIED_NOT_PUBLIC'))
FROM tail
"""


async def told_so_far(connection: AsyncConnection) -> dict[Part, int]:
    """Where the receipts of each raw partition end. Ask before the log is asked for its ends."""
    asked = await connection.execute(
        "SELECT DISTINCT ON (topic, partition) topic, partition, last_offset + 1 FROM reporting.receipt"
        " ORDER BY topic, partition, first_offset DESC"
    )
    return {(topic, partition): told for topic, partition, told in await asked.fetchall()}


async def missing_at_the_end(connection: AsyncConnection, reached: Reached) -> dict[tuple[str, str, int], int]:
    """Records lost behind the last one a sink saw: sink, raw topic, partition -> how many."""
    questions = reached.questions()
    if not questions:
        return {}
    asked = await connection.execute(_TAIL, [list(column) for column in zip(*questions, strict=True)])
    return {(sink, topic, partition): int(lost) for sink, topic, partition, lost in await asked.fetchall() if lost}
