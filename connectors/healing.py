"""Puts into a state file what was read back from the topics: versions, ended offers, deliveries that were taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.agreement import forget_before
from connectors.compare import Known
from connectors.contract.delivery import Delivery
from connectors.deliveries import dump
from connectors.events import Contents
from connectors.recall import PROGRESS, LastSent, Recalled
from connectors.report import begun
from connectors.state import Remembered, State
from schemas import topics
from schemas.jobcenter import Jobcenter
from schemas.topics import Event

_CHUNK = 2000

Lying = Callable[[], Iterable[Delivery]]
"""Files that lie in the folder of deliveries now."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """How much the state file had forgotten and knows again."""

    entities: int
    deliveries: int


def _is_newer(now: Known, before: Remembered | None) -> bool:
    return before is None or (now.epoch, now.version) > (before.known.epoch, before.known.version)


@dataclass(frozen=True, slots=True)
class Healing:
    """One state file being completed, inside the transaction of whoever asks for it."""

    state: State
    jobcenter: Jobcenter
    lying: Lying

    def complete(self, recalled: Recalled, forgotten: datetime | None) -> Recovered:
        """Enter what is newer than what the file knows.

        Args:
            recalled: what the topics tell.
            forgotten: deliveries from before this moment are told nowhere any more; None: all are.
        """
        entities, deliveries = self._entities(recalled), self._reports(recalled)
        if forgotten is not None:
            forget_before(self.state, forgotten)
            deliveries += self._long_done(forgotten)
        return Recovered(entities, deliveries)

    def _entities(self, recalled: Recalled) -> int:
        count = 0
        for event, found in recalled.entities.items():
            keys = list(found)
            for start in range(0, len(keys), _CHUNK):
                some = keys[start : start + _CHUNK]
                before = self.state.remembered(event, some)
                newer = {key: found[key] for key in some if _is_newer(found[key].known, before.get(key))}
                self._enter_entities(event, newer)
                self.state.note_spent(before[key].record for key in newer if key in before)
                count += len(newer)
        self.state.erase_spent()
        return count

    def _enter_entities(self, event: Event, found: Mapping[str, LastSent]) -> None:
        last = found.values()
        bodies, hashes = [what.body for what in last], [what.known.hash for what in last]
        none = [0] * len(found)
        contents = Contents(list(found), hashes, bodies, none, [what.known.ended for what in last])
        number = self.state.put_known(topics.raw(self.jobcenter.id, event), contents)
        self.state.remember(
            (event, key, what.source, now.epoch, now.version, bytes.fromhex(now.hash), now.ended, None, at)
            for at, (key, what) in enumerate(found.items(), number)
            for now in (what.known,)
        )

    def _reports(self, recalled: Recalled) -> int:
        count = 0
        for report in sorted(recalled.deliveries.values(), key=lambda report: str(report["begun_at"])):
            known = self.state.deliveries.by_id(report["delivery"])
            if known is not None and (
                PROGRESS[known.state] >= PROGRESS[report["state"]] or self.state.count_unpublished(known.seq)
            ):
                continue
            seq = known.seq if known is not None else self._enter(report)
            self.state.approvals.release(seq)
            self.state.deliveries.set(seq, report["state"], report["reason"], report)
            count += 1
        return count

    def _long_done(self, before: datetime) -> int:
        """Files that lay there already when the oldest report we have was written were taken then."""
        count = 0
        for one in self.lying():
            if one.path is None or self.state.deliveries.by_id(one.id) is not None:
                continue
            touched = datetime.fromtimestamp(one.path.stat().st_mtime, UTC)
            if touched >= before:
                continue
            report = begun(
                jobcenter=self.jobcenter.id, delivery=one.id, source=one.source, file=one.file, sha256=one.sha256,
                event=self.jobcenter.sources[one.source].event, day=one.day, load=one.load, begun_at=touched,
            )  # fmt: skip
            self.state.deliveries.set(self._enter(report), "COMPLETED", "W713", {**report, "state": "COMPLETED"})
            count += 1
        return count

    def _enter(self, report: Mapping[str, Any]) -> int:
        return self.state.deliveries.begin(
            {
                "id": report["delivery"],
                **{name: report[name] for name in ("source", "event", "file", "sha256", "day", "begun_at")},
                "mapping": None,
                "report": dump(report),
            }
        )
