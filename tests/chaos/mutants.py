"""The checker on trial: each rule is taken away once, and one invariant, named beforehand, must notice."""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient

from tests.chaos import logs, wire
from tests.chaos.cluster import Two
from tests.chaos.experiments.brokers import expire, half_told, set_limit
from tests.chaos.experiments.deliveries import day, days
from tests.chaos.processes import Role, wait_for
from tests.chaos.script import FORGED, poison
from tests.chaos.world import JOBCENTERS, Broker, World

Scene = Callable[[World, str], None]
_PATIENCE_SECS = 18.0
_STATE = [(wire.STATE, p) for p in wire.PARTITIONS]


@dataclass(frozen=True)
class Mutant:
    """A rule taken away (a name in tests/chaos/breaks.py), where it is tried, and the invariant it must break."""

    name: str
    must: str
    scene: Scene
    also: str = ""
    """A fault without which the rule would not be needed."""
    short: bool = False
    broker: Callable[[Path], Broker] = Broker


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
    with World(seed, broker=mutant.broker, name=mutant.name) as world:
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
    """The same with a sink that is broken, too: what comes late comes in another batch than what was before it."""
    roles = (world.worker(JOBHUB_CHAOS_BREAK=breaks), world.sink(JOBHUB_CHAOS_BREAK=breaks))
    world.await_ready(*roles)
    for _ in range(3):
        world.send(next(world.intents) for _ in range(300))
        settle(world)


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
    """A worker stands still in a transaction and wakes up behind its successor, which began from the same state."""
    zombie = _stands_in_transaction(world, breaks)
    load = world.load()
    wait_for(zombie.stands_still, "it stands still", of=zombie)
    ends = logs.ends(world.broker.bootstrap, _STATE, committed=False)
    before = logs.unended(world.broker.bootstrap, wire.STATE)
    heir = world.worker("worker-2", JOBHUB_CHAOS_BREAK=breaks)
    wait_for(lambda: heir.ready or heir.codes, "its successor is ready", of=heir)
    after = logs.unended(world.broker.bootstrap, wire.STATE)
    still = [p for p, first in before.items() if after.get(p) == first]
    assert still, f"no transaction stands still: {before}, {after}"

    def begun_again() -> bool:
        now = logs.ends(world.broker.bootstrap, _STATE, committed=False)
        return all(now[wire.STATE, p][1] > ends[wire.STATE, p][1] for p in still)

    wait_for(begun_again, "its successor does the same once more", of=heir)
    zombie.send(signal.SIGCONT)
    _await_committed(world, {p: before[p] for p in still}, zombie)
    load.stop()


def late_commit(world: World, breaks: str) -> None:
    """The former owner commits between the moment its successor reads the state and the moment it fences."""
    sign = world.folder / "sign"
    zombie = _stands_in_transaction(world, "deaf")
    load = world.load()
    wait_for(zombie.stands_still, "it stands still", of=zombie)
    # Patient, so that nothing but the end of the other one deals the partitions anew.
    variables = {"JOBHUB_CHAOS_BREAK": breaks, "JOBHUB_CHAOS_SIGN": str(sign)}
    heir = world.worker("worker-2", session_secs="30", **variables)
    for p in wire.PARTITIONS:
        wait_for(Path(f"{sign}-{p}").exists, f"its successor has read the state of {p}", of=heir)
    still = logs.unended(world.broker.bootstrap, wire.STATE)
    assert still, "no transaction stands still"
    zombie.kept = False
    zombie.send(signal.SIGCONT)
    late = _await_committed(world, still, zombie)
    sign.with_suffix(".go").touch()
    wait_for(lambda: zombie.codes, "it has ended", of=zombie)
    ends = logs.ends(world.broker.bootstrap, _STATE)
    for p in late:
        _await_committed(world, {p: ends[wire.STATE, p][1]}, heir)
    load.stop()


def _stands_in_transaction(world: World, breaks: str) -> Role:
    """A worker that will stand still before a commit, in a transaction that outlives the start of its successor."""
    breaks += ",long-transactions"
    zombie = world.worker("worker-1", JOBHUB_CHAOS_BREAK=breaks, JOBHUB_FAILPOINT="delivered:6:stop")
    zombie.environment.pop("JOBHUB_FAILPOINT")
    world.await_ready(zombie, world.sink())
    return zombie


def _await_committed(world: World, since: Mapping[int, int], of: Role) -> list[int]:
    """Wait until a record lies behind one of these offsets of the state; the partitions in which one does.

    Not all of them: a worker that needed long for a commit ends after it, and leaves what it began elsewhere.
    """
    there: list[int] = []

    def any_there() -> bool:
        there[:] = [p for p, offset in since.items() if logs.committed(world.broker.bootstrap, wire.STATE, p, offset)]
        return bool(there)

    wait_for(any_there, "it has committed", of=of)
    return there


def killed(world: World, breaks: str) -> None:
    """A worker is killed when the group does not show yet how far it is."""
    worker = world.worker(JOBHUB_CHAOS_BREAK=breaks)
    world.await_ready(worker, world.sink())
    load = world.load()
    load.await_sent(900)
    for _ in range(20):
        worker.kept = False
        worker.kill()
        if unshown(world):
            break
        worker.kept = True
        world.await_ready(worker)
    worker.kept = True
    world.await_ready(worker)
    load.stop()


def unshown(world: World) -> dict[tuple[str, int], int]:
    """Positions that are committed, and that the worker's group does not show."""
    done = positions(world)
    asked = ConsumerGroupTopicPartitions("jobhub", [TopicPartition(*place) for place in done])
    admin = AdminClient({"bootstrap.servers": world.broker.bootstrap, "log_level": 0})
    (answer,) = admin.list_consumer_group_offsets([asked]).values()
    shown = {(tp.topic, tp.partition): max(0, tp.offset) for tp in answer.result().topic_partitions}
    return {place: offset for place, offset in done.items() if shown.get(place, 0) < offset}


