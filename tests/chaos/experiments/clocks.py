"""Wall clocks that are wrong. No rule reads one."""

from __future__ import annotations

import time

from tests.chaos.bench import Bench, experiment
from tests.chaos.world import CHILD


@experiment("F19", "the clock of the workers jumps a month ahead and a day back under load")
def worker_clock(bench: Bench) -> None:
    with bench.world() as world:
        clock = world.folder / "clock"
        clock.write_text("0")
        variables = {"JOBHUB_CHAOS_BREAK": "clock", "JOBHUB_CHAOS_CLOCK": str(clock)}
        roles = (world.worker("worker-1", **variables), world.worker("worker-2", **variables), world.sink())
        assert roles[0].module == CHILD
        world.await_ready(*roles)
        load = bench.load(world, bench.secs(24, 12))
        for off in (30 * 86_400, -86_400, 3600, 0):
            clock.write_text(str(off))
            world.fault()
            time.sleep(bench.secs(6, 3))
        world.healed()
        load.stop()
        bench.judge(world)
