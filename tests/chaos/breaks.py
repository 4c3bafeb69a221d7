"""How a child process can be broken: it dies at a step, its clock is wrong, or a rule is taken away (a mutant)."""

from __future__ import annotations

import asyncio
import datetime as calendar
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hub.stream.failpoints import at
from tests.chaos import mutants_connector, mutants_sink, mutants_worker
from tests.chaos.patch import real, replace

WORKER_STEPS = ("before-fence", "fenced", "decided", "begun", "sent", "delivered", "committed")
SINK_STEPS = ("sink-before", "sink-advanced", "sink-written", "sink-accounted", "sink-committed")
_TWELFTH = 12  # so that a fifth and more of everything comes before
CONNECTOR_STEPS = (
    *("connector-read", "connector-taken", "connector-publishing", "connector-sent"),
    *("connector-acked", "connector-marked", "connector-finish", "connector-finished"),
)


def _at(step: str) -> None:
    if step:
        at(step)


def around(call: Callable[..., Awaitable[Any]], before: str = "", after: str = "") -> Any:
    """A coroutine function with a step before and after it."""

    async def stepped(*args: Any, **kwargs: Any) -> Any:
        _at(before)
        result = await call(*args, **kwargs)
        _at(after)
        return result

    return stepped


def around_plain(call: Callable[..., Any], before: str = "", after: str = "") -> Any:
    """The same for an ordinary function."""

    def stepped(*args: Any, **kwargs: Any) -> Any:
        _at(before)
        result = call(*args, **kwargs)
        _at(after)
        return result

    return stepped


def sink_steps() -> None:
    """JOBHUB_FAILPOINT knows the steps of a sink's batch, too."""
    from hub.sinks.engine import account, progress
    from hub.sinks.engine.store import Store
    from hub.sinks.engine.table import TargetTable

    replace(progress, "advance", around(real(progress, "advance"), after="sink-advanced"))
    replace(account, "write_range", around(real(account, "write_range"), after="sink-accounted"))
    replace(TargetTable, "write", around(real(TargetTable, "write"), after="sink-written"))
    replace(Store, "store", around(real(Store, "store"), before="sink-before", after="sink-committed"))


def connector_steps() -> None:
    """JOBHUB_FAILPOINT knows the steps from a row to the acknowledgement of its event, too."""
    from aiokafka import AIOKafkaProducer

    from connectors import loop
    from connectors.intake import _Intake
    from connectors.relay import Relay
    from connectors.state import State

    replace(_Intake, "_store", around_plain(real(_Intake, "_store"), after="connector-read"))
    replace(loop, "take", around_plain(real(loop, "take"), after="connector-taken"))
    replace(Relay, "_publish", around(real(Relay, "_publish"), before="connector-publishing"))
    # A batch for each partition: a list of some rows has four of them, and one with the report.
    replace(AIOKafkaProducer, "send_batch", around(real(AIOKafkaProducer, "send_batch"), after="connector-sent"))
    replace(
        State,
        "mark_published",
        around_plain(real(State, "mark_published"), before="connector-acked", after="connector-marked"),
    )
    replace(loop, "finish", around_plain(real(loop, "finish"), before="connector-finish", after="connector-finished"))


def _stamp_records(now_ms: Callable[[], int]) -> None:
    """The Kafka client asks the system for the time behind Python's back."""
    from aiokafka.producer.message_accumulator import BatchBuilder

    right = real(BatchBuilder, "append")

    def append(self: Any, *, timestamp: int | None, **kwargs: Any) -> Any:
        return right(self, timestamp=now_ms() if timestamp is None else timestamp, **kwargs)

    replace(BatchBuilder, "append", append)


