"""What ended long ago is forgotten (rule V12): a tombstone for everybody, and one in the state, in one transaction.

The task of partition p does it itself, between two batches: only it may write the state of p. The age of an end is
that of its record in the state topic, so it survives every restart; see docs/adr/0013-tombstones.md. Time stamps of
the state topic and of raw topics are the brokers'. Our clock is believed only where it makes an end younger.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

import structlog

from hub.steps.batch import Row
from hub.steps.deduplicate import Stamp, entity_of, event_of
from hub.stream.batches import Polled
from hub.stream.options import WorkerOptions
from hub.stream.outputs import Outputs
from hub.stream.state import TaskState
from schemas import topics
from schemas.record_batch import Copied

log = structlog.get_logger(__name__)

LOOK_SECS = 600.0
"""So often it is looked whether an end is old enough. Nobody minds a few minutes more."""
AT_ONCE_MAX = 1_000
"""So many in one transaction; live records wait for it."""
_DAY_MS = 86_400_000


class Forgetting:
    """Looks after the ends of a partition. `look` is called between two transactions, as often as one likes."""

    def __init__(self, options: WorkerOptions, outputs: Outputs, now_ms: Callable[[], int]) -> None:
        self._kept_ms, self._outputs, self._now_ms = options.skeleton_days * _DAY_MS, outputs, now_ms
        self._look_at = time.monotonic()
        self._heard_ms = 0

    def hear(self, records: Polled) -> None:
        """The brokers' clock, from records that come: the time stamps of their topics are theirs."""
        self._heard_ms = max(self._heard_ms, *(some[-1].timestamp for some in records.values()))

    def moment(self) -> int:
        """When something that is done now was done, not too early, in milliseconds."""
        return max(self._now_ms(), self._heard_ms)

    async def look(self, state: TaskState) -> int:
        """Forget what is due, some at a time; how many that was."""
        if not self._heard_ms or time.monotonic() < self._look_at:
            return 0
        now_ms = self._now_ms()
        due = state.due(min(now_ms, self._heard_ms) - self._kept_ms, AT_ONCE_MAX)
        if due:
            await self._outputs.commit(tombstones({key: state.entities[key] for key in due}, now_ms))
            state.forget(due)
            log.info("ended long ago and forgotten", entities=len(due))
        if len(due) < AT_ONCE_MAX:
            self._look_at = time.monotonic() + LOOK_SECS
        return len(due)


def tombstones(due: Mapping[bytes, bytes], now_ms: int) -> dict[str, list[Row | Copied]]:
    """Rows that make everybody forget entities. No raw record is behind them, so they carry no coordinates.

    Args:
        due: state key -> state value.
        now_ms: time stamp of the rows.
    """
    rows: dict[str, list[Row | Copied]] = {}
    for key, value in due.items():
        for topic in _told_on(event_of(key), Stamp.unpack(value)):
            rows.setdefault(topic, []).append(Row(entity_of(key), None, now_ms, []))
        rows.setdefault(topics.STATE, []).append(Row(key, None, now_ms, []))
    return rows


def _told_on(event: str, stamp: Stamp) -> Iterable[str]:
    """Compacted topics that hold the end. The key of what never was public is told to nobody now either."""
    if event == "vacancy":
        yield topics.INTERNAL_VACANCY
        if stamp.public_view:
            yield topics.curated("vacancy")
    elif event == "measure":
        yield topics.curated("measure")
