"""Networks that are slow, cut, deaf or lose one direction: our own proxy in front of a real broker or database."""

from __future__ import annotations

import time
from urllib.parse import urlsplit, urlunsplit

from tests.chaos.bench import Bench, experiment
from tests.chaos.checker import UNEXPLAINED, Findings
from tests.chaos.cluster import Cluster
from tests.chaos.processes import wait_for
from tests.chaos.proxy import Proxy
from tests.chaos.world import World


def _clustered(bench: Bench) -> tuple[World, Cluster]:
    world = bench.world(broker=Cluster)
    assert isinstance(world.broker, Cluster)
    return world, world.broker


@experiment("F08", "the broker gets what is sent, but its answers are lost", short=True)
def one_way(bench: Bench) -> None:
    world, cluster = _clustered(bench)
    with world:
        world.usual()
        load = bench.load(world, bench.secs(40, 16), bootstrap=cluster.proxied, delivery_secs=4)
        for _ in range(bench.size(4, 2)):
            cluster.proxy.swallow_answers = True
            world.fault()
            lost = world.ledger.count("unknown")
            time.sleep(bench.secs(8, 5))
            wait_for(lambda lost=lost: world.ledger.count("unknown") > lost, "answers are lost")  # type: ignore[misc]
            cluster.proxy.heal()
            time.sleep(2)
        world.healed()
        load.stop()
        unknown = world.ledger.count("unknown")

        def some(found: Findings) -> None:
            found.add("I11", UNEXPLAINED, unknown == 0, "no answer was lost: nothing was tried")

        bench.judge(world, note=f"{unknown} unknown, all settled", also=some)


@experiment("F09", "the database gets COMMIT, but its answer is lost")
def unknown_commit(bench: Bench) -> None:
    with bench.world() as world:
        parts = urlsplit(world.database_url)
        proxy = Proxy(parts.port or 0)
        where = parts.netloc.rsplit(":", 1)[0] + f":{proxy.port}"
        workers = (world.worker("worker-1"), world.worker("worker-2"))
        world.await_ready(*workers, world.sink(url=urlunsplit(parts._replace(netloc=where))))
        load = bench.load(world, bench.secs(30, 8))
        for _ in range(bench.size(20, 5)):
            before = proxy.cuts
            proxy.cut_after = b"COMMIT"
            world.fault()
            wait_for(lambda before=before: proxy.cuts > before, "a commit has lost its answer")  # type: ignore[misc]
            time.sleep(1)
        world.healed()
        load.stop()
        bench.judge(world, note=f"{proxy.cuts} commits without an answer")
        proxy.close()


@experiment("F10", "worker and broker do not hear each other")
def partitioned(bench: Bench) -> None:
    world, cluster = _clustered(bench)
    with world:
        workers = [world.worker(name, bootstrap=cluster.proxied) for name in ("worker-1", "worker-2")]
        world.await_ready(*workers, world.sink())
        load = bench.load(world, bench.secs(62, 17))
        cluster.proxy.swallow_answers = cluster.proxy.swallow_requests = True
        world.fault()
        time.sleep(bench.secs(60, 15))
        cluster.proxy.heal()
        world.healed()
        time.sleep(2)
        load.stop()
        bench.judge(world)


@experiment("F11", "slow and sliced packets, half-open connections, resets")
def slow(bench: Bench) -> None:
    world, cluster = _clustered(bench)
    with world:
        workers = [world.worker(name, bootstrap=cluster.proxied) for name in ("worker-1", "worker-2")]
        world.await_ready(*workers, world.sink())
        load = bench.load(world, bench.secs(70, 20))
        starts = world.supervisor.restarts
        proxy = cluster.proxy
        world.fault(3 + bench.size(10, 3))
        proxy.latency_secs = 0.1
        time.sleep(bench.secs(20, 6))
        proxy.bytes_per_sec, proxy.chunk = 64_000, 700
        time.sleep(bench.secs(10, 4))
        proxy.heal()
        for _ in range(bench.size(10, 3)):
            proxy.cut()
            time.sleep(0.7)
        proxy.swallow_answers = True
        time.sleep(bench.secs(30, 6))
        proxy.heal()
        world.healed()
        load.stop()
        bench.judge(world, note=f"{world.supervisor.restarts - starts} restarts")
