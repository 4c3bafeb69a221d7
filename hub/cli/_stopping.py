"""Ends a long-running verb in an orderly way when it is told to: by a signal, or by Windows closing its console."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

# What Windows says before it ends a process: its window is closed, its user signs out, the machine shuts down.
_CLOSING = frozenset({2, 5, 6})
# Windows waits five seconds for the answer and then ends the process anyway.
_SECONDS = 4.5

_kept: list[Any] = []
"""Handlers handed to Windows; it does not keep them alive itself."""


def stop_when_told(stop: Callable[[], None], finished: threading.Event) -> None:
    """Call `stop` in the running loop as soon as somebody wants this process to end.

    Args:
        stop: asks for an orderly end.
        finished: set by the caller when the work is over; until then Windows is kept waiting.
    """
    loop = asyncio.get_running_loop()

    def told() -> None:
        loop.call_soon_threadsafe(stop)

    # SIGBREAK is Windows' Ctrl+Break, which is how one program there asks another one to end.
    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: told())
    if sys.platform == "win32":
        import ctypes

        handler = ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_uint)(console_handler(told, finished))
        _kept.append(handler)
        ctypes.windll.kernel32.SetConsoleCtrlHandler(handler, 1)


def console_handler(
    told: Callable[[], None], finished: threading.Event, seconds: float = _SECONDS
) -> Callable[[int], int]:
    """Answers Windows: 1 when all is done that can be, 0 for what is none of its business.

    Windows ends the process as soon as it has the answer, so the answer waits. What is not done by then is lost as by
    a power cut, which loses nothing: every delivery is one transaction.
    """

    def handle(event: int) -> int:
        if event not in _CLOSING:
            return 0
        told()
        finished.wait(seconds)
        return 1

    return handle
