"""Start and stop the embedded services together. One that is given from outside is used in place of ours."""

import asyncio
import threading
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from hub.embedded.errors import EmbeddedError
from hub.embedded.fetch import Report
from hub.embedded.folder import DataFolder
from hub.embedded.kafka import EmbeddedKafka
from hub.embedded.postgres import EmbeddedPostgres
from hub.embedded.processes import Guard, Running


@dataclass(frozen=True)
class Endpoints:
    """Where the services are. Empty for a service that was neither wanted nor given."""

    bootstrap_servers: str
    database_url: str


class Services:
    """Kafka and PostgreSQL with their data in one folder, for `async with`, for `with`, or by `start` and `stop`.

    The folder and all in it are made at the first start; later starts find topics, rows, ports and password again.
    `bootstrap_servers` and `database_url` name services that run already: nothing is started in their place.
    `progress` hears of jars being fetched, from a thread of its own. After `stop`, `start` may be called again.
    """

    def __init__(
        self,
        data: Path,
        *,
        kafka: bool = True,
        postgres: bool = True,
        bootstrap_servers: str | None = None,
        database_url: str | None = None,
        progress: Report | None = None,
    ) -> None:
        self._folder = DataFolder(data)
        self._given = Endpoints(bootstrap_servers or "", database_url or "")
        self._wants_kafka = kafka and not bootstrap_servers
        self._wants_postgres = postgres and not database_url
        self._report: Report = progress or (lambda _: None)
        self._give_up = threading.Event()
        self._guard: Guard | None = None
        self._kafka: EmbeddedKafka | None = None
        self._postgres: EmbeddedPostgres | None = None

    def start(self) -> Endpoints:
        """Start what is wanted, side by side, and wait until all of it answers.

        Raises EmbeddedError when that fails; then nothing is left running.
        """
        if not (self._wants_kafka or self._wants_postgres):
            return self._given
        if self._guard:
            raise EmbeddedError(f"the services in {self._folder.path} are started already; stop them first")
        self._folder.lock()
        try:
            return self._start_locked()
        except BaseException as error:
            self._give_up.set()
            self.stop()
            if isinstance(error, OSError):
                raise EmbeddedError(f"the services in {self._folder.path} cannot be started: {error}") from error
            raise
        finally:
            self._give_up.clear()

    def _start_locked(self) -> Endpoints:
        state, path = self._folder.load(), self._folder.path
        guard = self._guard = Guard(self._folder.lock_fd)
        ports = (state.kafka_port, state.controller_port)
        kafka = EmbeddedKafka(path / "kafka", *ports, report=self._report, give_up=self._give_up)
        postgres = EmbeddedPostgres(path / "postgres", state.postgres_port, state.password)
        self._kafka = kafka if self._wants_kafka else None
        self._postgres = postgres if self._wants_postgres else None
        # Side by side: initdb runs while jars are fetched.
        with ThreadPoolExecutor(2) as pool:
            starts = {pool.submit(service.start, guard) for service in (self._kafka, self._postgres) if service}
            try:
                while starts:
                    done, starts = wait(starts, timeout=0.1, return_when=FIRST_EXCEPTION)
                    for start in done:
                        start.result()
                    if self._give_up.is_set():
                        raise EmbeddedError("starting the embedded services was given up")
            except BaseException:
                self._give_up.set()  # ends the fetching of jars
                guard.stop()  # ends the other service, and with it the wait for it
                raise
        return Endpoints(
            kafka.bootstrap_servers if self._kafka else self._given.bootstrap_servers,
            postgres.database_url if self._postgres else self._given.database_url,
        )

    def stop(self) -> None:
        """Stop what was started, in order, and wait until it is gone. Does nothing when nothing runs.

        Raises EmbeddedError when the guard or the database was killed and others outlive it, which they should not.
        """
        guard, self._guard = self._guard, None
        if guard and (not guard.stop() or _was_killed(self._postgres)):
            self._folder.await_servers_gone()
        if self._kafka:
            self._kafka.after_stop()
        self._kafka = self._postgres = None
        self._folder.unlock()

    @property
    def kafka_pid(self) -> int | None:
        """The process id of the embedded broker while it runs."""
        return _pid(self._kafka.running if self._kafka else None)

    @property
    def postgres_pid(self) -> int | None:
        """The process id of the embedded database server while it runs."""
        return _pid(self._postgres.running if self._postgres else None)

    @property
    def guard_pid(self) -> int | None:
        """The process id of the guard that owns both."""
        return self._guard.pid if self._guard else None

    def __enter__(self) -> Endpoints:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Endpoints:
        starting = asyncio.get_running_loop().run_in_executor(None, self.start)
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            # A thread cannot be cancelled: it is told, and it cleans up behind itself.
            self._give_up.set()
            await asyncio.wait([starting])
            starting.exception()  # seen; otherwise asyncio would print it
            self._give_up.clear()
            self.stop()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.shield(asyncio.to_thread(self.stop))


def _was_killed(postgres: EmbeddedPostgres | None) -> bool:
    """Its processes for connections finish a statement at hand, and may even commit it, before they notice."""
    running = postgres.running if postgres else None
    return running is not None and (running.code or 0) < 0


def _pid(running: Running | None) -> int | None:
    return running.pid if running and not running.ended.is_set() else None
