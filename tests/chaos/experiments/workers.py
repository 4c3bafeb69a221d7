"""Workers that are killed, stopped, starved of memory, or come and go."""

from __future__ import annotations

import random
import signal
import time

from tests.chaos.bench import Bench, experiment
from tests.chaos.breaks import SINK_STEPS, WORKER_STEPS
from tests.chaos.checker import UNEXPLAINED, Findings
from tests.chaos.processes import Role, wait_for
from tests.chaos.world import SESSION_SECS, World


@experiment("F01", "kill -9 of a worker at random moments", short=True)
def kill_workers(bench: Bench) -> None:
    dice = random.Random(bench.seed)
    with bench.world() as world:
        one, two, _ = world.usual()
        load = bench.load(world, bench.secs(50, 5))
        for _ in range(bench.size(20, 4)):
            dice.choice((one, two)).kill()
            world.fault()
            time.sleep(dice.uniform(1, 4) if not bench.short else dice.uniform(0.5, 2))
        world.healed()
        load.stop()
        bench.judge(world)


@experiment("F02", "kill -9 at every step of worker and sink", short=True)
def kill_at_every_step(bench: Bench) -> None:
    with bench.world() as world:
        sink, worker = world.sink(), world.worker()
        world.await_ready(sink, worker)
        for step in ("delivered",) if bench.short else WORKER_STEPS:
            _die_at(bench, world, worker, step, 3)
        for step in ("sink-written",) if bench.short else SINK_STEPS:
            _die_at(bench, world, sink, step, 3)


def _die_at(bench: Bench, world: World, role: Role, step: str, passage: int) -> None:
    """One process dies at a step under load; its successor does not know that step."""
    passage = 1 if step in ("before-fence", "fenced") else passage
    role.environment["JOBHUB_FAILPOINT"] = f"{step}:{passage}"
    role.environment["JOBHUB_CHAOS_BREAK"] = "sink-steps"
    role.module, usual = "tests.chaos.child", role.module
    before = len(role.codes)
    role.send(signal.SIGTERM)
    wait_for(lambda: len(role.codes) > before, f"{role.name} ended")
    wait_for(lambda: role.running, f"{role.name} started")
    role.module = usual
    role.environment.pop("JOBHUB_FAILPOINT")
    for _ in range(200):
        world.send(next(world.intents) for _ in range(20))
        if len(role.codes) > before + 1:
            break
        time.sleep(0.1)
    assert role.codes[before + 1 :] == [-signal.SIGKILL], f"{step} was not reached: {role.codes}"
    world.fault()
    world.healed()
    bench.judge(world, step=step, calm=False)


@experiment("F06", "a worker or a sink stands still, is replaced, and wakes up", short=True)
def zombies(bench: Bench) -> None:
    with bench.world() as world:
        first = world.worker("worker-1")
        world.await_ready(first, world.sink(name="sink-1"))
        load = bench.load(world, bench.secs(40, 20))
        first.end()
        zombie = world.worker("worker-1", JOBHUB_FAILPOINT="sent:15:stop")
        zombie.environment.pop("JOBHUB_FAILPOINT")
        world.await_ready(zombie)
        wait_for(zombie.stands_still, "a worker stands still in a transaction", of=zombie)
        heir = world.worker("worker-2")
        world.await_ready(heir)
        time.sleep(2 * SESSION_SECS)
        zombie.send(signal.SIGCONT)
        world.fault()
        wait_for(lambda: zombie.codes, "the zombie has noticed", of=zombie)
        world.await_ready(world.sink(name="sink-2"))
        names = ("sink-1", "worker-2") if bench.short else ("sink-1", "sink-2", "worker-1", "worker-2")
        for role in (world.supervisor.roles[name] for name in names):
            role.send(signal.SIGSTOP)
            world.fault()
            time.sleep(2 * SESSION_SECS)
            role.send(signal.SIGCONT)
            time.sleep(2)
        world.healed()
        load.stop()
        fenced = 10 in zombie.codes

        def stopped(found: Findings) -> None:
            found.add("I2", UNEXPLAINED, not fenced, f"the zombie was not fenced: {zombie.codes}")

        bench.judge(world, note="the zombie was fenced", also=stopped)


@experiment("F27", "a worker comes or goes every two seconds")
def rebalance_storm(bench: Bench) -> None:
    with bench.world() as world:
        _, two, _ = world.usual()
        load = bench.load(world, bench.secs(120, 20))
        end, done, windows = time.monotonic() + bench.secs(120, 20), _done(world), []
        window = time.monotonic() + 20
        while time.monotonic() < end:
            two.kept = not two.kept
            two.send(signal.SIGTERM)
            world.fault()
            time.sleep(2)
            if time.monotonic() >= window:
                windows.append(_done(world) - done)
                done, window = _done(world), time.monotonic() + 20
        two.kept = True
        world.healed()
        load.stop()

        def progress(found: Findings) -> None:
            found.add("I9", UNEXPLAINED, sum(count == 0 for count in windows), "no progress in 20 s")

        bench.judge(world, note=f"records per 20 s: {windows}", also=progress)


def _done(world: World) -> int:
    return sum(offset for (stage, *_), offset in world.reached().items() if stage == "worker")


@experiment("F32", "a worker runs out of memory")
def out_of_memory(bench: Bench) -> None:
    with bench.world() as world:
        one, two, _ = world.usual()
        load = bench.load(world, bench.secs(25, 15))
        ends = []
        for role in (one, two, one):
            before = len(role.codes)
            wait_for(lambda role=role: role.ready, "ready again")  # type: ignore[misc]
            role.squeeze(256 << 10)
            world.fault()
            try:
                wait_for(lambda role=role, before=before: len(role.codes) > before, "it ended", 10)  # type: ignore[misc]
                ends.append(f"code {role.codes[-1]}")
            except AssertionError:
                role.kill()  # as the kernel does when it finds nobody else
                ends.append("killed")
            time.sleep(2)
        world.healed()
        load.stop()
        bench.judge(world, note=", ".join(ends))


@experiment("F37", "a worker reads no more, without an error", short=True)
def stalled(bench: Bench) -> None:
    with bench.world() as world:
        sign = world.folder / "stop-reading"
        variables = {"JOBHUB_CHAOS_BREAK": "stops-reading,short-patience", "JOBHUB_CHAOS_PATIENCE": "4"}
        variables["JOBHUB_CHAOS_SIGN"] = str(sign)
        worker = world.worker("worker-1", **variables)
        worker.environment.pop("JOBHUB_CHAOS_BREAK")  # its successor reads
        world.await_ready(worker, world.sink())
        load = bench.load(world, bench.secs(20, 6))
        world.fault()
        sign.touch()
        wait_for(lambda: worker.codes, "its watchdog has ended it", of=worker)
        world.healed()
        load.stop()
        code, said = worker.codes[0], worker.stderr

        def noticed(found: Findings) -> None:
            found.add("I9", UNEXPLAINED, code != 10 or "no commit for 4 s" not in said, f"{code}: {said[-300:]}")

        bench.judge(world, note=f"ended by its watchdog with {code}, started again", also=noticed)
