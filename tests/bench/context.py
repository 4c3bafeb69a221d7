"""What a measuring script is given: a folder, real services of its own, cores to pin to, a place to tell progress."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from hub.embedded import Services

SERVER_CORE, WORKER_CORE = 0, 1


@dataclass(frozen=True)
class Real:
    """A real broker and a real database on the server core."""

    bootstrap_servers: str
    database_url: str
    kafka_pid: int | None
    postgres_pid: int | None


@dataclass(frozen=True)
class Context:
    """Given to `run` of every script; what it returns is printed and kept in build/bench.json."""

    folder: Path
    events: int | None = None
    """How much work, if somebody said so; otherwise the script decides."""

    @contextmanager
    def services(self, name: str, *, kafka: bool = True, postgres: bool = True) -> Iterator[Real]:
        """Fresh services, pinned to the server core, gone with all their data afterwards."""
        services = Services(self.folder / name, kafka=kafka, postgres=postgres)
        endpoints = services.start()
        try:
            for pid in (services.kafka_pid, services.postgres_pid):
                if pid is not None:
                    pin(pid, SERVER_CORE)
            yield Real(endpoints.bootstrap_servers, endpoints.database_url, services.kafka_pid, services.postgres_pid)
        finally:
            services.stop()

    def say(self, text: str) -> None:
        """Progress, on stderr."""
        print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def pin(pid: int, core: int) -> None:
    """Keep a process, with its threads and children, on one core; without effect where there is but one."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return
    for process in (one := psutil.Process(pid), *one.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):  # a helper of its start may have ended
            for thread in process.threads():
                os.sched_setaffinity(thread.id, {cores[core]})


def on_worker_core(command: Sequence[str]) -> list[str]:
    """The command, kept on the worker core."""
    cores = sorted(os.sched_getaffinity(0))
    return ["taskset", "-c", str(cores[min(WORKER_CORE, len(cores) - 1)]), *command]


def cpu_secs(pid: int) -> float:
    """CPU a process has used, in seconds."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def rss_mb_peak(pid: int) -> int:
    """The most memory a process ever held."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024
