"""Starts a program that the kernel kills when its parent is gone, however that ended: `-m MODULE …`, or a path.

A Python module also tells, on SIGURG, what each of its tasks waits for. Nobody else uses that signal, and who does not
know it does not mind. (Faust takes SIGUSR1 for itself, and prints values.)
"""

from __future__ import annotations

import asyncio
import ctypes
import io
import os
import runpy
import signal
import sys

TASKS_END = "== end of tasks"
_PR_SET_PDEATHSIG = 1
_PARENT = "JOBHUB_CHAOS_PARENT"


def launched(*command: str) -> list[str]:
    """The command that starts another one in this way, as a child of this process; `-m` first means a Python module."""
    # Not as an argument: a former version of this module may be started, which knows of none.
    return ["env", f"{_PARENT}={os.getpid()}", sys.executable, "-m", "tests.chaos.launch", *command]


def main() -> None:
    """Tell the kernel, then become the program."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.environ.pop(_PARENT, None) not in (None, str(os.getppid())):  # it was gone before the kernel was told
        sys.exit(128 + signal.SIGKILL)
    if sys.argv[1] != "-m":
        os.execv(sys.argv[1], sys.argv[1:])
    signal.signal(signal.SIGURG, _tell_tasks)
    module = sys.argv[2]
    del sys.argv[1:3]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _tell_tasks(number: int, frame: object) -> None:
    """Places in the code only, and all of it to stderr at once. Whoever has no loop has no tasks."""
    text = io.StringIO()
    try:
        for task in asyncio.all_tasks(asyncio.get_running_loop()):
            task.print_stack(file=text)
            _tell_awaited(task.get_coro(), text)
    except RuntimeError as error:
        text.write(f"no tasks: {error}\n")
    os.write(2, f"== tasks\n{text.getvalue()}{TASKS_END}\n".encode())


def _tell_awaited(waiting: object, text: io.StringIO) -> None:
    """The chain of coroutines below a task, which its stack does not show: down to what it waits for."""
    while (frame := getattr(waiting, "cr_frame", None)) is not None:
        text.write(f"    waits in {frame.f_code.co_qualname} {frame.f_code.co_filename}:{frame.f_lineno}\n")
        waiting = getattr(waiting, "cr_await", None)
    text.write(f"    for {type(waiting).__name__}\n")


if __name__ == "__main__":
    main()
