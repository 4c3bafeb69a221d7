"""Rules of the sinks, each taken away: what the checker must notice."""

from __future__ import annotations

import itertools
import json
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hub.stream.failpoints import at
from tests.chaos.patch import replace


def offset_before_data() -> None:
    """The position is committed in a transaction of its own before the rows. Dies in between: step `between`."""
    from hub.sinks.engine import progress

    real = progress.advance

    async def advance(connection: Any, ours: Any, to: int) -> None:
        async with _own_connection() as own:
            await real(own, ours, to)
        at("between")

    replace(progress, "advance", advance)


def offset_after_data() -> None:
    """The position is committed in a transaction of its own after the rows. Dies in between: step `between`."""
    from hub.sinks.engine import progress
    from hub.sinks.engine.store import Store

    real_advance, real_store = progress.advance, Store.store

    async def advance(connection: Any, ours: Any, to: int) -> None:
        return

    async def store(self: Any, batches: Any) -> Any:
        stored = await real_store(self, batches)
        if any(batch.reading.came for batch in batches):
            at("between")
        async with _own_connection() as own:
            for batch in batches:
                await real_advance(own, batch.ours, batch.to)
        return stored

    replace(progress, "advance", advance)
    replace(Store, "store", store)


def no_compare_and_set() -> None:
    """Whoever comes moves the position: neither owner nor former position is compared."""
    from hub.sinks.engine import progress

    async def advance(connection: Any, ours: Any, to: int) -> None:
        await connection.execute(
            "UPDATE reporting.sink_progress SET next_offset = %s WHERE sink = %s AND topic = %s AND partition = %s",
            (to, ours.sink, ours.topic, ours.partition),
        )

    replace(progress, "advance", advance)


def sink_without_version_guard() -> None:
    """Each record replaces the row, whatever version the row has."""
    from hub.sinks.engine import decide, table
    from hub.sinks.engine.decide import Outcome

    real = table.upsert

    def judge(item: Any, state: Any) -> Outcome:
        return Outcome.DUPLICATE if item.order is None and state is None else Outcome.APPLIED

    def upsert(target: Any, columns: Any, stage: Any) -> Any:
        from psycopg import sql

        head, guard, _ = real(target, columns, stage).as_string(None).partition(" WHERE (")
        return sql.SQL(head) if guard and target.order else real(target, columns, stage)

    replace(decide, "judge", judge)
    replace(table, "upsert", upsert)


def stands_before_storing() -> None:
    """No rule broken: the process stands still before it stores its third batch of receipts.

    Receipts have no versions, so that none is superseded by another of its batch. Where that happens, the account of
    the batch has a row for it, and the same row a second time is refused by the table's key: a second fence, by chance.

    JOBHUB_CHAOS_SIGN: file that tells sink, topic, partition and the offset behind the batch; this and ".tried" is
    made when it was woken and was through with the batch.
    """
    from hub.sinks.engine.store import Store

    right, sign, counted = Store.store, Path(os.environ["JOBHUB_CHAOS_SIGN"]), itertools.count(1)

    def told(ours: Any, to: int) -> bool:
        if sign.exists():
            return True
        sign.write_text(json.dumps((ours.sink, ours.topic, ours.partition, to)))
        return False

    async def store(self: Any, batches: Any) -> Any:
        of_receipts = [
            batch for batch in batches if batch.reading.came and batch.ours.topic.startswith("jobhub.receipts.")
        ]
        if not of_receipts or next(counted) != 3 or told(of_receipts[0].ours, of_receipts[0].to):
            return await right(self, batches)
        os.kill(os.getpid(), signal.SIGSTOP)
        try:
            return await right(self, batches)
        finally:
            sign.with_suffix(".tried").touch()

    replace(Store, "store", store)


@asynccontextmanager
async def _own_connection() -> Any:
    from hub.sinks.engine.database import connect

    connection = await connect(os.environ["JOBHUB_CHAOS_DATABASE"], "mutant")
    try:
        yield connection
    finally:
        await connection.close()


BREAKS: Mapping[str, Callable[[], None]] = {
    call.__name__.replace("_", "-"): call
    for call in (
        *(offset_before_data, offset_after_data, no_compare_and_set, sink_without_version_guard),
        stands_before_storing,
    )
}
