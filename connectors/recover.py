"""A state file that is gone, or older than what was sent, learns from the topics what it has forgotten.

A version that was given twice would be a conflict, and an offer nobody remembers could neither be changed nor ended.
So before anything is taken, the file is compared with the Jobcenter's own raw topics, and what stands behind its
positions is read: the latest version of each entity, and the deliveries that were taken. What raw topics keep no
longer stands in the lists the hub keeps for the Jobcenters. Where neither tells everything, only a new epoch is safe,
and that is the operator's to set (rule V4).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aiokafka.errors import TopicAuthorizationFailedError

from connectors.agreement import agree, ask_for_epoch, asked_epoch, known_to
from connectors.errors import Stop
from connectors.healing import Healing, Lying, Recovered
from connectors.kafka_away import AWAY, KafkaAway, Waiting
from connectors.own_topics import Extent, OwnTopics
from connectors.recall import Recalled
from connectors.state import State
from schemas import topics
from schemas.jobcenter import Jobcenter
from schemas.topics import Event

# Complete lists the hub keeps and a Jobcenter may read. Of placements there is none.
_LISTS: Mapping[Event, str] = {"vacancy": topics.INTERNAL_VACANCY, "measure": topics.curated("measure")}
# How long raw topics are kept: a file untouched for longer was taken when all reports on it are gone.
_RAW_KEPT = timedelta(days=14)


async def recover(
    state: State,
    jobcenter: Jobcenter,
    address: str,
    lying: Lying,
    *,
    kafka_options: Mapping[str, Any] | None,
    stop: asyncio.Event,
    on_waiting: Waiting,
) -> Recovered | None:
    """Compare a state file with the topics and heal it, all in one local transaction. None: there was nothing to heal.

    Raises:
        Stop: E714 it cannot be healed without a new epoch; E402, E403 Kafka does not let us in.
    """
    away = KafkaAway(address, kafka_options or {}, on_waiting)
    while not stop.is_set():
        try:
            return await _Recovery(state, jobcenter, OwnTopics(address, kafka_options or {}), lying).run()
        except AWAY as error:
            await away.wait(error, stop, f"reading the topics of {jobcenter.id} is not allowed")
    return None


@dataclass(frozen=True, slots=True)
class _Lost:
    """A kind of event of which not everything can be told: why, and the last epoch that was seen of it."""

    event: Event
    why: str
    epoch: int | None

    def is_left_behind(self, epoch: int, asked: int | None) -> bool:
        """Whether this epoch is above all that can have been used."""
        return (self.epoch is not None and epoch > self.epoch) or (asked is not None and epoch > asked)


@dataclass
class _Recovery:
    state: State
    jobcenter: Jobcenter
    own: OwnTopics
    lying: Lying
    known: dict[tuple[str, int], int] = field(default_factory=dict)
    lost: list[_Lost] = field(default_factory=list)

    async def run(self) -> Recovered | None:
        raws = {source.event: topics.raw(self.jobcenter.id, source.event) for source in self.jobcenter.sources.values()}
        reports = topics.delivery(self.jobcenter.id)
        extents = await self.own.extents([*raws.values(), reports])
        for topic in (*raws.values(), reports):
            if topic not in extents:  # Kafka hides what an account may not even write
                raise Stop("E403", f"writing to {topic} is not allowed")
        every = [one for some in extents.values() for one in some]
        self.known = known_to(self.state, every)
        if all(self.known[one.topic, one.partition] >= one.end for one in every):
            return self._heal(Recalled(self.jobcenter.id), every, None)
        recalled = Recalled(self.jobcenter.id)
        agreed: list[Extent] = []
        for event, topic in raws.items():
            if await self._event(recalled, event, extents[topic]):
                agreed += extents[topic]
        forgotten = await self._deliveries(recalled, extents[reports])
        self._require_epoch()
        return self._heal(recalled, [*agreed, *extents[reports]], forgotten)

    # ------------------------------------------------------------------------------------------------------- reading

    async def _event(self, recalled: Recalled, event: Event, extents: Sequence[Extent]) -> bool:
        """Read what there is of one kind of event; whether we know all of it from now on."""
        is_whole = not self._has_gap(extents)
        try:
            await self._read(extents, lambda record: recalled.event(event, record))
        except TopicAuthorizationFailedError:
            if self._is_sent_again(extents):
                return False
            self.lost.append(_Lost(event, f"{extents[0].topic} may not be read", None))
            return True
        epochs = [what.known.epoch for what in recalled.entities.get(event, {}).values()]
        # Raw topics first, then the list: what left the former meanwhile stands in the latter.
        if not is_whole and not await self._list(recalled, event):
            name = _LISTS.get(event)
            why = f"{name} may not be read" if name else f"{extents[0].topic} keeps them no longer"
            self.lost.append(_Lost(event, why, max(epochs, default=None)))
        return True

    async def _list(self, recalled: Recalled, event: Event) -> bool:
        name = _LISTS.get(event, "")
        extents = (await self.own.extents([name])).get(name) if name else None
        if extents is None:
            return False
        try:
            async for record in self.own.records(extents):
                if record.value is not None:
                    recalled.event(event, record)
        except TopicAuthorizationFailedError:
            return False
        return True

    async def _deliveries(self, recalled: Recalled, extents: Sequence[Extent]) -> datetime | None:
        """Read the reports on deliveries; since when they are all known, None if always."""
        try:
            await self._read(extents, recalled.delivery)
        except TopicAuthorizationFailedError:
            return None  # they are taken once more, and what they say is known
        if not self._has_gap(extents):
            return None
        told = [datetime.fromisoformat(report["begun_at"]) for report in recalled.deliveries.values()]
        return min([*told, datetime.now(UTC) - _RAW_KEPT])

    async def _read(self, extents: Sequence[Extent], take: Callable[[Any], None]) -> None:
        rest = [replace(one, first=max(one.first, self.known[one.topic, one.partition])) for one in extents]
        async for record in self.own.records(rest):
            take(record)

    def _has_gap(self, extents: Iterable[Extent]) -> bool:
        """Whether something we do not know of is not kept any more."""
        return any(one.first > self.known[one.topic, one.partition] for one in extents)

    def _is_sent_again(self, extents: Sequence[Extent]) -> bool:
        """Whether what we may not read can be what our outbox holds: sent, but its acknowledgement did not arrive."""
        behind = sum(max(0, one.end - self.known[one.topic, one.partition]) for one in extents)
        return behind <= self.state.count_unpublished(topic=extents[0].topic)

    # ------------------------------------------------------------------------------------------------------- deciding

    def _require_epoch(self) -> None:
        """Where versions were forgotten for good, go on only with an epoch above all that can have been used."""
        epoch, asked = self.jobcenter.epoch, asked_epoch(self.state)
        low = [one for one in self.lost if not one.is_left_behind(epoch, asked)]
        if not low:
            return
        above = max([epoch, asked or 0, *(one.epoch for one in low if one.epoch is not None)])
        with self.state.transaction():
            ask_for_epoch(self.state, above)
        told = "; ".join(f"{one.event}: {one.why}" for one in low)
        raise Stop(
            "E714",
            f"the state file does not know all versions that were sent ({told}); "
            f"set epoch: {above + 1} in {self.jobcenter.id}.yaml",
        )

    # ------------------------------------------------------------------------------------------------------- healing

    def _heal(self, recalled: Recalled, agreed: Sequence[Extent], forgotten: datetime | None) -> Recovered | None:
        if all(self.known[one.topic, one.partition] == one.end for one in agreed):
            return None
        with self.state.transaction():
            found = Healing(self.state, self.jobcenter, self.lying).complete(recalled, forgotten)
            ask_for_epoch(self.state, None)
            agree(self.state, agreed)
        return found if found.entities or found.deliveries else None
