"""The data folder of the embedded services: who owns it, and what is remembered in it."""

import fcntl
import json
import os
import random
import secrets
import socket
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from hub.embedded.errors import EmbeddedError

# Below the range for outgoing connections, so that none of those takes a remembered port.
PORTS = range(20_000, 32_000)
TAKEOVER_SECS = 45.0
"""How long a new owner waits for the servers of a killed one; the guard kills them after 30 s."""


@dataclass(frozen=True)
class State:
    """What must be the same at the next start. Kept in `embedded.json`, readable by the owner only."""

    password: str
    kafka_port: int
    controller_port: int
    postgres_port: int


class DataFolder:
    """One data folder, owned by at most one process at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock_fd: int | None = None

    @property
    def lock_fd(self) -> int:
        """The open lock file. The guard and the servers inherit it, so the folder is taken until the last one is gone.

        Raises EmbeddedError when the folder is not locked.
        """
        if self._lock_fd is None:
            raise EmbeddedError(f"the data folder {self.path} is not locked; start the services first")
        return self._lock_fd

    def lock(self) -> None:
        """Make the folder if need be and take it.

        Raises EmbeddedError when another process owns it or it cannot be written. Servers whose owner was killed are
        waited for: they are just stopping.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            fd = os.open(self.path / "embedded.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise EmbeddedError(f"the data folder {self.path} cannot be used: {error}; choose another one") from error
        try:
            self._take(fd)
        except BaseException:
            os.close(fd)
            raise
        os.ftruncate(fd, 0)
        os.pwrite(fd, str(os.getpid()).encode(), 0)
        self._lock_fd = fd

    def _take(self, fd: int) -> None:
        deadline = time.monotonic() + TAKEOVER_SECS
        while not _flock(fd):
            owner = os.pread(fd, 20, 0).decode()
            if _alive(owner) or time.monotonic() > deadline:
                raise EmbeddedError(
                    f"the data folder {self.path} is in use by another process (id {owner or 'unknown'}); "
                    "stop that one or choose another folder"
                )
            time.sleep(0.05)

    def unlock(self) -> None:
        """Give the folder back, also on behalf of any process that inherited the lock from this one."""
        if self._lock_fd is not None:
            fcntl.flock(self._lock_fd, fcntl.LOCK_UN)
            os.close(self._lock_fd)
            self._lock_fd = None

    def await_servers_gone(self) -> None:
        """Give the folder back after the guard was killed: wait until the servers, which inherited the lock, are gone.

        Raises EmbeddedError when they are still there after TAKEOVER_SECS.
        """
        os.ftruncate(self.lock_fd, 0)
        os.close(self.lock_fd)
        self._lock_fd = None
        fd = os.open(self.path / "embedded.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            deadline = time.monotonic() + TAKEOVER_SECS
            # A number in the file is a new owner: then the old servers are gone as well.
            while not _flock(fd) and not os.pread(fd, 20, 0):
                if time.monotonic() > deadline:
                    raise EmbeddedError(
                        f"servers in {self.path} go on although their guard was killed; end them by hand"
                    )
                time.sleep(0.05)
        finally:
            os.close(fd)

    def load(self) -> State:
        """The remembered state, or a fresh one, with ports that are free now; written to disk before it is returned.

        Written before initdb runs: a kill in between would otherwise lose the password of an existing database.
        """
        file = self.path / "embedded.json"
        try:
            state = self.remembered()
        except FileNotFoundError:
            if (self.path / "postgres" / "data").exists():
                raise EmbeddedError(
                    f"{file} is missing, and with it the password of the database in {self.path / 'postgres'}; "
                    "restore the file, or delete the data folder to begin anew"
                ) from None
            state = State(secrets.token_urlsafe(18), 0, 0, 0)
        kafka, controller, postgres = _free_ports(state.kafka_port, state.controller_port, state.postgres_port)
        state = replace(state, kafka_port=kafka, controller_port=controller, postgres_port=postgres)
        _write_private(file, json.dumps(asdict(state)))
        return state

    def remembered(self) -> State:
        """The state as it was written last, for whoever only wants to find the running or the last services.

        Raises FileNotFoundError when nothing is remembered yet, EmbeddedError when the file cannot be read.
        """
        file = self.path / "embedded.json"
        try:
            return State(**json.loads(file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise
        except (OSError, ValueError, TypeError) as error:
            raise EmbeddedError(f"{file} cannot be read: {error}; restore it from a backup") from error


def _flock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _alive(process_id: str) -> bool:
    if not process_id.isdecimal():
        return False
    try:
        os.kill(int(process_id), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _free_ports(*remembered: int) -> list[int]:
    """One free loopback port for each remembered one: the same again where it is free."""
    ports: list[int] = []
    for port in remembered:
        candidates = [port, *random.sample(PORTS, 200)]
        ports.append(next((p for p in candidates if p not in ports and _is_free(p)), 0))
    if 0 in ports:
        raise EmbeddedError(f"no free port on 127.0.0.1 between {PORTS.start} and {PORTS.stop}; stop some servers")
    return ports


def _is_free(port: int) -> bool:
    if port == 0:
        return False
    with socket.socket() as probe:
        # Otherwise connections that have just ended would count as "taken".
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _write_private(file: Path, text: str) -> None:
    new = file.with_suffix(".new")
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    new.replace(file)
