"""A run of two processes, with a server that is none: started once for both, gone afterwards however the run ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tests.support.lines import ROOT

pytest.importorskip("xdist")

CONFTEST = """
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path
from tests.conftest import *
from tests.support import lines
from tests.support import shared as owner

lines.ROOT = Path(__file__).parent

@contextmanager
def server():
    with subprocess.Popen(["sleep", "600"]) as process:
        (lines.ROOT / f"{process.pid}.started").touch()
        yield process.pid
        process.kill()

owner.KINDS = {"services": server}
"""
ASKS = """
import os
def test_asks(services):
    os.kill(services, 0)
"""
DIES = """
import os, signal
from pathlib import Path
def test_dies(services):
    os.kill(os.getpid(), signal.SIGKILL)
def test_the_next_process_goes_on(services):
    os.kill(services, 0)
"""
STAYS = """
import time
from pathlib import Path
def test_stays(services):
    Path(__file__).with_name("stays").touch()
    time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -q -p no:cacheprovider -p no:asyncio\n")
    (tmp_path / "conftest.py").write_text(CONFTEST)
    for name in "abcd":
        (tmp_path / f"test_{name}.py").write_text(ASKS)
    return tmp_path


@contextmanager
def started(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A run of all files there, as at a terminal: a group of processes of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-n", "2", str(folder)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # As at a terminal, also where the tests run in the background of a shell, which ignores Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def end(process: subprocess.Popen[str], folder: Path) -> tuple[int, str, list[bool]]:
    """Of a run that ends by itself: exit code and output; and of each server it started, whether that still runs."""
    out, _ = process.communicate(timeout=120)
    return process.returncode, out, [psutil.pid_exists(int(path.stem)) for path in folder.glob("*.started")]


def test_both_processes_have_the_same_server(folder: Path) -> None:
    with started(folder) as process:
        code, out, running = end(process, folder)

    assert (0, [False]) == (code, running), out
    assert "4 passed" in out


def test_a_process_that_dies_takes_no_server_with_it(folder: Path) -> None:
    (folder / "test_dies.py").write_text(DIES)
    with started(folder) as process:
        code, out, running = end(process, folder)

    assert (1, [False]) == (code, running), out
    assert "1 failed, 5 passed" in out


def test_ctrl_c_ends_all(folder: Path) -> None:
    (folder / "test_stays.py").write_text(STAYS)
    with started(folder) as process:
        give_up = time.monotonic() + 120
        while not (folder / "stays").exists():
            assert process.poll() is None
            assert time.monotonic() < give_up
            time.sleep(0.05)
        group = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)
        code, out, running = end(process, folder)

    assert (2, [False]) == (code, running), out
    assert [] == [one for one in group if one.is_running()]
