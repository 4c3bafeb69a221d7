"""The Faust app of a worker: an agent for each kind of event, the engine as a service, and a probe of the whole way.

Faust starts, supervises and ends; hub/stream makes it lossless. An item of a channel is a batch, so what Faust costs
for each item does not matter.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import faust
from faust.types import StreamT

from hub import metrics
from hub.flow import Flow
from hub.logs import configure_logs
from hub.steps.batch import Batch, Known, Outcome
from hub.stream.engine import Engine
from hub.stream.exits import UNHEALTHY, die
from hub.stream.fetches import read_in_columns
from hub.stream.options import WorkerOptions
from hub.stream.question import Question
from schemas import topics
from schemas.header_names import read_any_header_name

ASK_AGAIN_SECS = 5.0
HEARTBEAT_SECS = 5.0
STOP_SECS = 4.0
SENDER = b"hub"


def build(options: WorkerOptions, on_ready: Callable[[], None]) -> faust.App:
    """The app; `on_ready` is called once, when its partitions are open and its agents answer."""
    read_any_header_name()
    read_in_columns()
    app = _app(options)
    vacancies, measures, placements = (app.channel(maxsize=64) for _ in topics.EVENTS)
    flows = {event: Flow(event, options.public_keys) for event in topics.EVENTS}
    probes = app.topic(topics.PROBE, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")

    @app.agent(vacancies)
    async def decide_vacancies(questions: StreamT[Question]) -> None:
        async for question in questions:
            question.answer(flows["vacancy"].run)

    @app.agent(measures)
    async def decide_measures(questions: StreamT[Question]) -> None:
        async for question in questions:
            question.answer(flows["measure"].run)

    @app.agent(placements)
    async def decide_placements(questions: StreamT[Question]) -> None:
        async for question in questions:
            question.answer(flows["placement"].run)

    # Faust starts agents on channels only beside one on a real topic; this is it.
    @app.agent(probes)
    async def measure_the_way(heartbeats: StreamT[bytes]) -> None:
        async for heartbeat in heartbeats:
            if (seconds := _travelled(heartbeat)) is not None:
                metrics.probe_seconds.observe(seconds)

    @app.timer(HEARTBEAT_SECS)  # type: ignore[untyped-decorator]
    async def send_heartbeat() -> None:
        _ = await probes.send(key=SENDER, value=json.dumps({"sent_at": time.time()}).encode())

    channels = {"vacancy": vacancies, "measure": measures, "placement": placements}

    async def ask(batch: Batch, known: Known, looking: AbstractContextManager[None]) -> Outcome:
        question = Question(batch, known, looking)
        # When its own group is rebalanced, Faust empties the queues of channels. The flow is pure: asking again is
        # harmless, and an answer to a question nobody waits for is dropped.
        while not question.answered.done():
            _ = await channels[batch.event].send(value=question)
            await asyncio.wait([question.answered], timeout=ASK_AGAIN_SECS)
        return question.answered.result()

    async def ready() -> None:
        for event in topics.EVENTS:
            await ask(Batch(event, (), 0), {}, nullcontext())
        on_ready()

    @app.service
    class Hub(Engine):
        def __init__(self, **service: Any) -> None:
            super().__init__(options, ask, ready, **service)

    return app


def _app(options: WorkerOptions) -> faust.App:
    return faust.App(
        options.faust_group,
        broker=[f"kafka://{server}" for server in options.bootstrap_servers.split(",")],
        datadir=str(options.data / "faust"),
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        agent_supervisor="mode.CrashingSupervisor",
        processing_guarantee="at_least_once",
        consumer_auto_offset_reset="latest",
        broker_session_timeout=max(10.0, options.session_secs),
        worker_redirect_stdouts=False,
        **_credentials(options),
    )


def run(options: WorkerOptions, on_ready: Callable[[], None]) -> int:
    """Run a worker until SIGTERM or SIGINT; the exit code. Ends the process itself when anything fails."""
    configure_logs()
    (options.data / "faust").mkdir(parents=True, exist_ok=True)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    worker = _Worker(
        build(options, on_ready),
        loop=loop,
        quiet=True,
        loglevel=logging.WARNING,
        override_logging=False,
        redirect_stdouts=False,
        logging_config={},
    )
    worker.spinner = None
    try:
        worker.execute_from_commandline()
    except SystemExit as end:
        reason = worker.crash_reason or end.__context__
        if not end.code and reason is None:
            return 0
    # A service or an agent of Faust crashed; the engine's own tasks end the process themselves.
    die("a part of Faust", reason or RuntimeError())


class _Worker(faust.Worker):
    """A Faust worker that keeps its word when it is told to stop."""

    async def stop(self) -> None:
        """Stop in order; at once after STOP_SECS, for with a broker that is away order takes minutes.

        That is safe at any moment: what is open then is settled by whoever takes over.
        """
        code = 0 if self.crash_reason is None else UNHEALTHY
        deadline = threading.Timer(STOP_SECS, os._exit, (code,))
        deadline.daemon = True
        deadline.start()
        await super().stop()


def _credentials(options: WorkerOptions) -> dict[str, Any]:
    """Sign-in of the engine's clients, in Faust's words."""
    security = options.security
    context = security.get("ssl_context")
    if "sasl_mechanism" in security:
        return {
            "broker_credentials": faust.SASLCredentials(
                username=security.get("sasl_plain_username"),
                password=security.get("sasl_plain_password"),
                mechanism=security["sasl_mechanism"],
                ssl_context=context,
            )
        }
    return {"broker_credentials": faust.SSLCredentials(context=context)} if context is not None else {}


def _travelled(heartbeat: bytes) -> float | None:
    try:
        return max(0.0, time.time() - float(json.loads(heartbeat)["sent_at"]))
    except (ValueError, KeyError, TypeError):
        return None  # a heartbeat nobody can read measures nothing
