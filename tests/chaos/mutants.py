"""The checker on trial: each rule is taken away once, and one invariant, named beforehand, must notice."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos import wire
from tests.chaos.experiments.brokers import expire, set_limit
from tests.chaos.experiments.deliveries import day, days
from tests.chaos.processes import wait_for
from tests.chaos.script import FORGED, poison
from tests.chaos.world import JOBCENTERS, World

Scene = Callable[[World, str], None]
_PATIENCE_SECS = 18.0


@dataclass(frozen=True)
class Mutant:
    """A rule taken away (a name in tests/chaos/breaks.py), where it is tried, and the invariant it must break."""

    name: str
    must: str
    scene: Scene
    also: str = ""
    """A fault without which the rule would not be needed."""
    short: bool = False


@dataclass(frozen=True)
class Verdict:
    """Which invariants were broken by a mutant."""

    mutant: str
    must: str
    caught_by: list[str]
    note: str

    @property
    def dead(self) -> bool:
        """Whether the invariant named beforehand noticed it."""
        return self.must in self.caught_by


def try_one(mutant: Mutant, seed: int) -> Verdict:
    """Run a mutant in a world of its own."""
    with World(seed) as world:
        mutant.scene(world, ",".join(part for part in (mutant.name, mutant.also) if part))
        settle(world)
        found = world.check()
    return Verdict(mutant.name, mutant.must, found.broken, "; ".join(found.lines()))


def settle(world: World) -> None:
    """Wait until everything is level, or nothing moves any more: a mutant may never come to an end."""
    end, before, still = time.monotonic() + 3 * _PATIENCE_SECS, None, time.monotonic()
    while time.monotonic() < end and world.behind():
        now = world.reached()
        if now != before:
            before, still = now, time.monotonic()
        elif time.monotonic() - still > _PATIENCE_SECS:
            return
        time.sleep(0.3)
    time.sleep(0.5)


# ---------------------------------------------------------------------------------------------------------- scenes


def plain(world: World, breaks: str) -> None:
    """A load, and nothing else goes wrong."""
    roles = (world.worker(JOBHUB_CHAOS_BREAK=breaks), world.sink())
    world.await_ready(*roles)
    world.send(next(world.intents) for _ in range(900))


def both(world: World, breaks: str) -> None:
    """The same with a sink that is broken, too."""
    roles = (world.worker(JOBHUB_CHAOS_BREAK=breaks), world.sink(JOBHUB_CHAOS_BREAK=breaks))
    world.await_ready(*roles)
    for _ in range(10):
        world.send(next(world.intents) for _ in range(90))
        time.sleep(0.2)


def forged(world: World, breaks: str) -> None:
    """One Jobcenter writes in another's name."""
    world.await_ready(world.worker(JOBHUB_CHAOS_BREAK=breaks), world.sink())
    forgery = [
        poison(FORGED, jobcenter, event, f"{jobcenter}-{event}") for jobcenter in JOBCENTERS for event in wire.EVENTS
    ]
    world.send([*world.script.newer(100), *forgery, *world.script.newer(100)])


def full_log(world: World, breaks: str) -> None:
    """Much to read at once."""
    world.send(next(world.intents) for _ in range(900))
    world.await_ready(world.worker(JOBHUB_CHAOS_BREAK=breaks), world.sink())


def woken(world: World, breaks: str) -> None:
    """A worker stands still in a transaction and wakes up behind its successor."""
    zombie = world.worker("worker-1", JOBHUB_CHAOS_BREAK=breaks, JOBHUB_FAILPOINT="delivered:6:stop")
    zombie.environment.pop("JOBHUB_FAILPOINT")
    world.await_ready(zombie, world.sink())
    load = world.load()
    wait_for(zombie.stands_still, "it stands still", of=zombie)
    heir = world.worker("worker-2", JOBHUB_CHAOS_BREAK=breaks)
    world.await_ready(heir)
    time.sleep(3)
    zombie.send(signal.SIGCONT)
    time.sleep(2)
    load.stop()


def late_commit(world: World, breaks: str) -> None:
    """The former owner commits between the moment its successor reads the state and the moment it fences."""
    sign = world.folder / "sign"
    zombie = world.worker("worker-1", JOBHUB_CHAOS_BREAK="deaf", JOBHUB_FAILPOINT="delivered:6:stop")
    zombie.environment.pop("JOBHUB_FAILPOINT")
    world.await_ready(zombie, world.sink())
    load = world.load()
    wait_for(zombie.stands_still, "it stands still", of=zombie)
    world.worker("worker-2", JOBHUB_CHAOS_BREAK=breaks, JOBHUB_CHAOS_SIGN=str(sign))
    wait_for(sign.exists, "the successor has read the state")
    time.sleep(0.7)
    zombie.send(signal.SIGCONT)
    time.sleep(1)
    sign.with_name("sign.go").touch()
    time.sleep(3)
    load.stop()


