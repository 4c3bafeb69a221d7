"""One hub for one experiment: broker, database, five Jobcenters, workers, sinks, a load, and what comes out of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from hub.embedded import Services
from hub.settings import Settings
from hub.store.migrate import upgrade
from tests.chaos import database, evidence, logs, wire
from tests.chaos.checker import Checker, Findings, outcomes
from tests.chaos.feed import Feed
from tests.chaos.ledger import Intent, Ledger
from tests.chaos.processes import Role, Supervisor, wait_for
from tests.chaos.script import Script

JOBCENTERS = ("ahaus", "bocholt", "coeslar", "dorsten", "emsdett")
CHILD, JOBHUB = "tests.chaos.child", "hub.cli.main"
SESSION_SECS = 2.0
_SINK_TOPICS = {
    "board": ("jobhub.vacancy.", "jobhub.measure."),
    "reporting": ("jobhub.internal.", "jobhub.measure.", "jobhub.placement."),
    "receipts": ("jobhub.receipts.", "jobhub.rejected."),
}


class Broker:
    """The embedded broker, which can be killed and started again; tests/chaos/cluster.py has others."""

    def __init__(self, folder: Path) -> None:
        self._services = Services(folder, postgres=False)
        self.bootstrap = ""

    def start(self) -> None:
        """Start, or start again with the same data."""
        self.bootstrap = self._services.start().bootstrap_servers

    def stop(self) -> None:
        """An orderly end, also after a kill."""
        self._services.stop()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._services.kafka_pid is not None

    @property
    def pid(self) -> int:
        """Its process."""
        found = self._services.kafka_pid
        assert found is not None, "the broker does not run"
        return found


class World:
    """For `with`. Everything in it is its own: nothing is left of it afterwards but what the checker says."""

    def __init__(
        self, seed: int, *, broker: Callable[[Path], Broker] = Broker, rate: float = 200.0, name: str = "world"
    ) -> None:
        self.seed, self.rate, self.name = seed, rate, name
        self.folder = Path(tempfile.mkdtemp(prefix="jobhub-chaos-"))
        self.broker = broker(self.folder / "kafka")
        self.postgres = Services(self.folder / "postgres", kafka=False)
        self.database_url = ""
        self.ledger = Ledger(self.folder / "ledger.sqlite")
        self.script = Script(JOBCENTERS, seed)
        self.intents = iter(self.script)
        self.supervisor = Supervisor()
        self.healed_at: float | None = None
        self.feed: Feed | None = None
        self.faults = self.before_faults = 0

    def __enter__(self) -> World:
        try:
            self._start()
        except BaseException as error:
            self._leave(error)
            raise
        return self

    def _start(self) -> None:
        self._lay_out()
        with ThreadPoolExecutor(1) as pool:
            starting = pool.submit(self._start_database)
            self.broker.start()  # not in a thread: its processes may end with the thread that made them
            self.jobhub("topics", "apply", "--bootstrap-servers", self.broker.bootstrap)
            starting.result()

    def _start_database(self) -> None:
        self.database_url = self.postgres.start().database_url
        upgrade(self.database_url)
        database.watch_transitions(self.database_url)

    def _lay_out(self) -> None:
        for name in ("deploy/jobcenters", "logs", "data"):
            (self.folder / name).mkdir(parents=True)
        shutil.copy(Settings().deploy_folder / "topics.yaml", self.folder / "deploy")
        for name in JOBCENTERS:
            (self.folder / "deploy" / "jobcenters" / f"{name}.yaml").write_text(JOBCENTER, encoding="utf-8")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave(error)

    def _leave(self, error: BaseException | None) -> None:
        """What did not come to its end is looked into first; what was told to end is not."""
        try:
            if isinstance(error, Exception):
                error.add_note(f"kept: {evidence.tell(evidence.keep(self, self.name), [repr(error)])}")
        finally:
            self._end()

    def _end(self) -> None:
        self.supervisor.close()
        with ThreadPoolExecutor(2) as pool:
            for stop in (self.broker.stop, self.postgres.stop):
                pool.submit(stop)  # what it cannot stop has ended
        shutil.rmtree(self.folder, ignore_errors=True)

    # ------------------------------------------------------------------------------------------------------ processes

    @property
    def environment(self) -> dict[str, str]:
        """Variables of every jobhub process."""
        return {
            "JOBHUB_DEPLOY": str(self.folder / "deploy"),
            "JOBHUB_DATA": str(self.folder / "data"),
            "JOBHUB_LANG": "en",
            "PYTHONWARNINGS": "ignore",
        }

    def jobhub(self, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
        """A command that has run to its end; what it wrote to stdout."""
        done = subprocess.run(
            [sys.executable, "-m", JOBHUB, *arguments],
            env={**os.environ, **self.environment, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"jobhub {' '.join(arguments)}: {done.returncode}\n{done.stderr}"
        return done.stdout

    def worker(
        self,
        name: str = "worker",
        *,
        bootstrap: str | None = None,
        session_secs: str = str(SESSION_SECS),
        **variables: str,
    ) -> Role:
        """Start a worker. With variables it is the test's own start module, which breaks something."""
        arguments = ["worker", "--bootstrap-servers", bootstrap or self.broker.bootstrap]
        arguments += ["--jobcenters", ",".join(JOBCENTERS), "--data", str(self.folder / "data" / name)]
        return self._role(name, [*arguments, "--session-secs", session_secs, "--json"], variables)

    def sink(self, *sinks: str, name: str = "sink", url: str | None = None, **variables: str) -> Role:
        """Start a process with some sinks, or with all."""
        arguments = ["sink", *sinks, "--bootstrap-servers", self.broker.bootstrap]
        arguments += ["--database-url", url or self.database_url, "--session-secs", str(SESSION_SECS), "--json"]
        return self._role(name, arguments, variables)

    def _role(self, name: str, arguments: Sequence[str], variables: Mapping[str, str]) -> Role:
        module = CHILD if variables else JOBHUB
        environment = {**self.environment, **variables}
        return self.supervisor.add(Role(name, arguments, environment, self.folder / "logs", module))

    def await_ready(self, *roles: Role) -> None:
        """Block until they say so."""
        for role in roles:
            wait_for(lambda role=role: role.ready, f"{role.name} is ready", of=role)  # type: ignore[misc]

    def usual(self) -> tuple[Role, Role, Role]:
        """Two workers and the sinks, ready."""
        roles = (self.worker("worker-1"), self.worker("worker-2"), self.sink())
        self.await_ready(*roles)
        return roles

    # ----------------------------------------------------------------------------------------------------------- load

    def load(self, bootstrap: str | None = None, delivery_secs: float = 60.0) -> Feed:
        """Begin to send."""
        self.feed = Feed(bootstrap or self.broker.bootstrap, self.ledger, self.intents, self.rate, delivery_secs)
        self.feed.start()
        return self.feed

    def send(self, intents: Iterable[Intent], delivery_secs: float = 60.0) -> None:
        """Send some records at once and wait for all answers."""
        feed = Feed(self.broker.bootstrap, self.ledger, (), self.rate, delivery_secs)
        feed.send_now(intents)
        feed.settle()

    # ---------------------------------------------------------------------------------------------------------- faults

    def fault(self, count: int = 1) -> None:
        """One more. What was acknowledged before the first one tells how late it came."""
        if not self.faults:
            self.before_faults = self.ledger.count("ack")
        self.faults += count

    def healed(self) -> None:
        """From here on nothing is broken any more."""
        self.healed_at = time.monotonic()

    def restart_database(self) -> None:
        """Start the database again after it was killed or stopped."""
        self.postgres.stop()
        assert self.postgres.start().database_url == self.database_url

    def restart_broker(self) -> None:
        """Start the broker again after it was killed."""
        before = self.broker.bootstrap
        self.broker.stop()
        self.broker.start()
        assert self.broker.bootstrap == before

    def copy_database(self, name: str) -> None:
        """Copy the data of the stopped database aside."""
        shutil.copytree(self._cluster, self.folder / name, symlinks=True)

    def restore_database(self, name: str) -> None:
        """Put a copy in place of the data of the stopped database."""
        owner = self._cluster.stat()
        shutil.rmtree(self._cluster)
        shutil.copytree(self.folder / name, self._cluster, symlinks=True)
        for path in (self._cluster, *self._cluster.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid)

    @property
    def _cluster(self) -> Path:
        return self.folder / "postgres" / "postgres" / "data"

    # ------------------------------------------------------------------------------------------------------- afterwards

    def reached(self) -> dict[tuple[str, str, int], int]:
        """How far worker and sinks are, by the database."""
        return database.reached(self.database_url)

    @property
    def intents_by_id(self) -> dict[str, Intent]:
        """What was meant to be sent so far."""
        return self.ledger.intents()

    def outcomes(self) -> dict[logs.Place, list[str]]:
        """What the receipts say of each raw offset so far."""
        return outcomes(logs.read(self.broker.bootstrap))

    def told_expired(self) -> int:
        """How many raw offsets the receipts call expired."""
        return sum(answers == ["EXPIRED_UNREAD"] for answers in self.outcomes().values())

    def behind(self) -> list[str]:
        """Who is behind, and where. Of the worker only the receipts' sink knows: if it stands still, both seem to."""
        reached = self.reached()
        ends = logs.ends(self.broker.bootstrap, logs.partitions(self.broker.bootstrap))
        found = []
        for (topic, p), (first, end) in ends.items():
            for stage in _stages(topic):
                if end > first and reached.get((stage, topic, p), -1) < end:
                    by = " (by the receipts stored)" if stage == "worker" else ""
                    found.append(f"{stage}{by} at {reached.get((stage, topic, p))} of {topic}-{p}, which ends at {end}")
        return found

    def drain(self, patience: float = 120.0) -> float:
        """Wait until everything has an outcome and the sinks are level; seconds since the last fault."""
        began = self.healed_at or time.monotonic()
        end = time.monotonic() + patience
        calm = 0
        while calm < 2:
            try:
                behind = self.behind()
            except Exception as error:  # the broker is still coming up
                behind = [type(error).__name__]
            calm = 0 if behind else calm + 1
            if calm == 1:
                level_at = time.monotonic()
            assert time.monotonic() < end, f"not level after {patience:g} s: {'; '.join(_one_of_each(behind))}"
            time.sleep(0.2)
        return level_at - began

    def check(self) -> Findings:
        """The invariants that can be read off now."""
        return Checker(logs.read(self.broker.bootstrap), self.ledger, self.database_url).run()


def _one_of_each(behind: Sequence[str]) -> list[str]:
    """The first partition each stage is behind in; a line begins with the stage."""
    return [*{line.partition(" ")[0]: line for line in reversed(behind)}.values()]


def _stages(topic: str) -> list[str]:
    stages = [sink for sink, prefixes in _SINK_TOPICS.items() if topic.startswith(prefixes)]
    if topic.startswith("jobhub.raw."):
        stages += ["worker"] if wire.whose(topic)[1] in wire.EVENTS else ["receipts"]
    return stages


JOBCENTER = """\
name: Erprobung
kreis: "05554"
sources:
  stellen:
    event: vacancy
    type: csv_file
    load: full
    files: stellen_*.csv
    options: { encoding: utf-8, delimiter: ";" }
    key: "{Nr}"
    columns:
      title: Titel
      description: Text
      kldb2010: { constant: "51312" }
      visibility: { constant: PUBLIC }
      offer_type: { constant: ARBEIT }
      workplace.plz: { constant: "48624" }
      workplace.place: { constant: Schöppingen }
      openings: { column: Plätze, parse: integer }
      published_from: { column: Ab, parse: date_de }
"""
