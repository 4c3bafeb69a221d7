"""Disks that are full: small file systems of our own, filled to the last byte and emptied again. Needs root."""

from __future__ import annotations

import json
import time

from tests.chaos.bench import Bench, experiment
from tests.chaos.experiments.deliveries import connectors, open_offices, sent, told
from tests.chaos.office import intend
from tests.chaos.world import World
from tests.support.disks import fill, mounts, small_disk


@experiment("F12", "the broker's disk is full, then it has room again", short=True)
def broker_disk(bench: Bench) -> None:
    if bench.skip(mounts()):
        return
    world = bench.world()
    with small_disk(world.folder / "kafka", 700), world:
        world.usual()
        load = bench.load(world, bench.secs(22, 10))
        filler = fill(world.folder / "kafka")
        world.fault()
        time.sleep(bench.secs(20, 8))
        filler.unlink()
        died = not world.broker.alive
        world.restart_broker()
        world.healed()
        load.stop()
        bench.judge(world, note="the broker ended" if died else "the broker lived")


@experiment("F13", "the database's disk is full, then it has room again")
def database_disk(bench: Bench) -> None:
    if bench.skip(mounts()):
        return
    world = bench.world()
    with small_disk(world.folder / "postgres", 400), world:
        world.usual()
        load = bench.load(world, bench.secs(22, 10))
        filler = fill(world.folder / "postgres")
        world.fault()
        time.sleep(bench.secs(20, 8))
        filler.unlink()
        died = world.postgres.postgres_pid is None
        if died:
            world.restart_database()
        world.healed()
        load.stop()
        bench.judge(world, note="the database ended" if died else "the database lived")


@experiment("F14", "the connectors' disk is full, then it has room again")
def connector_disk(bench: Bench) -> None:
    if bench.skip(mounts()):
        return
    with bench.world() as world, small_disk(world.folder / "data" / "connectors", 20):
        world.usual()
        five = open_offices(world)
        intents = [intent for office in five for intent in intend(world.ledger, office.change(60))]
        for office in five:
            office.write(23)
        filler = fill(world.folder / "data" / "connectors")
        code, said = connectors(world), _error(world)
        world.fault()
        assert code != 0, "a full disk was not noticed"
        filler.unlink()
        sent(world, intents)
        world.healed()
        bench.judge(world, note=f"code {code} while it was full: {said}")


def _error(world: World) -> str:
    for line in told(world).splitlines():
        if line.startswith("{") and (failures := json.loads(line).get("failures")):
            return " ".join(sorted({f"{failure['code']} {failure['error']}" for failure in failures}))[:100]
    return told(world)[-100:]
