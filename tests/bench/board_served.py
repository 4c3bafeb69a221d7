"""The real web process over a board, and what it and PostgreSQL spend."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.support.spoken import next_line
from tests.support.web import TODAY


@contextmanager
def served(folder: Path, database_url: str) -> Iterator[tuple[str, int]]:
    """`jobhub web` without a limit for clients: its address and its process id."""
    command = [sys.executable, "-m", "hub.cli.main", "web", "--port", "0", "--json"]
    command += ["--database-url", database_url, "--requests-per-minute", "0"]
    with (folder / "web.log").open("wb") as log:
        environment = {**os.environ, "JOBHUB_TODAY": TODAY.isoformat()}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
    try:
        line = next_line(process, lambda: (folder / "web.log").read_text()[-2000:])
        yield json.loads(line)["address"], process.pid
    finally:
        if process.poll() is not None:
            print(
                f"the web ended with {process.returncode}: {(folder / 'web.log').read_text()[-2000:]}", file=sys.stderr
            )
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        if process.stdout:
            process.stdout.close()


def on_every_core(pid: int | None) -> None:
    """Let a process and its children go where they like."""
    for process in (one := psutil.Process(pid), *one.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.cpu_affinity([])


def cpu_secs_of(pids: Sequence[int | None]) -> float:
    """CPU of the processes, their children, and the children that have ended."""
    total = 0.0
    for pid in pids:
        for process in (one := psutil.Process(pid), *one.children(recursive=True)):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total
