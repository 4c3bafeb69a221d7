"""W8: how long nothing moves after kill -9 of a worker, and of the only broker.

Of two workers under load one is killed; until every record sent by then, and for a moment more, has an outcome. What
is beyond the session time-out is ours. Of the broker: from its being up again on, so its own start is not counted.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import statistics
import time
from typing import Any

from hub.embedded import Services
from hub.settings import Settings
from hub.topics import ensure_topics, load_manifest
from tests.bench.context import Context
from tests.support.load import Load
from tests.support.trickle import Trickle
from tests.support.workers import Feeder, Kept, wait_until_done, without_outcome, workers, wrong

ROUNDS = 5
SESSION_SECS = 2.0
"""That of tests.support.workers."""


def run(context: Context) -> dict[str, Any]:
    """Seconds; `must_max` are the limits."""
    services = Services(context.folder / "w8", postgres=False)
    bootstrap = services.start().bootstrap_servers
    try:
        worker = [_worker_killed(context, bootstrap, n) for n in range(ROUNDS)]
        broker = [_broker_killed(context, services, bootstrap, n) for n in range(ROUNDS)]
    finally:
        services.stop()
    return {
        "rounds": ROUNDS,
        "exact": all(exact for _, exact in worker + broker),
        "worker killed, beyond the session": {**_told([secs - SESSION_SECS for secs, _ in worker]), "must_max": 2},
        "broker killed, beyond its start": {**_told([secs for secs, _ in broker]), "must_max": 10},
    }


def _told(seconds: list[float]) -> dict[str, float]:
    return {"median_s": statistics.median(seconds), "max_s": max(seconds)}


def _worker_killed(context: Context, bootstrap: str, number: int) -> tuple[float, bool]:
    jobcenters = _jobcenters(bootstrap)
    feeder = Feeder(bootstrap)
    with workers(tell=context.say) as start:
        one = start(bootstrap, jobcenters, context.folder / f"one-{number}")
        one.wait_ready()
        with Trickle(feeder, Load(list(jobcenters), seed=number)):
            two = Kept(lambda: start(bootstrap, jobcenters, context.folder / f"two-{number}"))
            two.worker.wait_ready()
            time.sleep(2)
            one.send(signal.SIGKILL)
            killed = time.monotonic()
            time.sleep(0.3)  # by now all partitions of the dead one have records that wait
            _until_done(bootstrap, jobcenters, feeder, two)
            secs = time.monotonic() - killed
        wait_until_done(bootstrap, jobcenters, feeder.sent, two)
        context.say(f"worker killed: {secs:.1f} s")
        return secs, not wrong(bootstrap, jobcenters, feeder.sent)


def _broker_killed(context: Context, services: Services, bootstrap: str, number: int) -> tuple[float, bool]:
    jobcenters = _jobcenters(bootstrap)
    feeder = Feeder(bootstrap)
    with workers(tell=context.say) as start:
        kept = Kept(lambda: start(bootstrap, jobcenters, context.folder / f"broker-{number}"))
        kept.worker.wait_ready()
        feeder.send(Load(list(jobcenters), seed=number).records(4_000))
        os.kill(services.kafka_pid or 0, signal.SIGKILL)
        services.stop()
        if services.start().bootstrap_servers != bootstrap:
            raise RuntimeError("the broker has another address now")
        up = time.monotonic()
        _until_done(bootstrap, jobcenters, feeder, kept)
        secs = time.monotonic() - up
        context.say(f"broker killed: {secs:.1f} s")
        return secs, not wrong(bootstrap, jobcenters, feeder.sent)


def _jobcenters(bootstrap: str) -> list[str]:
    ids = sorted(f"t{secrets.token_hex(4)}" for _ in range(2))
    manifest = load_manifest(Settings().deploy_folder / "topics.yaml")
    asyncio.run(ensure_topics(bootstrap, manifest, ids))
    return ids


def _until_done(bootstrap: str, jobcenters: list[str], feeder: Feeder, kept: Kept) -> None:
    began, before = time.monotonic(), dict(feeder.sent)
    while without_outcome(bootstrap, jobcenters, before):
        kept.look()
        if time.monotonic() - began > 120:
            raise RuntimeError("nothing moves any more")
        time.sleep(0.05)
