"""Own the servers' processes, so that none of them outlives its owner.

Run as `python -I -S guard.py OWNER_PID LOCK_FD`; only the standard library is imported. Standard input carries one JSON
command a line (see `Command` in processes.py), an empty line or its end means stop. Standard output carries what
happened, one JSON object a line.

The owner dies, even by kill -9: its end of the pipe closes and the servers are stopped in order. The guard itself dies:
the kernel sends each server its stop signal. That is only the second net, because it is Linux only, it is cleared when
a process changes its user, and it fires when the *thread* that started a process ends; the guard has one thread.
"""

import ctypes
import json
import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 47, 2
CAPABILITY_VERSION = 0x20080522
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
# Loaded before any fork: after the change of user our own Python may be unreadable.
LIBC = ctypes.CDLL(None)


@dataclass
class Child:
    """One started process and how to end it."""

    name: str
    process: subprocess.Popen[bytes]
    stop_signal: int
    stop_secs: float


def main(owner: int, lock_fd: int) -> None:
    """Start what the owner asks for until it says stop or is gone; then stop everything."""
    signals = _signal_pipe()
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)  # inherited by what we fork, gone with its exec
    children: list[Child] = []
    buffer = b""
    while True:
        # Woken once a second, because a process forked off the owner may hold the pipe open beyond the owner's life.
        ready, _, _ = select.select([0, signals], [], [], 1.0)
        if os.getppid() != owner or (signals in ready and signal.SIGTERM in os.read(signals, 512)):
            break
        if 0 in ready:
            chunk = os.read(0, 65536)
            *lines, buffer = (buffer + chunk).split(b"\n")
            for line in filter(None, lines):
                _start(json.loads(line), children, lock_fd)
            if not chunk or b"" in lines:
                break
        children = [child for child in children if not _has_ended(child)]
    _stop(children)


def _signal_pipe() -> int:
    """A pipe that gets a byte for each signal. No SIG_IGN: the servers would inherit that."""
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    return read_end


def _start(command: dict[str, Any], children: list[Child], lock_fd: int) -> None:
    name, user = command["name"], command["user"]
    try:
        with open(command["log"], "ab") as log:
            process = subprocess.Popen(
                command["argv"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=command["folder"],
                env={**os.environ, **command["env"]},
                pass_fds=(lock_fd,),
                start_new_session=True,  # Ctrl-C of the terminal reaches only the owner, who stops things in order
                user=user and user[0],
                group=user and user[1],
                extra_groups=user and [],
                preexec_fn=_prepare(os.getpid(), command["stop_signal"], command["may_pass"]),
            )
    except (OSError, subprocess.SubprocessError) as error:
        _say(event="failed", name=name, why=str(error))
        return
    children.append(Child(name, process, command["stop_signal"], command["stop_secs"]))
    _say(event="started", name=name, pid=process.pid)


def _prepare(guard: int, stop_signal: int, may_pass: bool) -> Callable[[], None]:
    """What a new process does first. It comes after the change of user, which would clear both requests."""

    def prepare() -> None:
        if may_pass and not _keep_right_to_pass():
            os._exit(126)
        if sys.platform == "linux":
            LIBC.prctl(PR_SET_PDEATHSIG, stop_signal)
        if os.getppid() != guard:  # the guard died in the moment before
            os._exit(1)

    return prepare


def _keep_right_to_pass() -> bool:
    """Of all root may, keep one thing over the change of user: to pass through folders closed to others."""
    for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        bit = 1 << capability
        header = struct.pack("Ii", CAPABILITY_VERSION, 0)
        only_this = struct.pack("6I", bit, bit, bit, 0, 0, 0)
        if LIBC.capset(header, only_this) == 0:
            return bool(LIBC.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) == 0)
    return False


def _has_ended(child: Child) -> bool:
    if child.process.poll() is None:
        return False
    _say(event="ended", name=child.name, code=child.process.returncode)
    return True


def _stop(children: list[Child]) -> None:
    for child in children:
        if child.process.poll() is None:
            child.process.send_signal(child.stop_signal)
    began = time.monotonic()
    for child in children:
        try:
            child.process.wait(max(0.1, child.stop_secs - (time.monotonic() - began)))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
        _has_ended(child)


def _say(**event: str | int) -> None:
    with suppress(OSError):  # the owner is gone and hears nothing; the servers must be stopped all the same
        os.write(1, json.dumps(event).encode() + b"\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
