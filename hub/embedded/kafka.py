"""One real Apache Kafka broker: a single KRaft node on the loopback address."""

import base64
import os
import secrets
import shutil
import signal
import socket
import threading
from dataclasses import dataclass
from pathlib import Path

from hub.embedded.errors import EmbeddedError
from hub.embedded.fetch import Report
from hub.embedded.jars import cache_folder, ensure_jars
from hub.embedded.java import AotCache, find_java
from hub.embedded.processes import Command, Guard, Running

FORMAT_SECS = 60.0
READY_SECS = 90.0

# Paths are relative to the folder the broker runs in: a property file is Latin-1, and log.dirs ends at each comma.
SERVER_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
log.dirs=data
auto.create.topics.enable=false

# One node cannot replicate.
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1

# Small: few partitions, threads and buffers, so that a laptop does not notice.
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
num.network.threads=2
num.io.threads=4
log.segment.bytes=67108864
log.index.size.max.bytes=1048576
log.cleaner.dedupe.buffer.size=16777216

# As large as the system finds good: a request of 2 MB would come in two dozen pieces.
socket.receive.buffer.bytes=-1
socket.send.buffer.bytes=-1

# Quick: a killed broker is back after 3 s, not 11 s; consumers start and hung transactions end without long waits.
broker.session.timeout.ms=1500
broker.heartbeat.interval.ms=300
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
transaction.abort.timed.out.transaction.cleanup.interval.ms=2000
"""

JVM_OPTIONS = (
    "-Xms64m",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    # Only the quick compiler. The better one, busy with what the AOT cache remembers, would double the time to start.
    "-XX:TieredStopAtLevel=1",
    "-Dlog4j2.configurationFile=log4j2.properties",
    "-Dlog4j2.disableJmx=true",
)

LOG4J_PROPERTIES = """\
status=error
rootLogger.level=warn
rootLogger.appenderRef.file.ref=File
appender.file.type=RollingFile
appender.file.name=File
appender.file.fileName=server.log
appender.file.filePattern=server.log.%i
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d{ISO8601} %p %c{1} %m%n
appender.file.policies.type=Policies
appender.file.policies.size.type=SizeBasedTriggeringPolicy
appender.file.policies.size.size=10MB
appender.file.strategy.type=DefaultRolloverStrategy
appender.file.strategy.max=2
"""


@dataclass
class EmbeddedKafka:
    """The broker that keeps its data in `folder`. `port` and `controller_port` are free ports."""

    folder: Path
    port: int
    controller_port: int
    report: Report
    give_up: threading.Event

    def __post_init__(self) -> None:
        self.running: Running | None = None
        self._aot: AotCache | None = None

    @property
    def bootstrap_servers(self) -> str:
        """Where clients connect."""
        return f"127.0.0.1:{self.port}"

    def start(self, guard: Guard) -> None:
        """Fetch what is missing, format a new folder, start the broker, wait until it answers requests.

        Raises EmbeddedError when one of these steps fails; then the guard must be stopped.
        """
        java = find_java()
        jars = _jars(self.report, self.give_up)
        self._write_settings()
        base = [str(java), *JVM_OPTIONS]
        # Read by nobody: it shows in the list of processes whose broker this is.
        base.append(f"-Djobhub.data={self.folder}")
        classes = ["-cp", os.pathsep.join(map(str, jars))]
        if not (self.folder / "data" / "meta.properties").exists():
            self._format(guard, [*base, *classes])
        aot_folder = cache_folder() if "KAFKA_HOME" in os.environ else jars[0].parent
        self._aot = AotCache(aot_folder, java, jars, draft=self.folder / "broker.aot")
        argv = [*base, *self._aot.options(), *classes, "kafka.Kafka", "server.properties"]
        self.running = guard.start(Command("Kafka", argv, self.folder, self.folder / "output.log"))
        self.running.await_ready(self._answers, READY_SECS)

    def after_stop(self) -> None:
        """Keep what the JVM learnt. Call it when the guard has stopped everything."""
        # 143: ended by SIGTERM, which is how we stop it, after all its shutdown work.
        if self._aot and self.running and self.running.code == 128 + signal.SIGTERM:
            self._aot.keep_draft()

    def _write_settings(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        settings = SERVER_PROPERTIES.format(port=self.port, controller_port=self.controller_port)
        (self.folder / "server.properties").write_text(settings, encoding="ascii")
        (self.folder / "log4j2.properties").write_text(LOG4J_PROPERTIES, encoding="ascii")

    def _format(self, guard: Guard, java: list[str]) -> None:
        # meta.properties is written last: without it, what lies there is the rest of a start that was killed.
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        # A leading "-" would be read as an option.
        cluster = base64.urlsafe_b64encode(b"H" + secrets.token_bytes(15)).decode().rstrip("=")
        argv = [*java, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", "server.properties"]
        command = Command("Kafka's format", argv, self.folder, self.folder / "output.log")
        guard.start(command).await_success(FORMAT_SECS)

    def _answers(self) -> bool:
        """Whether the broker answers a request for metadata and knows itself. An open port alone is too early."""
        # Header: key 3 (Metadata), version 8, correlation id 1, no client id. Body: no topics, no wishes.
        request = bytes.fromhex("0003 0008 00000001 ffff 00000000 000000")
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=3) as broker:
                broker.sendall(len(request).to_bytes(4, "big") + request)
                with broker.makefile("rb") as answer:
                    # Size, correlation id, throttle time, then the number of brokers.
                    return int.from_bytes(answer.read(16)[12:], "big") >= 1
        except OSError:
            return False


def _jars(report: Report, give_up: threading.Event) -> list[Path]:
    """The jars of KAFKA_HOME where that is set, else the pinned ones."""
    if not (home := os.environ.get("KAFKA_HOME")):
        return ensure_jars(report, give_up)
    if not (jars := sorted(Path(home, "libs").absolute().glob("*.jar"))):
        raise EmbeddedError(f"KAFKA_HOME is {home}, but there is no jar in its folder libs; correct it or unset it")
    cache_folder().mkdir(parents=True, exist_ok=True)
    return jars