def killed(world: World, breaks: str) -> None:
    """A worker is killed under load."""
    worker = world.worker(JOBHUB_CHAOS_BREAK=breaks)
    world.await_ready(worker, world.sink())
    load = world.load()
    load.await_sent(900)
    worker.kill()
    time.sleep(1)
    load.stop()


def small_receipts(world: World, breaks: str) -> None:
    """The broker refuses receipts for a while."""
    _refusing(world, breaks, [wire.receipts(name) for name in JOBCENTERS])


def small_rejected(world: World, breaks: str) -> None:
    """The broker refuses rejected records for a while."""
    _refusing(world, breaks, [wire.rejected(name) for name in JOBCENTERS])


def _refusing(world: World, breaks: str, topics: list[str]) -> None:
    world.await_ready(world.worker(JOBHUB_CHAOS_BREAK=breaks), world.sink())
    world.send(next(world.intents) for _ in range(200))
    set_limit(world, topics, 100)
    world.send(next(world.intents) for _ in range(400))
    time.sleep(3)
    set_limit(world, topics, 2_097_152)
    world.send(next(world.intents) for _ in range(200))


def expired(world: World, breaks: str) -> None:
    """Records are deleted before they are read."""
    world.send(next(world.intents) for _ in range(600))
    expire(world)
    world.await_ready(world.worker(JOBHUB_CHAOS_BREAK=breaks), world.sink())


def dying_sink(world: World, breaks: str) -> None:
    """A sink dies between its two transactions."""
    variables = {"JOBHUB_CHAOS_BREAK": breaks, "JOBHUB_CHAOS_DATABASE": world.database_url}
    sink = world.sink(**variables, JOBHUB_FAILPOINT="between:9")
    sink.environment.pop("JOBHUB_FAILPOINT")
    world.await_ready(sink, world.worker())
    for _ in range(10):
        world.send(next(world.intents) for _ in range(60))
        time.sleep(0.2)
    wait_for(lambda: sink.codes, "it died", 20, of=sink)


def woken_sink(world: World, breaks: str) -> None:
    """A sink stands still before a transaction and wakes up behind its successor."""
    breaks += ",sink-steps"
    zombie = world.sink(name="sink-1", JOBHUB_CHAOS_BREAK=breaks, JOBHUB_FAILPOINT="sink-before:9:stop")
    zombie.environment.pop("JOBHUB_FAILPOINT")
    world.await_ready(zombie, world.worker())
    load = world.load()
    wait_for(zombie.stands_still, "it stands still", of=zombie)
    world.await_ready(world.sink(name="sink-2", JOBHUB_CHAOS_BREAK=breaks))
    time.sleep(2)
    load.stop()
    settle(world)
    zombie.send(signal.SIGCONT)
    time.sleep(3)


def two_days(world: World, breaks: str) -> None:
    """Real connectors read two days' lists; the second repeats, changes and withdraws, and some of it is unreadable."""
    world.await_ready(world.worker(), world.sink())
    days(world, JOBHUB_CHAOS_BREAK=breaks)


def dying_connector(world: World, breaks: str) -> None:
    """A connector dies while it sends."""
    world.await_ready(world.worker(), world.sink())
    breaks += ",connector-steps"
    day(world, 23, dies_at="connector-sent:20", JOBHUB_CHAOS_BREAK=breaks)


MUTANTS = (
    Mutant("offset-before-data", "I7", dying_sink, short=True),
    Mutant("offset-after-data", "I2", dying_sink),
    Mutant("no-compare-and-set", "I2", woken_sink),
    Mutant("sink-without-version-guard", "I4", both, also="no-version-guard"),
    Mutant("no-version-guard", "I6", plain, short=True),
    Mutant("last-wins", "I3", plain),
    Mutant("tombstone-at-once", "I6", plain),
    Mutant("epoch-ignored", "I4", plain, short=True),
    Mutant("duplicates-applied", "I3", plain),
    Mutant("jobcenter-of-payload", "I8", forged),
    Mutant("holes-unnoticed", "I2", full_log, also="torn-prefetch", short=True),
    Mutant("reset-to-earliest", "I2", expired),
    Mutant("no-fence", "I2", woken, also="ends-forgotten"),
    Mutant("state-before-fence", "I2", late_commit),
    Mutant("positions-of-group", "I2", killed),
    Mutant("sends-not-awaited", "I2", small_receipts),
    Mutant("rejected-not-awaited", "I2", small_rejected),
    Mutant("rows-not-compared", "I1", two_days),
    Mutant("outbox-high-water", "I1", two_days, also="one-send-fails", short=True),
    Mutant("rejected-not-seen", "I5", two_days),
    Mutant("marked-before-ack", "I1", dying_connector),
)