def positions(world: World) -> dict[tuple[str, int], int]:
    """How far the worker is by its own state: (raw topic, partition) -> next offset."""
    found: dict[tuple[str, int], int] = {}
    for record in logs.read(world.broker.bootstrap, wire.STATE).of(wire.STATE):
        if record.key == b"pos" and record.value is not None:
            found.update({(topic, record.partition): next_ for topic, next_ in json.loads(record.value).items()})
    return found


def small_receipts(world: World, breaks: str) -> None:
    """The broker refuses receipts for a while."""
    _refusing(world, breaks, [wire.receipts(name) for name in JOBCENTERS])


def small_rejected(world: World, breaks: str) -> None:
    """The broker refuses rejected records for a while."""
    _refusing(world, breaks, [wire.rejected(name) for name in JOBCENTERS])


def _refusing(world: World, breaks: str, topics: list[str]) -> None:
    worker = world.worker(JOBHUB_CHAOS_BREAK=breaks)
    world.await_ready(worker, world.sink())
    world.send(next(world.intents) for _ in range(200))
    set_limit(world, topics, 100)
    world.send(next(world.intents) for _ in range(400))
    ends = logs.ends(world.broker.bootstrap, logs.partitions(world.broker.bootstrap))
    raws = {place: end for place, (_, end) in ends.items() if _is_raw(place[0])}

    def passed() -> bool:
        done = positions(world)
        return all(done.get(place, 0) >= end for place, end in raws.items())

    wait_for(passed, "the worker goes on although it was refused", pause=0.5, of=worker)
    set_limit(world, topics, 2_097_152)
    world.send(next(world.intents) for _ in range(200))


def _is_raw(topic: str) -> bool:
    return topic.startswith("jobhub.raw.") and wire.whose(topic)[1] in wire.EVENTS


def expired(world: World, breaks: str) -> None:
    """Records are deleted before they are read."""
    world.send(next(world.intents) for _ in range(600))
    expire(world)
    world.await_ready(world.worker(JOBHUB_CHAOS_BREAK=breaks), world.sink())


def dying_sink(world: World, breaks: str) -> None:
    """A sink dies between its two transactions, early: what lies in all partitions is one transaction."""
    variables = {"JOBHUB_CHAOS_BREAK": breaks, "JOBHUB_CHAOS_DATABASE": world.database_url}
    sink = world.sink(**variables, JOBHUB_FAILPOINT="between:3")
    sink.environment.pop("JOBHUB_FAILPOINT")
    world.await_ready(sink, world.worker())
    world.send(next(world.intents) for _ in range(600))
    wait_for(lambda: sink.codes, "it died", of=sink)


def woken_sink(world: World, breaks: str) -> None:
    """A sink stands still before it stores receipts, and tries it when its successor has stored those and more."""
    sign = world.folder / "sign"
    variables = {"JOBHUB_CHAOS_BREAK": f"{breaks},stands-before-storing", "JOBHUB_CHAOS_SIGN": str(sign)}
    zombie = world.sink(name="sink-1", **variables)
    world.await_ready(zombie, world.worker())
    load = world.load()
    wait_for(zombie.stands_still, "it stands still", of=zombie)
    sink, topic, p, to = json.loads(sign.read_text())
    heir = world.sink(name="sink-2", JOBHUB_CHAOS_BREAK=breaks)
    wait_for(lambda: world.reached().get((sink, topic, p), 0) > to, "its successor is further", of=heir)
    zombie.send(signal.SIGCONT)
    wait_for(sign.with_suffix(".tried").exists, "it tried to store what it held", of=zombie)
    load.stop()


def two_days(world: World, breaks: str) -> None:
    """Real connectors read two days' lists; the second repeats, changes and withdraws, and some of it is unreadable."""
    world.await_ready(world.worker(), world.sink())
    days(world, JOBHUB_CHAOS_BREAK=breaks)


def forgetful_connectors(world: World, breaks: str) -> None:
    """The state files are gone when the second day's lists come, and so are the first day's, which would tell all."""

    def lose() -> None:
        shutil.rmtree(world.folder / "data" / "connectors")
        for old in (world.folder / "deliveries").glob("*/*.csv"):
            old.unlink()

    world.await_ready(world.worker(), world.sink())
    days(world, lose, JOBHUB_CHAOS_BREAK=breaks)


def dying_connector(world: World, breaks: str) -> None:
    """A connector dies while it sends."""
    world.await_ready(world.worker(), world.sink())
    breaks += ",connector-steps"
    day(world, 23, dies_at="connector-sent:3", JOBHUB_CHAOS_BREAK=breaks)


def end_forgotten(world: World, breaks: str) -> None:
    """The positions have no leader when a transaction is committed, and are not told of it."""
    half_told(world, [wire.STATE], breaks)


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
    Mutant("ends-forgotten", "I2", end_forgotten, broker=Two),
    Mutant("state-before-fence", "I2", late_commit),
    Mutant("positions-of-group", "I2", killed),
    Mutant("sends-not-awaited", "I2", small_receipts),
    Mutant("rejected-not-awaited", "I2", small_rejected),
    Mutant("rows-not-compared", "I1", two_days),
    Mutant("outbox-high-water", "I1", two_days, also="one-send-fails", short=True),
    Mutant("rejected-not-seen", "I5", two_days),
    Mutant("marked-before-ack", "I1", dying_connector),
    Mutant("recovery-off", "I1", forgetful_connectors),
)
