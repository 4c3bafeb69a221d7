"""A database that goes away, is slow, or is killed."""

from __future__ import annotations

import os
import signal
import statistics
import time

from tests.chaos import database
from tests.chaos.bench import Bench, experiment
from tests.chaos.checker import UNEXPLAINED, Findings
from tests.chaos.processes import wait_for
from tests.chaos.world import World


@experiment("F15", "one sink is slow: a second for each row", short=True)
def slow_sink(bench: Bench) -> None:
    with bench.world() as world:
        workers = (world.worker("worker-1"), world.worker("worker-2"))
        sinks = [world.sink(name, name=name) for name in ("board", "reporting", "receipts")]
        world.await_ready(*workers, *sinks)
        load = bench.load(world, bench.secs(30, 10))
        began = _now(world)
        time.sleep(bench.secs(10, 5))
        quick = _measured(world, began)
        began = _now(world)
        database.tell(world.database_url, "UPDATE chaos.slow SET secs = 1")
        world.fault()
        time.sleep(bench.secs(30, 10))
        slow = _measured(world, began)
        database.tell(world.database_url, "UPDATE chaos.slow SET secs = 0")
        world.healed()
        load.stop()

        def contained(found: Findings) -> None:
            # On a shared machine small times jitter, hence the floor.
            found.add(
                "I10", UNEXPLAINED, slow > max(2 * quick, 1.0), f"the other sink's p99 {quick:.2f} -> {slow:.2f} s"
            )

        bench.judge(world, note=f"the other sink's p99 {quick:.2f} -> {slow:.2f} s", also=contained)


def _measured(world: World, since: float) -> float:
    """The same as `latencies`, when there are enough rows to tell."""
    wait_for(lambda: latencies(world, since) < float("inf"), "the other sink stores rows", pause=0.5)
    return latencies(world, since)


def latencies(world: World, since: float) -> float:
    """p99 of the seconds from the intent to the row in the reporting schema."""
    times, intents = world.ledger.sent_at(), world.intents_by_id
    sent = {
        (intents[name].entity, intents[name].epoch, intents[name].version): at
        for name, at in times.items()
        if intents[name].kind == "new" and intents[name].topic.endswith(".vacancy.v1")
    }
    rows = database.ask(
        world.database_url,
        "SELECT entity, epoch, version, extract(epoch FROM at)::float FROM chaos.transition"
        " WHERE rel = 'reporting.vacancy' AND extract(epoch FROM at) > %s",
        since,
    )
    took = sorted(at - sent[place] for *place_, at in rows if (place := tuple(place_)) in sent)
    return statistics.quantiles(took, n=100)[98] if len(took) > 10 else float("inf")


def _now(world: World) -> float:
    return float(database.ask(world.database_url, "SELECT extract(epoch FROM clock_timestamp())::float")[0][0])


@experiment("F16", "the database is away for long")
def away(bench: Bench) -> None:
    with bench.world() as world:
        world.usual()
        load = bench.load(world, bench.secs(90, 10))
        world.postgres.stop()
        world.fault()
        time.sleep(bench.secs(90, 10))
        load.stop()
        waiting = len(world.behind())
        world.restart_database()
        world.healed()
        bench.judge(world, note=f"{waiting} partitions behind before it came back")


@experiment("F17", "the database ends at once, again and again", short=True)
def killed(bench: Bench) -> None:
    with bench.world() as world:
        world.usual()
        load = bench.load(world, bench.secs(30, 6))
        for round_ in range(bench.size(5, 2)):
            assert world.postgres.postgres_pid is not None
            # SIGQUIT is what `pg_ctl -m immediate` sends; every other time not even that.
            os.kill(world.postgres.postgres_pid, signal.SIGKILL if round_ % 2 else signal.SIGQUIT)
            world.fault()
            time.sleep(0.5)
            world.restart_database()
            time.sleep(bench.secs(4, 1.5))
        world.healed()
        load.stop()
        bench.judge(world)


@experiment("F18", "the database is restored from an old backup")
def restored(bench: Bench) -> None:
    with bench.world() as world:
        world.usual()
        load = bench.load(world, bench.secs(25, 6))
        world.postgres.stop()
        world.copy_database("backup")
        world.restart_database()
        load.await_sent(load.sent + bench.size(2500, 600))
        # Harder than the runbook has it: the sinks go on, and hold a position that is not the database's any more.
        world.postgres.stop()
        world.fault()
        world.restore_database("backup")
        world.restart_database()
        world.healed()
        time.sleep(1)
        load.stop()
        bench.judge(world, note="rows and positions went back together; the logs healed them")
