"""Start programs under the guard and hear how they end."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from hub.embedded.errors import EmbeddedError

LOG_BYTES_MAX = 1_000_000
"""A longer log is put aside, in place of the one put aside before, when its program is started the next time."""


@dataclass(frozen=True)
class Command:
    """One program to run. All of its output goes to `log`."""

    name: str
    argv: list[str]
    folder: Path
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    stop_secs: float = 30.0
    """After this long the program is killed."""
    user: tuple[int, int] | None = None
    """User and group to run as; None = ours."""
    may_pass: bool = False
    """Let that user pass through folders closed to it; only root can grant this, and only on Linux."""

    def as_json(self) -> bytes:
        """The line that the guard reads."""
        fields = {**vars(self), "folder": str(self.folder), "log": str(self.log), "stop_signal": int(self.stop_signal)}
        return json.dumps(fields).encode() + b"\n"


class Running:
    """A program that was started. `pid` and `code` are None until known; `why` is the reason when it never ran."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.pid: int | None = None
        self.code: int | None = None
        self.why = ""
        self.ended = threading.Event()

    def await_success(self, secs: float) -> None:
        """Wait for a program that ends by itself. Raises EmbeddedError when it fails or takes longer than `secs`."""
        if not self.ended.wait(secs):
            raise self.failure(f"took longer than {secs:g} s")
        if self.code != 0:
            raise self.failure(f"failed ({self.why or f'code {self.code}'})")

    def await_ready(self, is_ready: Callable[[], bool], secs: float) -> None:
        """Wait for a server until `is_ready`. Raises EmbeddedError when it ends before, or `secs` have passed."""
        deadline = time.monotonic() + secs
        while not is_ready():
            if self.ended.wait(0.03):
                raise self.failure(f"ended while starting ({self.why or f'code {self.code}'})")
            if time.monotonic() > deadline:
                raise self.failure(f"not ready after {secs:g} s")

    def failure(self, what: str) -> EmbeddedError:
        """An error with the ends of the logs in the program's folder."""
        logs = sorted(self.command.folder.glob("*.log"))
        ends = [f"{log} ends:\n{log.read_text(encoding='utf-8', errors='replace')[-1500:].strip()}" for log in logs]
        return EmbeddedError("\n".join([f"{self.command.name} {what}", *ends]))


class Guard:
    """The guard process, seen from its owner. Safe to use from several threads."""

    def __init__(self, lock_fd: int) -> None:
        self._running: dict[str, Running] = {}
        self._mutex = threading.Lock()
        self._stopping = False
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("guard.py")), str(os.getpid()), str(lock_fd)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd="/",
            pass_fds=(lock_fd,),
            start_new_session=True,  # Ctrl-C of the terminal must not reach it
        )
        self._commands = cast("IO[bytes]", self._process.stdin)
        self._reader = threading.Thread(target=self._read, daemon=True, name="guard")
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process id of the guard."""
        return self._process.pid

    def start(self, command: Command) -> Running:
        """Start a program. A program that cannot be run shows as ended. Raises EmbeddedError when the guard is gone."""
        running = Running(command)
        if command.log.exists() and command.log.stat().st_size > LOG_BYTES_MAX:
            command.log.replace(command.log.with_suffix(".old"))
        try:
            with self._mutex:
                if self._stopping:
                    raise EmbeddedError(f"{command.name} was not started: the embedded services are being stopped")
                self._running[command.name] = running
                self._commands.write(command.as_json())
                self._commands.flush()
        except OSError as error:
            raise EmbeddedError(f"{command.name} was not started: the guard process has ended") from error
        return running

    def stop(self) -> bool:
        """Stop all programs, wait until they are gone. False when the guard had been killed: then they may still be."""
        with self._mutex:
            self._stopping = True
            # The empty line: closing our end says nothing while a forked copy of this process holds another.
            with suppress(OSError, ValueError):  # the guard, or the pipe to it, has ended already
                self._commands.write(b"\n")
            with suppress(OSError):
                self._commands.close()
        code = self._process.wait()
        self._reader.join()
        return code == 0

    def _read(self) -> None:
        events = cast("IO[bytes]", self._process.stdout)
        for line in events:
            event = json.loads(line)
            running = self._running[event["name"]]
            if event["event"] == "started":
                running.pid = event["pid"]
            else:
                running.code, running.why = event.get("code"), event.get("why", "")
                running.ended.set()
        events.close()
        for running in self._running.values():
            if not running.ended.is_set():
                running.why = "the guard process has ended"
                running.ended.set()
