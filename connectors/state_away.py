"""What keeps a connector from writing down what it must not forget: no room, no right, another program at its file.

Nothing is lost by waiting: what was not written was not sent, and what was sent stays in the outbox until it is marked.
"""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from connectors.errors import Retry, Stop

AGAIN_SECONDS = 30.0
TROUBLE = (sqlite3.Error, OSError)
"""What is raised then, and at other times too: `trouble` tells."""

_SQLITE = {
    sqlite3.SQLITE_FULL: "E717",
    sqlite3.SQLITE_BUSY: "E718",
    sqlite3.SQLITE_LOCKED: "E718",
    sqlite3.SQLITE_READONLY: "E711",
    sqlite3.SQLITE_CANTOPEN: "E711",
    sqlite3.SQLITE_PERM: "E711",
    sqlite3.SQLITE_IOERR: "E711",
    sqlite3.SQLITE_CORRUPT: "E712",
    sqlite3.SQLITE_NOTADB: "E712",
}
_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def trouble(error: BaseException, state: Path) -> Retry | Stop | None:
    """What an error asks for, if it is of this kind.

    Args:
        error: what was raised.
        state: the state file; beside it lies all that is written here.

    Returns:
        Retry: E711 no right, or the disk fails; E717 no room; E718 another program holds the file. Stop: E712 it is
        damaged, and waiting would not help.
    """
    code = _code(error, state)
    if code is None:
        return None
    place = getattr(error, "filename", None)
    what = f"{os.fsdecode(place) if isinstance(place, str | bytes) else state}: {_kind(error)}"
    return Stop(code, what) if code == "E712" else Retry(code, what, AGAIN_SECONDS)


def _code(error: BaseException, state: Path) -> str | None:
    if isinstance(error, sqlite3.Error):
        return _SQLITE.get((getattr(error, "sqlite_errorcode", None) or 0) & 0xFF)
    if not isinstance(error, OSError):
        return None
    if is_full(error):
        return "E717"
    return "E711" if error.errno in _FORBIDDEN and _is_ours(error.filename, state.parent) else None


def is_full(error: OSError) -> bool:
    """Whether a disk of this machine is full: no other side has anything to do with it."""
    return error.errno in _FULL


def _is_ours(name: object, folder: Path) -> bool:
    """Whether a file lies beside the state file, or is a folder on the way there."""
    if not isinstance(name, str | os.PathLike):
        return False
    path = Path(name)
    return path == folder or path in folder.parents or folder in path.parents


def _kind(error: BaseException) -> str:
    """SQLite's name of it: its text is ours to repeat, but says less."""
    return str(getattr(error, "sqlite_errorname", None) or getattr(error, "strerror", None) or type(error).__name__)


class StateAway:
    """The patience of one run. With `once` there is none: whoever called looks at what is said and calls again."""

    def __init__(
        self,
        state: Path,
        stop: asyncio.Event,
        on_waiting: Callable[[str, str, float], None],
        *,
        once: bool,
    ) -> None:
        self._state, self._stop, self._on_waiting, self._once = state, stop, on_waiting, once
        self._said = ""

    async def wait(self, error: BaseException, *, at_start: bool = False) -> None:
        """Wait until it is worth another try, or until asked to stop. Said once, as long as it stays the same.

        A right that is missing from the start is not waited for: somebody sits there and sets it up.

        Raises:
            Stop: waiting would not help.
            Retry: nobody is to wait.
            BaseException: the error itself, if it is of another kind.
        """
        found = trouble(error, self._state)
        if found is None:
            raise error
        if self._once or isinstance(found, Stop) or (at_start and found.code == "E711"):
            raise found from error
        if found.what != self._said:
            self._said = found.what
            self._on_waiting(found.code, found.what, AGAIN_SECONDS)
        try:
            await asyncio.wait_for(self._stop.wait(), timeout=AGAIN_SECONDS)
        except TimeoutError:
            return

    def is_back(self) -> None:
        """It was written: what comes next is said anew."""
        self._said = ""
