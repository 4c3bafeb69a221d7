"""What a long verb is doing, on stderr: a line for each step done, and a moving line where there is a terminal."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich.status import Status

from hub.cli.output import stderr, t

_QUIET_SECS = 2.0
_LINE_SECS = 10.0


class Steps:
    """For `with`. Prints nothing at all when `silent`."""

    def __init__(self, *, silent: bool = False) -> None:
        self._console = stderr()
        self._silent = silent
        self._began = time.monotonic()
        self._told = self._began
        self._status: Status | None = None

    def __enter__(self) -> Steps:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear()

    def done(self, de: str, en: str) -> None:
        """A step is done, or something happened that people should read."""
        self._clear()
        if not self._silent:
            seconds = f"{time.monotonic() - self._began:6.1f} s"
            self._console.print(f"{seconds}  {t(de, en)}", markup=False)

    def progress(self, de: str, en: str) -> None:
        """How far a step is: a moving line on a terminal from two seconds on, otherwise a line every ten seconds."""
        now = time.monotonic()
        if self._silent or now - self._began < _QUIET_SECS:
            return
        if sys.stderr.isatty():
            if self._status is None:
                self._status = self._console.status("")
                self._status.start()
            self._status.update(t(de, en))
        elif now - self._told >= _LINE_SECS:
            self._told = now
            self._console.print(t(de, en), markup=False)

    def _clear(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None
