"""Rules of the worker, each taken away: what the checker must notice."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from hub.steps.batch import Fate
from hub.steps.deduplicate import Stamp
from tests.chaos.patch import real, replace


def _task() -> Any:
    from hub.stream import task

    return task


def no_fence() -> None:
    """Every owner has a transactional id of its own."""
    from hub.stream.outputs import Outputs

    replace(Outputs, "transactional_id", lambda _: f"mutant-{secrets.token_hex(4)}")


def state_before_fence() -> None:
    """State and positions are read before the former owner is fenced.

    JOBHUB_CHAOS_SIGN: this and "-" and the partition is a file made in between; this and ".go" is then waited for.
    """
    task = _task()
    sign = os.environ["JOBHUB_CHAOS_SIGN"]

    async def take_over(self: Any) -> None:
        self._state = await task.restore(self._options, self.p)
        Path(f"{sign}-{self.p}").touch()  # noqa: ASYNC240 - a test's own
        while not Path(f"{sign}.go").exists():  # noqa: ASYNC110, ASYNC240 - a test's own
            await asyncio.sleep(0.05)
        await self._outputs.fence()

    replace(task.Task, "_take_over", take_over)


def deaf() -> None:
    """No rule broken: who stood still does not hear that the group went on, and goes on too until it is fenced."""
    from aiokafka.consumer.group_coordinator import GroupCoordinator

    heartbeat, show, last = GroupCoordinator._do_heartbeat, GroupCoordinator._do_commit_offsets, [time.monotonic()]

    def stood_still() -> bool:
        return time.monotonic() - last[0] > 1.5

    async def once_a_while(self: Any) -> Any:
        if stood_still():
            await asyncio.sleep(3600)
        last[0] = time.monotonic()
        return await heartbeat(self)

    async def keep_to_itself(self: Any, *args: Any) -> None:
        if not stood_still():  # the answer would tell it
            await show(self, *args)

    replace(GroupCoordinator, "_do_heartbeat", once_a_while)
    replace(GroupCoordinator, "_do_commit_offsets", keep_to_itself)


def long_transactions() -> None:
    """No rule broken: the broker does not abort on its own what a process left open while its successor starts."""
    from aiokafka import AIOKafkaProducer

    right = AIOKafkaProducer.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("transactional_id"):
            kwargs["transaction_timeout_ms"] = 600_000
        right(self, *args, **kwargs)

    replace(AIOKafkaProducer, "__init__", init)


def ends_forgotten() -> None:
    """Nobody looks for transactions without an end, nor asks the receipts, which would stop who does not look."""
    from hub.stream import state

    async def look_away(*_: Any) -> None:
        return

    replace(_task(), "end_left_open", look_away)
    replace(state, "_sure_that_no_more_was_done", look_away)


def positions_of_group() -> None:
    """Positions are those the consumer group shows."""
    task = _task()
    right = task.Task._take_over

    async def take_over(self: Any) -> None:
        await right(self)
        shown = {tp.topic: await self._consumer.committed(tp) for tp in self.partitions}
        self._state.positions = {topic: offset or 0 for topic, offset in shown.items()}

    replace(task.Task, "_take_over", take_over)


def sends_not_awaited() -> None:
    """The results of sends are not looked at before the commit."""
    from hub.stream.outputs import Outputs

    async def look_away(_: Outputs, sends: Iterable[Any]) -> None:
        await asyncio.wait([asyncio.ensure_future(sent) for sent in sends])

    replace(Outputs, "_confirm", look_away)


def rejected_not_awaited() -> None:
    """The results of rejected records alone are not looked at."""
    from hub.stream.outputs import Outputs

    right, right_send = Outputs._confirm, Outputs._send_batch
    careless: list[Any] = []

    async def send_batch(self: Outputs, topic: str, batch: Any) -> Any:
        sent = await right_send(self, topic, batch)
        if topic.startswith("jobhub.rejected."):
            careless.append(sent)
        return sent

    async def confirm(self: Outputs, sends: Iterable[Any]) -> None:
        some = list(sends)
        await asyncio.wait([asyncio.ensure_future(sent) for sent in some])
        await right(self, [sent for sent in some if sent not in careless])

    replace(Outputs, "_send_batch", send_batch)
    replace(Outputs, "_confirm", confirm)


def torn_prefetch() -> None:
    """No mutant, a fault: the client once loses three records of a poll. The correct worker goes back for them."""
    task = _task()
    right = task.Task._getmany
    torn: list[bool] = []

    async def getmany(self: Any, timeout_ms: int, limit: int) -> Any:
        polled = await right(self, timeout_ms, limit)
        for tp, records in polled.items():
            if len(records) > 5 and not torn:
                torn.append(True)
                polled[tp] = records[3:]
        return polled

    replace(task.Task, "_getmany", getmany)


def holes_unnoticed() -> None:
    """Whatever a poll brings is worked on, whether it follows our position or not."""

    def careless(polled: Any, positions: Any) -> Any:
        return {tp: records for tp, records in polled.items() if records[-1].offset >= positions[tp]}, {}

    replace(_task(), "fresh", careless)


def reset_to_earliest() -> None:
    """As auto_offset_reset=earliest: what expired unread is passed over in silence."""

    async def silent(*_: Any) -> None:
        return

    replace(_task().Task, "_give_up_expired", silent)


def _judged(decide: Callable[[Any, Any, Callable[..., Fate]], Fate]) -> None:
    from hub import flow

    packed = real(flow, "deduplicate")

    def right(claim: Stamp, known: Stamp | None) -> Fate:
        fate: Fate = packed(claim.pack(), known.pack() if known is not None else None)
        return fate

    def wrong(claim: bytes, known: bytes | None) -> Fate:
        return decide(Stamp.unpack(claim), Stamp.unpack(known) if known is not None else None, right)

    replace(flow, "deduplicate", wrong)


def no_version_guard() -> None:
    """Whatever comes last is applied, however old."""
    _judged(lambda claim, known, right: Fate.CHANGED if right(claim, known) is Fate.STALE else right(claim, known))


def last_wins() -> None:
    """Of two contents with one version the second replaces the first."""
    _judged(lambda claim, known, right: Fate.CHANGED if right(claim, known) is Fate.CONFLICT else right(claim, known))


def tombstone_at_once() -> None:
    """An entity that ended is forgotten at once, so an older update revives it."""
    _judged(lambda claim, known, right: right(claim, None if known is not None and known.ended else known))


def epoch_ignored() -> None:
    """Only the version counts: a rebuilt source is ignored for ever."""

    def decide(claim: Any, known: Any, right: Callable[..., Fate]) -> Fate:
        return right(claim._replace(epoch=0), known._replace(epoch=0) if known is not None else None)

    _judged(decide)


def duplicates_applied() -> None:
    """The same version and content is applied once more."""
    _judged(lambda claim, known, right: Fate.CHANGED if right(claim, known) is Fate.DUPLICATE else right(claim, known))


def jobcenter_of_payload() -> None:
    """Whose record it is says the payload, not the topic's name."""
    from hub.steps import validate

    replace(validate, "_whose", lambda jobcenter, key, record: None)


BREAKS: Mapping[str, Callable[[], None]] = {
    call.__name__.replace("_", "-"): call
    for call in (
        *(
            deaf,
            long_transactions,
            ends_forgotten,
            no_fence,
            state_before_fence,
            positions_of_group,
            sends_not_awaited,
            rejected_not_awaited,
            torn_prefetch,
        ),
        *(holes_unnoticed, reset_to_earliest, no_version_guard, last_wins, tombstone_at_once, epoch_ignored),
        *(duplicates_applied, jobcenter_of_payload),
    )
}
