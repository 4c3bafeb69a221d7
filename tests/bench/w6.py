"""W6: once, three times and ten times the data: time grows in a straight line, memory with the entities only."""

from __future__ import annotations

import asyncio
from typing import Any

from hub.settings import Settings
from hub.topics import ensure_topics, load_manifest
from tests.bench.context import Context
from tests.bench.drain import Drained, drain
from tests.bench.replay import Replay, send

EVENTS = 100_000
TIMES = (1, 3, 10)
_JOBCENTERS = [f"bench{letter}" for letter in "abcde"]


def run(context: Context) -> dict[str, Any]:
    """A column for each size; `linear`: time or CPU for each event over that of the smallest size.

    Memory is compared between the two larger sizes: the smallest does not fill all buffers yet.
    """
    found: dict[int, Drained] = {}
    exact = True
    for times in TIMES:
        count = (context.events or EVENTS) * times
        with context.services(f"w6-{times}", postgres=False) as real:
            manifest = load_manifest(Settings().deploy_folder / "topics.yaml")
            asyncio.run(ensure_topics(real.bootstrap_servers, manifest, _JOBCENTERS))
            replay = Replay(_JOBCENTERS, "lean")
            context.say(f"x{times}: sending {count:,} events, then the worker")
            send(real.bootstrap_servers, replay, count)
            found[times] = drain(context, f"w6-worker-{times}", real, replay, count)
            exact &= found[times].exact(replay)
    least, middle, most = (found[times] for times in TIMES)
    return {
        "exact": exact,
        "linear_time_x3": _each(middle, middle.seconds) / _each(least, least.seconds),
        "linear_time_x10": _each(most, most.seconds) / _each(least, least.seconds),
        "linear_cpu_x3": _each(middle, middle.cpu_secs) / _each(least, least.cpu_secs),
        "linear_cpu_x10": _each(most, most.cpu_secs) / _each(least, least.cpu_secs),
        "must_linear": "0.90 to 1.10",
        "bytes_per_entity": (most.rss_mb - middle.rss_mb) * 2**20 / (most.entities - middle.entities),
        "must_bytes": "190 to 260",
        **{f"x{times}": _column(one) for times, one in found.items()},
    }


def _column(one: Drained) -> dict[str, float]:
    return {
        "events_per_s": one.counted / one.seconds,
        "us_per_event": _each(one, one.seconds),
        "cpu_us_per_event": _each(one, one.cpu_secs),
        "rss_mb": one.rss_mb,
        "entities": one.entities,
    }


def _each(one: Drained, seconds: float) -> float:
    return seconds / one.counted * 1e6
