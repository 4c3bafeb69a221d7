"""What a process says on stdout, waited for no longer than one can bear."""

from __future__ import annotations

import select
import subprocess
from collections.abc import Callable

PATIENCE_SECS = 240.0
"""With a processor to itself a process says its first word within seconds, beside a busy suite within minutes. What
takes longer than this stands still."""


def first_line(process: subprocess.Popen[str], told: Callable[[], str], patience: float = PATIENCE_SECS) -> str:
    """Its first line. Nothing was read before.

    Args:
        process: with its stdout in a pipe.
        told: what else is known of it, for the error.
        patience: seconds.
    """
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], patience)
    assert ready, f"process {process.pid} said nothing for {patience:.0f} s; {told()}"
    line = process.stdout.readline()
    assert line, f"process {process.pid} ended without a word; {told()}"
    return line
