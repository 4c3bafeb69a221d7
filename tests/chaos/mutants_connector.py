"""Rules of the connectors, each taken away: what the checker must notice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from tests.chaos.patch import replace


def rows_not_compared() -> None:
    """A row whose key is known counts as unchanged: what a strict `updated_since` does to a change in its last second.

    The connector compares whole rows; the mutant believes that nothing it knows ever changes.
    """
    from connectors.rows import Rows

    def believe(self: Any, one: Any, row_hash: bytes | None, known: Any) -> str | None:
        last = known.get(one.key or "")
        return None if last is None or row_hash is None or last.known.ended else last.known.hash

    replace(Rows, "_hash_if_equal", believe)


def outbox_high_water() -> None:
    """The relay remembers the highest number it saw acknowledged, not each row's own mark."""
    from connectors.state import State
    from tests.support.outbox import above_number, entries

    real = State.unpublished

    def above(self: State, limit: int, after: int | None = None) -> Any:
        seen = max((one.number for one in entries(self.sql) if one.partition is not None), default=0)
        return above_number(real(self, limit, after), seen)

    replace(State, "unpublished", above)


def one_send_fails() -> None:
    """No mutant, a fault: the second batch of several records gets an error for an answer, its neighbours do not."""
    from aiokafka import AIOKafkaProducer
    from aiokafka.errors import RequestTimedOutError

    real = AIOKafkaProducer.send_batch
    sent: list[bool] = []

    async def send_batch(self: Any, batch: Any, *args: Any, **kwargs: Any) -> Any:
        sent.append(batch.record_count() > 1)
        if sent[-1] and sum(sent) == 2:
            failed = asyncio.get_running_loop().create_future()
            failed.set_exception(RequestTimedOutError())
            return failed
        return await real(self, batch, *args, **kwargs)

    replace(AIOKafkaProducer, "send_batch", send_batch)


def rejected_not_seen() -> None:
    """A refused row does not count as seen, so its entity seems to have vanished from the list."""
    from connectors.settle import Settle

    real = Settle._refuse_row

    def refuse(self: Any, key: str | None, *args: Any) -> None:
        real(self, key, *args)
        self.said._of.pop(key, None)

    replace(Settle, "_refuse_row", refuse)


def marked_before_ack() -> None:
    """A record counts as published as soon as it was handed to the client. Dies right after: step `connector-sent`."""
    from connectors.relay import Relay

    real = Relay._publish

    async def publish(self: Any, parcels: Any, stop: Any) -> None:
        self._state.mark_published([(0, 0, one.numbers) for one in parcels])
        await real(self, parcels, stop)

    replace(Relay, "_publish", publish)


def recovery_off() -> None:
    """A connector without a state file believes that it never sent anything."""
    from connectors import opened

    async def believe(*_: Any, **__: Any) -> None:
        return None

    replace(opened, "recover", believe)


BREAKS: Mapping[str, Callable[[], None]] = {
    call.__name__.replace("_", "-"): call
    for call in (
        rows_not_compared,
        outbox_high_water,
        one_send_fails,
        rejected_not_seen,
        marked_before_ack,
        recovery_off,
    )
}
