"""Told to end, the chaos controller leaves nothing behind: no process of its own, no server, no folder."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.sinks import wait_until

pytestmark = pytest.mark.integration


def started_with(mark: str) -> dict[int, str]:
    """Command lines of the processes that have it in their environment or as an argument, by their ids."""
    found: dict[int, str] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command, environment = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except OSError:
            continue  # it has ended meanwhile, or is not ours
        if command and mark.encode() in command + environment:
            found[int(process.name)] = command.replace(b"\0", b" ").decode(errors="replace")
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_everything_that_chaos_started_ends_with_it(number: signal.Signals, tmp_path: Path) -> None:
    mark = f"worlds-{secrets.token_hex(6)}"
    worlds = tmp_path / mark
    worlds.mkdir()
    worlds.chmod(0o777)
    command = [sys.executable, "-m", "tests.chaos", "--only", "F01", "F02", "--short", "--jobs", "2"]
    with (tmp_path / "said").open("wb") as said, subprocess.Popen(
        command, env={**os.environ, "TMPDIR": str(worlds)}, stdout=said, stderr=said,
        # A shell's background job ignores Ctrl-C, and so would all it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
    ) as chaos:  # fmt: skip
        try:
            wait_until(lambda: _brokers(mark) == 2 or chaos.poll() is not None)
            assert chaos.poll() is None
            chaos.send_signal(number)
            code = chaos.wait(60)
        finally:
            chaos.kill()
            left = started_with(mark)
            for process in left:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)

    assert {} == left
    assert [] == [*worlds.iterdir()]
    assert {signal.SIGTERM: 143, signal.SIGINT: -signal.SIGINT}[number] == code


def _brokers(mark: str) -> int:
    return sum("kafka.Kafka" in command for command in started_with(mark).values())
