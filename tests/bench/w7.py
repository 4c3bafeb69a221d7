"""W7: one, two and three workers side by side on the same raw topics.

The broker keeps to its core and one worker to the other; several share both. On two cores more workers win little,
since the broker needs one; what must hold is that they share the partitions and that nothing is lost or done twice.
Each run has topics of its own.
"""

from __future__ import annotations

import asyncio
from typing import Any

from hub.settings import Settings
from hub.topics import ensure_topics, load_manifest
from tests.bench.context import Context
from tests.bench.drain import drain
from tests.bench.replay import Replay, send

EVENTS = 400_000
WORKERS = (1, 2, 3)
_JOBCENTERS = [f"bench{letter}" for letter in "abcde"]


def run(context: Context) -> dict[str, Any]:
    """A column for each number of workers; ratios to one worker."""
    count = context.events or EVENTS
    columns: dict[str, dict[str, Any]] = {}
    for workers in WORKERS:
        with context.services(f"w7-{workers}", postgres=False) as real:
            manifest = load_manifest(Settings().deploy_folder / "topics.yaml")
            asyncio.run(ensure_topics(real.bootstrap_servers, manifest, _JOBCENTERS))
            replay = Replay(_JOBCENTERS, "lean")
            context.say(f"{workers} workers: sending {count:,} events, then working them off")
            send(real.bootstrap_servers, replay, count)
            one = drain(context, f"w7-{workers}", real, replay, count, workers)
        columns[f"{workers} workers"] = {
            "events_per_s": one.counted / one.seconds,
            "cpu_us_per_event": one.cpu_secs / one.counted * 1e6,
            "rss_mb": one.rss_mb,
            "exact": one.exact(replay),
        }
    alone, *others = columns.values()
    return {
        "events": count,
        "exact": all(column["exact"] for column in columns.values()),
        **{
            f"times_one_worker_{workers}": column["events_per_s"] / alone["events_per_s"]
            for workers, column in zip(WORKERS[1:], others, strict=True)
        },
        **columns,
    }
