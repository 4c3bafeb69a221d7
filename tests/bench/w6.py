"""W6: once, three times and ten times the data: time grows in a straight line, memory with the entities only.

Once is measured again at the end: what the two differ by, other work on the machine did, and nothing that differs by
less is a finding.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

from hub.settings import Settings
from hub.topics import ensure_topics, load_manifest
from tests.bench.context import Context
from tests.bench.drain import Drained, drain
from tests.bench.replay import Replay, send

EVENTS = 100_000
TIMES = (1, 3, 10, 1)
_JOBCENTERS = [f"bench{letter}" for letter in "abcde"]


def run(context: Context) -> dict[str, Any]:
    """A column for each size; `linear`: time or CPU for each event over that of the smallest size, both runs of it.

    Memory is compared between the two larger sizes: the smallest does not fill all buffers yet.
    """
    found: list[Drained] = []
    exact = True
    for times in TIMES:
        count, name = (context.events or EVENTS) * times, f"w6-{len(found)}"
        with context.services(name, postgres=False) as real:
            manifest = load_manifest(Settings().deploy_folder / "topics.yaml")
            asyncio.run(ensure_topics(real.bootstrap_servers, manifest, _JOBCENTERS))
            replay = Replay(_JOBCENTERS, "lean")
            context.say(f"x{times}: sending {count:,} events, then the worker")
            send(real.bootstrap_servers, replay, count)
            found.append(drain(context, f"{name}-worker", real, replay, count))
            exact &= found[-1].exact(replay)
    least, middle, most, again = found
    return {
        "exact": exact,
        "noise_time": _noise(least.seconds / least.counted, again.seconds / again.counted),
        "noise_cpu": _noise(least.cpu_secs / least.counted, again.cpu_secs / again.counted),
        "linear_time_x3": _over(middle, middle.seconds, least.seconds + again.seconds, least, again),
        "linear_time_x10": _over(most, most.seconds, least.seconds + again.seconds, least, again),
        "linear_cpu_x3": _over(middle, middle.cpu_secs, least.cpu_secs + again.cpu_secs, least, again),
        "linear_cpu_x10": _over(most, most.cpu_secs, least.cpu_secs + again.cpu_secs, least, again),
        "must_linear": "0.90 to 1.10",
        "state_bytes_per_entity": _state_bytes(most.entities),
        "bytes_per_entity": (most.rss_mb - middle.rss_mb) * 2**20 / (most.entities - middle.entities),
        "must_bytes": "190 to 260",
        **{name: _column(one) for name, one in zip(("x1", "x3", "x10", "x1 again"), found, strict=True)},
    }


def _state_bytes(entities: int) -> int:
    """What the state alone takes, in a process that does nothing else."""
    asked = [sys.executable, "-m", "tests.bench.state_size", str(entities)]
    return int(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)


def _noise(one: float, other: float) -> float:
    """By how much the same work took longer the slower time."""
    return max(one, other) / min(one, other) - 1


def _over(one: Drained, spent: float, spent_least: float, *least: Drained) -> float:
    return _each(one, spent) / (spent_least / sum(each.counted for each in least) * 1e6)


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
