"""Child processes and their supervisor, which starts again what ended, as systemd would. None outlives us."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.chaos.launch import launched

_AGAIN_SECS = 0.3


class Role:
    """A `jobhub` process that the supervisor keeps running. `module`: what is started, jobhub or a broken one."""

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str], logs: Path, module: str):
        self.name, self.arguments, self.logs = name, list(arguments), logs
        self.environment, self.module = dict(environment), module
        self.folder: Path | None = None
        """Where it is started; code there takes the place of ours."""
        self.kept = True
        """Whether it is started again when it ends."""
        self.starts = 0
        self.codes: list[int] = []
        """How it ended, each time."""
        self.process: subprocess.Popen[bytes] | None = None
        self._ended_at = 0.0

    def start(self) -> None:
        """Start it, or start it again."""
        self.starts += 1
        command = launched("-m", self.module, *self.arguments)
        with self._out.open("wb") as out, self._err.open("ab") as err:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def look(self) -> None:
        """Start it again if it ended a moment ago."""
        if self.process is None or self.process.poll() is None:
            return
        if not self._ended_at:
            self._ended_at = time.monotonic()
            self.codes.append(self.process.returncode)
        elif self.kept and time.monotonic() - self._ended_at > _AGAIN_SECS:
            self._ended_at = 0.0
            self.start()

    @property
    def running(self) -> bool:
        """Whether it lives."""
        return self.process is not None and self.process.poll() is None

    @property
    def ready(self) -> bool:
        """Whether its present process has said so."""
        try:
            lines = self._out.read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return self.running and any(json.loads(line).get("event") == "ready" for line in lines if line.startswith("{"))

    @property
    def stderr(self) -> str:
        """What it wrote to stderr, over all starts."""
        return self._err.read_text(errors="replace")

    def last_words(self) -> str:
        """How it ended so far, and the end of its log: for whoever waits for it in vain."""
        return f"{self.name} ended with {self.codes}, its log: {self.stderr[-600:]}"

    @property
    def stdout(self) -> str:
        """What its present process wrote to stdout."""
        return self._out.read_text(errors="replace")

    def send(self, number: signal.Signals) -> None:
        """A signal, if it lives."""
        if self.process is not None and self.running:
            self.process.send_signal(number)

    def squeeze(self, spare_bytes: int) -> bool:
        """Leave it only so much memory above what it has. False: it is gone."""
        if self.process is None or not self.running:
            return False
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + spare_bytes
        resource.prlimit(self.process.pid, resource.RLIMIT_AS, (limit, limit))
        return True

    def stands_still(self) -> bool:
        """Whether it was stopped by SIGSTOP."""
        return self.process is not None and self.running and stands_still(self.process.pid)

    def end(self, secs: float = 10) -> int | None:
        """SIGTERM, then kill -9; it is not started again."""
        self.kept = False
        if self.process is None:
            return None
        if self.running:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(secs)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode

    def kill(self) -> None:
        """kill -9; the supervisor starts it again if it is kept."""
        if self.process is not None and self.running:
            self.process.kill()
            self.process.wait(10)

    @property
    def _out(self) -> Path:
        return self.logs / f"{self.name}-{self.starts}.out"

    @property
    def _err(self) -> Path:
        return self.logs / f"{self.name}.err"


class Supervisor:
    """Looks after all roles, ten times a second."""

    def __init__(self) -> None:
        self.roles: dict[str, Role] = {}
        self._stop = threading.Event()
        # Children die with the thread that made them, and the supervisor's lives as long as they may.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def add(self, role: Role) -> Role:
        """Start a role and keep it running."""
        role.start()
        self.roles[role.name] = role
        return role

    @property
    def restarts(self) -> int:
        """How often anything was started again."""
        return sum(role.starts - 1 for role in self.roles.values())

    def close(self) -> None:
        """End everything, at once."""
        self._stop.set()
        self._thread.join()
        for role in self.roles.values():
            role.kept = False
            role.kill()

    def _run(self) -> None:
        while not self._stop.wait(0.1):
            for role in list(self.roles.values()):
                role.look()


def stands_still(process: int) -> bool:
    """Whether a process that lives was stopped by SIGSTOP."""
    return Path(f"/proc/{process}/stat").read_text().rsplit(") ", 1)[1][0] == "T"


def wait_for(
    true: Callable[[], object], what: str, patience: float = 120.0, pause: float = 0.05, *, of: Role | None = None
) -> None:
    """Ask until it is so; if it never is, the role it depends on has the last word."""
    end = time.monotonic() + patience
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"not within {patience:g} s: {what}; {of.last_words() if of else ''}")
        time.sleep(pause)