def clock() -> None:
    """The wall clock is off by as many seconds as the file JOBHUB_CHAOS_CLOCK says at that moment."""
    import hub.app
    import hub.sinks.engine.process  # noqa: F401 - so that their names for the clock can be replaced

    file, right = Path(os.environ["JOBHUB_CHAOS_CLOCK"]), time.time

    def off() -> float:
        return float(file.read_text() or 0)

    class Kind(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, calendar.datetime)

    class Wrong(calendar.datetime, metaclass=Kind):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return calendar.datetime.now(tz) + calendar.timedelta(seconds=off())

    time.time = lambda: right() + off()
    _stamp_records(lambda: int((right() + off()) * 1000))
    for name, module in list(sys.modules.items()):
        ours = name.partition(".")[0] in ("connectors", "hub", "schemas")
        if ours and getattr(module, "datetime", None) is calendar.datetime:
            replace(module, "datetime", Wrong)


def stops_reading() -> None:
    """Once the file JOBHUB_CHAOS_SIGN is there, the tasks of a worker ask for no more, and nothing says so."""
    from hub.stream.task import Task

    right, sign = real(Task, "_getmany"), Path(os.environ["JOBHUB_CHAOS_SIGN"])

    async def getmany(self: Any, timeout_ms: int, limit: int) -> Any:
        if sign.exists():  # noqa: ASYNC240 - a test's own
            await asyncio.sleep(3600)
        return await right(self, timeout_ms, limit)

    replace(Task, "_getmany", getmany)


def short_patience() -> None:
    """The watchdog waits for as many seconds as JOBHUB_CHAOS_PATIENCE says, not for a minute."""
    from hub.stream import watchdog

    right, patience = real(watchdog, "stalled"), float(os.environ["JOBHUB_CHAOS_PATIENCE"])
    replace(watchdog, "stalled", lambda views, now, _: right(views, now, patience))


def stands_before_commit() -> None:
    """Stand still before the commit of the twelfth transaction that wrote to one of the topics JOBHUB_CHAOS_STANDS.

    Its partition number stands in the file JOBHUB_CHAOS_SIGN then. Without topics nothing stands still.
    """
    from hub.stream.outputs import Outputs

    right, sign = real(Outputs, "_confirm"), Path(os.environ["JOBHUB_CHAOS_SIGN"])
    topics = {*os.environ.get("JOBHUB_CHAOS_STANDS", "").split(",")}
    written = 0

    async def confirm(self: Any, sends: Any) -> None:
        nonlocal written
        await right(self, sends)
        if any(tp.topic in topics for tp in self._last):
            written += 1
            if written == _TWELFTH:
                sign.write_text(str(self._p))  # noqa: ASYNC240 - a test's own
                os.kill(os.getpid(), signal.SIGSTOP)

    replace(Outputs, "_confirm", confirm)


def stops_the_broker() -> None:
    """JOBHUB_FAILPOINT stops the broker (process JOBHUB_CHAOS_BROKER), not ourselves; it knows two steps of a join."""
    from aiokafka.consumer.group_coordinator import CoordinatorGroupRebalance

    from hub.stream import failpoints

    broker = int(os.environ["JOBHUB_CHAOS_BROKER"])
    stopping = SimpleNamespace(getpid=lambda: broker, kill=lambda process, _: os.kill(process, signal.SIGSTOP))
    replace(failpoints, "os", stopping)
    for name, step in (("perform_group_join", "joining"), ("_send_sync_group_request", "joined")):
        replace(CoordinatorGroupRebalance, name, _of_our_group(real(CoordinatorGroupRebalance, name), step))


def _of_our_group(call: Callable[..., Awaitable[Any]], step: str) -> Any:
    """A step before it, but not in the group of Faust's probe, which joins too."""

    async def stepped(self: Any, *args: Any) -> Any:
        _at(step if self.group_id == "jobhub" else "")
        return await call(self, *args)

    return stepped


BREAKS: dict[str, Callable[[], None]] = {
    "stops-the-broker": stops_the_broker,
    "stands-before-commit": stands_before_commit,
    "sink-steps": sink_steps,
    "stops-reading": stops_reading,
    "short-patience": short_patience,
    "connector-steps": connector_steps,
    "clock": clock,
    **mutants_worker.BREAKS,
    **mutants_sink.BREAKS,
    **mutants_connector.BREAKS,
}
