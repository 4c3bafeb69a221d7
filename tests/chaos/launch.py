"""Starts a program that the kernel kills when its parent is gone, however that ended: `-m MODULE …`, or a path."""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys

_PR_SET_PDEATHSIG = 1


def launched(*command: str) -> list[str]:
    """The command that starts another one in this way; `-m` first means a Python module."""
    return [sys.executable, "-m", "tests.chaos.launch", *command]


def main() -> None:
    """Tell the kernel, then become the program."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if sys.argv[1] != "-m":
        os.execv(sys.argv[1], sys.argv[1:])
    module = sys.argv[2]
    del sys.argv[1:3]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
