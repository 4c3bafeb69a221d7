"""Three brokers with three copies, of which two must have a record."""

from __future__ import annotations

import signal
import time

from tests.chaos import wire
from tests.chaos.bench import Bench, experiment
from tests.chaos.cluster import Three
from tests.chaos.processes import wait_for
from tests.chaos.world import JOBCENTERS


@experiment("F04", "kill -9 of the leader among three brokers")
def leader(bench: Bench) -> None:
    with bench.world(broker=Three) as world:
        assert isinstance(world.broker, Three)
        world.usual()
        load = bench.load(world, bench.secs(75, 20))
        for p in range(bench.size(3, 1)):
            node = world.broker.leader(wire.raw(JOBCENTERS[p], "vacancy"), p)
            node.send(signal.SIGKILL)
            world.fault()
            time.sleep(bench.secs(10, 5))
            node.start()
            wait_for(world.broker.in_sync, "all copies are up to date", 90, 0.5)
        world.healed()
        load.stop()
        bench.judge(world)


@experiment("F05", "two of three brokers are down")
def minority(bench: Bench) -> None:
    with bench.world(broker=Three) as world:
        assert isinstance(world.broker, Three)
        world.usual()
        load = bench.load(world, bench.secs(75, 20))
        for node in world.broker.nodes[1:]:
            node.send(signal.SIGKILL)
            world.fault()
        before = world.ledger.count("ack")
        time.sleep(bench.secs(60, 10))
        waiting = load.sent - world.ledger.count("ack")
        gained = world.ledger.count("ack") - before
        for node in world.broker.nodes[1:]:
            node.start()
        wait_for(world.broker.in_sync, "all copies are up to date", 90, 0.5)
        world.healed()
        load.stop()
        bench.judge(world, note=f"meanwhile {gained} acknowledged, {waiting} waiting at the sender")
