"""The roles of the hub as processes under a guard: none outlives the demo, even if it is killed."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from hub.embedded import EmbeddedError
from hub.embedded.processes import Command, Guard, Running

STOP_SECS = 6.0
_FIRST_PAUSE_SECS = 0.5
_LONGEST_PAUSE_SECS = 30.0


class Role:
    """One `jobhub` process. Unless it runs `once`, it is started again with growing pauses when it ends."""

    def __init__(self, name: str, running: Running, more: Mapping[str, str], *, once: bool) -> None:
        self.name = name
        self.more = more
        self.running = running
        self.once = once
        self.pause_secs = _FIRST_PAUSE_SECS
        self.since = time.monotonic()
        self.again_at: float | None = None


class Roles:
    """Starts, watches and stops the roles. For `with`.

    Args:
        folder: folder of the demo; a second demo on the same folder is refused.
        logs: folder for one log a role.
        environment: variables every role gets.
    """

    def __init__(self, folder: Path, logs: Path, environment: Mapping[str, str]) -> None:
        self._folder, self._logs, self._environment = folder, logs, dict(environment)
        self._roles: dict[str, Role] = {}
        self._guard: Guard | None = None
        self._lock: IO[str] | None = None

    def __enter__(self) -> Roles:
        self._lock = (self._folder / "demo.lock").open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise EmbeddedError(f"another demo is running in {self._folder}; stop it, or set JOBHUB_DATA") from None
        self._guard = Guard(self._lock.fileno())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, name: str, *arguments: str, once: bool = False, more: Mapping[str, str] | None = None) -> Role:
        """Start `jobhub ARGUMENTS` as role `name`, with `more` variables. Its output goes to the role's log."""
        role = Role(name, self._run(name, arguments, more or {}), more or {}, once=once)
        self._roles[name] = role
        return role

    def _run(self, name: str, arguments: tuple[str, ...], more: Mapping[str, str]) -> Running:
        if self._guard is None:
            raise EmbeddedError(f"{name} was not started: the demo is stopping")
        command = Command(
            name=name,
            argv=[sys.executable, "-m", "hub.cli.main", *arguments],
            folder=Path.cwd(),
            log=self._logs / f"{name}.log",
            env={**self._environment, **more},
            stop_secs=STOP_SECS,
        )
        return self._guard.start(command)

    def watch(self, say: Callable[[str, int | None], None]) -> None:
        """Start again whatever ended. Call it every second or so.

        Args:
            say: hears the name and the exit code of each role that ended.
        """
        now = time.monotonic()
        for role in list(self._roles.values()):
            if role.once:
                continue
            if not role.running.ended.is_set():
                if now - role.since > 60:
                    role.pause_secs = _FIRST_PAUSE_SECS
                continue
            if role.again_at is None:
                say(role.name, role.running.code)
                role.again_at = now + role.pause_secs
            elif now >= role.again_at:
                role.running = self._run(role.name, tuple(role.running.command.argv[3:]), role.more)
                role.since, role.again_at = now, None
                role.pause_secs = min(role.pause_secs * 2, _LONGEST_PAUSE_SECS)

    def log_end(self, name: str, lines: int = 15) -> str:
        """Last lines of a role's log."""
        with suppress(OSError):
            text = (self._logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")
            return "\n".join(text.splitlines()[-lines:])
        return ""

    def stop(self) -> None:
        """Ask all roles to stop, wait until they are gone."""
        for role in self._roles.values():
            if role.running.pid is not None and not role.running.ended.is_set():
                with suppress(ProcessLookupError):
                    os.kill(role.running.pid, signal.SIGTERM)
        guard, self._guard = self._guard, None
        if guard is not None:
            guard.stop()
        if self._lock is not None:
            self._lock.close()
            self._lock = None
