"""Rules of the worker, each taken away: what the checker must notice."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from hub.steps.batch import Fate


def _task() -> Any:
    from hub.stream import task

    return task


def no_fence() -> None:
    """Every owner has a transactional id of its own."""
    from hub.stream.outputs import Outputs

    Outputs.transactional_id = lambda _: f"mutant-{secrets.token_hex(4)}"  # type: ignore[method-assign]


def state_before_fence() -> None:
    """State and positions are read before the former owner is fenced. JOBHUB_CHAOS_SIGN: file made in between."""
    task = _task()

    async def take_over(self: Any) -> None:
        self._state = await task.restore(self._options, self.p)
        Path(os.environ["JOBHUB_CHAOS_SIGN"]).touch()
        await asyncio.sleep(3)
        await self._outputs.fence()

    task.Task._take_over = take_over


def positions_of_group() -> None:
    """Positions are those the consumer group shows."""
    task = _task()
    real = task.Task._take_over

    async def take_over(self: Any) -> None:
        await real(self)
        shown = {tp.topic: await self._consumer.committed(tp) for tp in self.partitions}
        self._state.positions = {topic: offset or 0 for topic, offset in shown.items()}

    task.Task._take_over = take_over


def sends_not_awaited() -> None:
    """The results of sends are not looked at before the commit."""
    from hub.stream.outputs import Outputs

    async def look_away(_: Outputs, sends: Iterable[Any]) -> None:
        await asyncio.wait([asyncio.ensure_future(sent) for sent in sends])

    Outputs._confirm = look_away  # type: ignore[method-assign]


def rejected_not_awaited() -> None:
    """The results of rejected records alone are not looked at."""
    from hub.stream.outputs import Outputs

    real, real_send = Outputs._confirm, Outputs._send_batch
    careless: list[Any] = []

    async def send_batch(self: Outputs, topic: str, batch: Any) -> Any:
        sent = await real_send(self, topic, batch)
        if topic.startswith("jobhub.rejected."):
            careless.append(sent)
        return sent

    async def confirm(self: Outputs, sends: Iterable[Any]) -> None:
        some = list(sends)
        await asyncio.wait([asyncio.ensure_future(sent) for sent in some])
        await real(self, [sent for sent in some if sent not in careless])

    Outputs._send_batch, Outputs._confirm = send_batch, confirm  # type: ignore[method-assign]


def torn_prefetch() -> None:
    """No mutant, a fault: the client once loses three records of a poll. The correct worker goes back for them."""
    task = _task()
    real = task.Task._getmany
    torn: list[bool] = []

    async def getmany(self: Any, timeout_ms: int, limit: int) -> Any:
        polled = await real(self, timeout_ms, limit)
        for tp, records in polled.items():
            if len(records) > 5 and not torn:
                torn.append(True)
                polled[tp] = records[3:]
        return polled

    task.Task._getmany = getmany


def holes_unnoticed() -> None:
    """Whatever a poll brings is worked on, whether it follows our position or not."""

    def careless(polled: Any, positions: Any) -> Any:
        return {tp: records for tp, records in polled.items() if records[-1].offset >= positions[tp]}, {}

    _task().fresh = careless


def reset_to_earliest() -> None:
    """As auto_offset_reset=earliest: what expired unread is passed over in silence."""

    async def silent(*_: Any) -> None:
        return

    _task().Task._give_up_expired = silent


def _judged(decide: Callable[[Any, Any, Callable[..., Fate]], Fate]) -> None:
    from hub import flow

    real = flow.deduplicate
    flow.deduplicate = lambda claim, known: decide(claim, known, real)  # type: ignore[attr-defined]


def no_version_guard() -> None:
    """Whatever comes last is applied, however old."""
    _judged(lambda claim, known, real: Fate.CHANGED if real(claim, known) is Fate.STALE else real(claim, known))


def last_wins() -> None:
    """Of two contents with one version the second replaces the first."""
    _judged(lambda claim, known, real: Fate.CHANGED if real(claim, known) is Fate.CONFLICT else real(claim, known))


def tombstone_at_once() -> None:
    """An entity that ended is forgotten at once, so an older update revives it."""
    _judged(lambda claim, known, real: real(claim, None if known is not None and known.ended else known))


def epoch_ignored() -> None:
    """Only the version counts: a rebuilt source is ignored for ever."""

    def decide(claim: Any, known: Any, real: Callable[..., Fate]) -> Fate:
        return real(claim._replace(epoch=0), known._replace(epoch=0) if known is not None else None)

    _judged(decide)


def duplicates_applied() -> None:
    """The same version and content is applied once more."""
    _judged(lambda claim, known, real: Fate.CHANGED if real(claim, known) is Fate.DUPLICATE else real(claim, known))


def jobcenter_of_payload() -> None:
    """Whose record it is says the payload, not the topic's name."""
    from hub import flow
    from hub.steps import validate

    def trusting(jobcenter: str, key: bytes | None, record: Mapping[str, Any]) -> None:
        return None

    validate._whose = trusting  # type: ignore[assignment]
    assert flow


BREAKS: Mapping[str, Callable[[], None]] = {
    call.__name__.replace("_", "-"): call
    for call in (
        *(no_fence, state_before_fence, positions_of_group, sends_not_awaited, rejected_not_awaited, torn_prefetch),
        *(holes_unnoticed, reset_to_earliest, no_version_guard, last_wins, tombstone_at_once, epoch_ignored),
        *(duplicates_applied, jobcenter_of_payload),
    )
}
