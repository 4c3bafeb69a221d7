"""What a process says on stdout, waited for no longer than one can bear."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from threading import Thread

PATIENCE_SECS = 240.0
"""With a processor to itself a process says its first word within seconds, beside a busy suite within minutes. What
takes longer than this stands still."""


def next_line(process: subprocess.Popen[str], told: Callable[[], str] = str, patience: float = PATIENCE_SECS) -> str:
    """Its next line, with its end. A process that says nothing is ended: nobody should wait for that either.

    Args:
        process: with its stdout in a pipe.
        told: what else is known of it, for the error.
        patience: seconds.
    """
    stdout = process.stdout
    assert stdout is not None
    heard: list[str] = []
    # A pipe that was looked at by select() may be empty while a line lies in the buffer before it.
    listener = Thread(target=lambda: heard.append(stdout.readline()), daemon=True)
    listener.start()
    listener.join(patience)
    if not heard:
        process.kill()
    assert heard, f"process {process.pid} said nothing for {patience:.0f} s; {told()}"
    assert heard[0], f"process {process.pid} ended without a word; {told()}"
    return heard[0]
