"""Parts of the hub as processes on the worker core."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.context import Real, on_worker_core
from tests.support.spoken import next_line

STOP_SECS = 20


@contextmanager
def running(real: Real, folder: Path, *arguments: str, pinned: bool = True) -> Iterator[subprocess.Popen[str]]:
    """`jobhub ARGUMENTS` from the start of the process on, not from its being ready; told to stop at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "hub.cli.main", *arguments, "--json"]
    environment = {
        **os.environ,
        "JOBHUB_BOOTSTRAP_SERVERS": real.bootstrap_servers,
        "JOBHUB_DATABASE_URL": real.database_url,
        "JOBHUB_DATA": str(folder),
    }
    log = folder / f"{arguments[0]}.log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            on_worker_core(command) if pinned else command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    try:
        yield process
        if process.poll() is not None:
            raise RuntimeError(f"{arguments[0]} ended with {process.returncode}: {log.read_text()[-2000:]}")
    finally:
        process.terminate()
        process.wait(STOP_SECS)
        if process.stdout is not None:
            process.stdout.close()


def await_ready(*processes: subprocess.Popen[str]) -> None:
    """Block until all of them say so."""
    for process in processes:
        next_line(process, lambda: f"it is {process.args!r}")  # noqa: B023 - asked before the next one
