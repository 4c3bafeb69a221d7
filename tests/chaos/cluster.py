"""Real brokers of our own making: three that copy for each other, two that do not, or one behind a proxy."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import confluent_kafka
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from hub.embedded.jars import ensure_jars
from hub.embedded.java import AotCache, find_java
from hub.embedded.kafka import JVM_OPTIONS, LOG4J_PROPERTIES
from tests.chaos.launch import launched
from tests.chaos.processes import wait_for
from tests.chaos.proxy import Proxy
from tests.chaos.world import Broker

_CLUSTER_ID = "SGphbXNvbWV0aGluZ25ldw"
_PROPERTIES = """\
process.roles={roles}
node.id={node}
controller.quorum.voters={voters}
listeners=PLAIN://127.0.0.1:{port},PROXIED://127.0.0.1:{inner}{controls}
advertised.listeners=PLAIN://127.0.0.1:{port},PROXIED://127.0.0.1:{advertised}
listener.security.protocol.map=PLAIN:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAIN
controller.listener.names=CONTROLLER
log.dirs=data
auto.create.topics.enable=false
unclean.leader.election.enable=false
offsets.topic.replication.factor={copies}
transaction.state.log.replication.factor={copies}
transaction.state.log.min.isr={in_sync}
share.coordinator.state.topic.replication.factor={copies}
share.coordinator.state.topic.min.isr={in_sync}
default.replication.factor={copies}
min.insync.replicas={in_sync}
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
num.network.threads=2
num.io.threads=4
log.segment.bytes=67108864
log.index.size.max.bytes=1048576
log.cleaner.dedupe.buffer.size=16777216
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
transaction.abort.timed.out.transaction.cleanup.interval.ms=2000
replica.lag.time.max.ms=5000
"""


class Node:
    """One broker; in most clusters a controller too."""

    def __init__(self, folder: Path, number: int, ports: tuple[int, int, int], proxied: bool) -> None:
        self.folder, self.number = folder, number
        self.port, self.inner, self.controller = ports
        self.proxy = Proxy(self.inner) if proxied else None
        self.process: subprocess.Popen[bytes] | None = None
        self.folder.mkdir(parents=True)

    def configure(self, voters: Mapping[int, str], copies: int) -> None:
        """Write its settings, and format its folder. `voters`: the controllers, by number."""
        mine = voters.get(self.number)
        text = _PROPERTIES.format(
            roles="broker,controller" if mine else "broker",
            controls=f",CONTROLLER://{mine}" if mine else "",
            node=self.number,
            voters=",".join(f"{number}@{address}" for number, address in voters.items()),
            port=self.port,
            inner=self.inner,
            advertised=self.proxy.port if self.proxy else self.inner,
            copies=copies,
            in_sync=min(2, copies),
        )
        (self.folder / "server.properties").write_text(text, encoding="ascii")
        (self.folder / "log4j2.properties").write_text(LOG4J_PROPERTIES, encoding="ascii")
        command = [*self._java(), "kafka.tools.StorageTool", "format", "-t", _CLUSTER_ID, "-c", "server.properties"]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)

    def start(self) -> None:
        """Start, without waiting for it."""
        with (self.folder / "output.log").open("ab") as out:
            self.process = subprocess.Popen(
                launched(*self._java(), "kafka.Kafka", "server.properties"),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": str(Path.cwd())},
            )

    def send(self, number: signal.Signals) -> None:
        """A signal; after a kill it is gone."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            if number == signal.SIGKILL:
                self.process.wait(10)

    def end(self) -> None:
        """kill -9, and the proxy too."""
        self.send(signal.SIGKILL)
        if self.proxy is not None:
            self.proxy.close()

    def _java(self) -> list[str]:
        jars, java = ensure_jars(lambda _: None, threading.Event()), find_java()
        cache = AotCache(jars[0].parent, java, jars, draft=self.folder / "unused.aot").options()
        known = [option for option in cache if "AOTCacheOutput" not in option]
        return [str(java), *JVM_OPTIONS, *known, "-cp", os.pathsep.join(map(str, jars))]


