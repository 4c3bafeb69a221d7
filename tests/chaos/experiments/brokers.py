"""One broker that is killed, stopped, full; topics that expire or refuse."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence

import confluent_kafka
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource  # type: ignore[attr-defined]

from tests.chaos import database, logs, wire
from tests.chaos.bench import Bench, experiment
from tests.chaos.checker import UNEXPLAINED, Findings
from tests.chaos.cluster import Two
from tests.chaos.processes import Role, stands_still, wait_for
from tests.chaos.world import JOBCENTERS, World

_OPENING = ("joining", "joined", "before-fence", "fenced")
_COMMITTING = ("sent", "delivered")
_SLOWLY = 60.0
"""Records a second, where a fault takes a minute."""
_LONGEST_SECS = 65.0
"""Above every time-out of a worker: 2 s of its session, 20 s of a transaction, 40 s and 60 s of a request."""
_EARLIER = 600
"""Events before the worker, so that a fifth and more of everything comes before the fault."""


@experiment("F03", "kill -9 of the only broker", short=True)
def kill_broker(bench: Bench) -> None:
    with bench.world() as world:
        world.usual()
        load = bench.load(world, bench.secs(27, 6))
        for _ in range(1 if bench.short else 3):
            os.kill(world.broker.pid, signal.SIGKILL)
            world.fault()
            time.sleep(1)
            world.restart_broker()
            time.sleep(bench.secs(5, 2))
        world.healed()
        load.stop()
        bench.judge(world)


@experiment("F07", "the broker stands still", short=True)
def stopped_broker(bench: Bench) -> None:
    with bench.world() as world:
        world.usual()
        load = bench.load(world, bench.secs(22, 10))
        os.kill(world.broker.pid, signal.SIGSTOP)
        world.fault()
        time.sleep(bench.secs(20, 8))
        os.kill(world.broker.pid, signal.SIGCONT)
        world.healed()
        time.sleep(2)
        load.stop()
        bench.judge(world)


@experiment("F39", "the broker stands still at every step of a worker, from joining its group to a commit")
def stopped_at_every_step(bench: Bench) -> None:
    for step in (*_OPENING, *_COMMITTING):
        stop_at(bench, step, bench.secs(_LONGEST_SECS, 12))


def stop_at(bench: Bench, step: str, secs: float) -> None:
    """A second worker joins, and at one of its steps the broker stands still for so long."""
    with bench.world(rate=_SLOWLY) as world:
        world.await_ready(world.worker("worker-1"), world.sink())
        load = bench.load(world, secs)
        second = world.worker(
            "worker-2",
            JOBHUB_CHAOS_BREAK="stops-the-broker",
            JOBHUB_CHAOS_BROKER=str(world.broker.pid),
            JOBHUB_FAILPOINT=f"{step}:{1 if step in _OPENING else 10}:stop",
        )
        second.environment.pop("JOBHUB_FAILPOINT")
        wait_for(lambda: stands_still(world.broker.pid), f"it stands still at {step}", of=second)
        world.fault()
        time.sleep(secs)
        os.kill(world.broker.pid, signal.SIGCONT)
        world.healed()
        time.sleep(2)
        load.stop()
        bench.judge(world, step=step, note=f"{world.supervisor.restarts} restarts")


@experiment("F40", "the broker stands still the moment a sink has stored its first rows, before it shows a position")
def stopped_at_first_rows(bench: Bench) -> None:
    with bench.world() as world:
        world.await_ready(world.worker("worker-1"), world.worker("worker-2"))
        world.send(next(world.intents) for _ in range(bench.size(_EARLIER, 100)))
        sink = world.sink()
        with database.connect(world.database_url) as connection:
            rows = "SELECT 1 FROM reporting.receipt LIMIT 1"
            wait_for(lambda: connection.execute(rows).fetchone(), "a row is stored", pause=0.0005, of=sink)
        os.kill(world.broker.pid, signal.SIGSTOP)
        world.fault()
        load = world.load()
        time.sleep(8)  # longer than a session and the patience of showing a position
        os.kill(world.broker.pid, signal.SIGCONT)
        world.healed()
        time.sleep(2)
        load.stop()
        bench.judge(world)


@experiment("F28", "records expire before the worker has read them", short=True)
def expiry(bench: Bench) -> None:
    with bench.world() as world:
        one, two, _ = world.usual()
        world.send(next(world.intents) for _ in range(bench.size(2000, 400)))
        world.drain()
        one.end()
        two.end()
        world.send(next(world.intents) for _ in range(bench.size(2000, 400)))
        gone = expire(world)
        world.fault(gone)
        one.kept = two.kept = True
        one.start()
        two.start()
        # What a connector does when the hub says that records of it expired: it sends everything once more.
        world.send(world.script.latest())
        world.healed()

        def named(found: Findings) -> None:
            told = world.told_expired()
            found.add("I2", UNEXPLAINED, abs(told - gone), f"{gone} expired, {told} named")

        bench.judge(world, note=f"{gone} expired, each named", also=named)


def expire(world: World) -> int:
    """Delete half of what the worker has not read, as retention does; how many."""
    reached, gone, cut = world.reached(), 0, []
    raws = [place for place in logs.partitions(world.broker.bootstrap) if place[0].startswith("jobhub.raw.")]
    for (topic, p), (_, end) in logs.ends(world.broker.bootstrap, raws).items():
        done = reached.get(("worker", topic, p), 0)
        if wire.whose(topic)[1] in wire.EVENTS and end - done > 1:
            upto = done + (end - done) // 2
            gone += upto - done
            cut.append(confluent_kafka.TopicPartition(topic, p, upto))
    admin = AdminClient({"bootstrap.servers": world.broker.bootstrap})
    for deleted in admin.delete_records(cut).values():
        deleted.result()
    return gone


@experiment("F30", "the topics for rejected records refuse every record")
def rejected_unwritable(bench: Bench) -> None:
    with bench.world() as world:
        world.usual()
        load = bench.load(world, bench.secs(20, 8))
        set_limit(world, [wire.rejected(name) for name in JOBCENTERS], 100)
        world.fault()
        time.sleep(bench.secs(20, 8))
        set_limit(world, [wire.rejected(name) for name in JOBCENTERS], 2_097_152)
        world.healed()
        load.stop()
        bench.judge(world, note=f"{world.supervisor.restarts} restarts meanwhile")


def set_limit(world: World, topics: list[str], bytes_max: int) -> None:
    """Largest record these topics take."""
    resources = [
        ConfigResource(
            ConfigResource.Type.TOPIC,
            topic,
            incremental_configs=[
                ConfigEntry("max.message.bytes", str(bytes_max), incremental_operation=AlterConfigOpType.SET)
            ],
        )
        for topic in topics
    ]
    admin = AdminClient({"bootstrap.servers": world.broker.bootstrap})
    for done in admin.incremental_alter_configs(resources).values():
        done.result()


@experiment("F35", "some partitions have no leader when a transaction is committed, so they are not told of it")
def forgotten_end(bench: Bench) -> None:
    for step, away in (("positions", [wire.STATE]), ("curated", [wire.INTERNAL, *map(wire.curated, wire.EVENTS)])):
        with bench.world(broker=Two) as world:
            worker = half_told(world, away)

            def happened(found: Findings, worker: Role = worker) -> None:
                told = [line for line in worker.stderr.splitlines() if "without an end is ended" in line]
                committed = any('"committed": true' in line for line in told)
                found.add("I2", UNEXPLAINED, not committed, f"no commit was forgotten, nothing was tried: {told}")

            bench.judge(world, step=step, also=happened)


def half_told(world: World, away: Sequence[str], breaks: str = "") -> Role:
    """A worker commits while topics have no leader, and is killed; its successor begins when they have one again.

    Args:
        world: with two brokers.
        away: topics that have no leader; the transaction has written to one of them.
        breaks: what is broken in the worker and its successor besides.
    """
    broker = world.broker
    assert isinstance(broker, Two)
    second = broker.move(away)
    world.jobhub("topics", "apply", "--bootstrap-servers", broker.bootstrap)
    world.send(next(world.intents) for _ in range(_EARLIER))
    sign = world.folder / "stands-before-commit"
    worker = world.worker(
        JOBHUB_CHAOS_BREAK=",".join(part for part in (breaks, "stands-before-commit") if part),
        JOBHUB_CHAOS_SIGN=str(sign),
        JOBHUB_CHAOS_STANDS=",".join(away),
    )
    worker.environment.pop("JOBHUB_CHAOS_STANDS")
    world.await_ready(worker, world.sink())
    load = world.load()
    wait_for(worker.stands_still, "it stands still before a commit", of=worker)
    second.send(signal.SIGKILL)
    world.fault()
    wait_for(lambda: all(map(broker.leaderless, away)), "the topics have no leader")
    # Of this partition number only: other transactions are committed meanwhile, and must not be taken for this one.
    told = [(wire.receipts(name), int(sign.read_text())) for name in JOBCENTERS]
    before = logs.ends(broker.bootstrap, told)
    worker.send(signal.SIGCONT)
    wait_for(lambda: logs.ends(broker.bootstrap, told) != before, "receipts are committed", of=worker)
    worker.kill()
    second.start()
    wait_for(lambda: all(broker.leads(second, name) for name in away), "the topics have a leader again")
    world.healed()
    load.stop()
    return worker
