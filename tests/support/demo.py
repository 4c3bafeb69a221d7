"""A demo as a process of its own, as somebody at a terminal starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psutil
from typer.testing import CliRunner

from hub.cli.main import build
from tests.support.spoken import next_line

_START_SECS = 300
_command = cache(build)


class Demo:
    """A running `jobhub demo`, its account read from stdout."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.data = data
        data.mkdir(parents=True, exist_ok=True)
        self._err = (data / "demo.err").open("a")
        # One that stays is asked for JSON; one that ends gives it to whoever reads its stdout.
        as_json = () if "--once" in arguments else ("--json",)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hub.cli.main", "demo", *as_json, *arguments],
            env={**os.environ, "JOBHUB_DATA": str(data)},
            stdout=subprocess.PIPE,
            stderr=self._err,
            text=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def account(self) -> dict[str, Any]:
        """The object the demo prints when everything has arrived."""
        line = next_line(self._process, (self.data / "demo.err").read_text, _START_SECS)
        found: dict[str, Any] = json.loads(line)
        return found

    def said_besides(self) -> str:
        """What else came on stdout until it ended."""
        assert self._process.stdout is not None
        return self._process.stdout.read()

    def end(self, number: int = signal.SIGINT, seconds: float = 60) -> tuple[int, float]:
        """Send a signal; returns exit code and seconds until it had ended."""
        began = time.monotonic()
        if self._process.poll() is None:
            self._process.send_signal(number)
        code = self._process.wait(seconds)
        return code, time.monotonic() - began

    def wait(self, seconds: float = _START_SECS) -> int:
        """Exit code of a demo that ends by itself."""
        return self._process.wait(seconds)

    def close(self) -> None:
        """Stop it if it still runs."""
        if self._process.poll() is None:
            self.end()
        self._err.close()
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def demo(data: Path, *arguments: str) -> Iterator[Demo]:
    """A demo that is stopped at the end."""
    running = Demo(data, *arguments)
    try:
        yield running
    finally:
        running.close()


def processes_of(data: Path) -> list[psutil.Process]:
    """Every process, of whatever parent, that works on a folder of data, by its arguments or environment."""
    found, mark = [], str(data)
    for process in psutil.process_iter():
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            if mark in " ".join(process.cmdline()) or process.environ().get("JOBHUB_DATA") == mark:
                found.append(process)
        except psutil.Error:
            continue
    return found


def gone_within(data: Path, seconds: float) -> list[str]:
    """Waits until no process works on the folder; returns what is left."""
    end = time.monotonic() + seconds
    while (left := processes_of(data)) and time.monotonic() < end:
        time.sleep(0.1)
    return [str(process) for process in left]


def role(data: Path, name: str) -> psutil.Process:
    """The process of a role: `worker`, `sink`, `web`."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for process in processes_of(data):
            try:
                line = process.cmdline()
            except psutil.Error:
                continue
            if "hub.cli.main" in line and line[line.index("hub.cli.main") + 1] == name:
                return process
        time.sleep(0.02)
    raise AssertionError(f"no process of the role {name}")


def trace(entity: str, data: Path, database_url: str) -> dict[str, Any]:
    """`jobhub trace ENTITY --json`, within this process since starting one takes most of a second."""
    result = CliRunner().invoke(
        _command(), ["trace", entity, "--json", "--database-url", database_url], env={"JOBHUB_DATA": str(data)}
    )
    found: dict[str, Any] = json.loads(result.stdout)
    return found