class Cluster(Broker):
    """Some nodes. `bootstrap` is the straight way, `proxied` the one through the proxies."""

    nodes_wanted = 1
    copies = 1
    controllers = 3
    """At most so many of the nodes."""
    nodes_first = 1
    """So many run from the beginning."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.nodes: list[Node] = []
        self.bootstrap = self.proxied = ""

    def start(self) -> None:
        """Format, start all nodes, wait until they know each other."""
        ports = _free_ports(3 * self.nodes_wanted)
        for number in range(1, self.nodes_wanted + 1):
            mine = (ports.pop(), ports.pop(), ports.pop())
            self.nodes.append(Node(self._folder / f"node-{number}", number, mine, self.nodes_wanted == 1))
        voters = {node.number: f"127.0.0.1:{node.controller}" for node in self.nodes[: self.controllers]}
        for node in self.nodes:
            node.configure(voters, self.copies)
        for node in self.nodes[: self.nodes_first]:
            node.start()
        self.bootstrap = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        self.proxied = f"127.0.0.1:{node.proxy.port}" if (node := self.nodes[0]).proxy else self.bootstrap
        self.await_nodes(self.nodes_first)

    def await_nodes(self, count: int, patience: float = 90) -> None:
        """Block until so many brokers are known."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})

        def known() -> bool:
            with suppress(Exception):
                return len(admin.list_topics(timeout=2).brokers) >= count
            return False

        wait_for(known, f"{count} brokers know each other", patience, 0.2)

    def leader(self, topic: str, partition: int = 0) -> Node:
        """The node that leads a partition."""
        found = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0}).list_topics(topic, timeout=10)
        number = found.topics[topic].partitions[partition].leader
        return next(node for node in self.nodes if node.number == number)

    def in_sync(self, topics_begin: str = "jobhub.") -> bool:
        """Whether every copy is up to date."""
        with suppress(Exception):
            found = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0}).list_topics(timeout=5)
            return all(
                len(part.isrs) == len(part.replicas)
                for name, topic in found.topics.items()
                if name.startswith(topics_begin)
                for part in topic.partitions.values()
            )
        return False

    @property
    def proxy(self) -> Proxy:
        """The proxy of the only node."""
        found = self.nodes[0].proxy
        assert found is not None
        return found

    def stop(self) -> None:
        """End all of it."""
        for node in self.nodes:
            node.end()


class Three(Cluster):
    """Three nodes, three copies, two of which must have a record before it is acknowledged."""

    nodes_wanted = nodes_first = copies = 3


class Two(Cluster):
    """Two nodes without copies: what the second one leads has no leader while it is away. It is started later.

    The first one leads all there is by then and is the only controller, so it can do without the second.
    """

    nodes_wanted, controllers = 2, 1

    def move(self, names: Sequence[str]) -> Node:
        """Start the second node and make topics, which are empty, anew on it, without their settings."""
        first, second = self.nodes
        asyncio.run(_make_own_topics(f"127.0.0.1:{first.port}"))
        admin = AdminClient({"bootstrap.servers": f"127.0.0.1:{first.port}", "log_level": 0})
        counts = {name: len(admin.list_topics(name, timeout=10).topics[name].partitions) for name in names}
        second.start()
        self.await_nodes(2)
        for done in admin.delete_topics(list(names)).values():
            done.result()
        anew = [NewTopic(name, count, replica_assignment=[[second.number]] * count) for name, count in counts.items()]
        for done in admin.create_topics(anew).values():
            done.result()
        wait_for(lambda: all(self.leads(second, name) for name in names), "the second node leads", 30)
        return second

    def leads(self, node: Node, topic: str) -> bool:
        """Whether a node leads all partitions of a topic."""
        return self._leaders(topic) == {node.number}

    def leaderless(self, topic: str) -> bool:
        """Whether no partition of a topic has a leader."""
        return self._leaders(topic) == {-1}

    def _leaders(self, topic: str) -> set[int]:
        with suppress(confluent_kafka.KafkaException):
            found = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0}).list_topics(topic, timeout=5)
            return {part.leader for part in found.topics[topic].partitions.values()}
        return set()


async def _make_own_topics(bootstrap: str) -> None:
    """Kafka makes its own topics when somebody needs them: a transaction, a group."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id="chaos-first")
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id="chaos-first")
    for client in (producer, consumer):
        await asyncio.wait_for(client.start(), 60)
        await client.stop()


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    time.sleep(0.05)
    return ports
