"""What the files of a folder hash to. A file that did not change is not read again, not even by the next process.

Its SHA-256 is what a file is called by, and takes most of the time that an unchanged list takes. So it is found once.
Whether a file still is what it was then, while it is taken or a few seconds later, is told by its CRC-32C, for a tenth
of that: of all that may be written into a file by accident, one in four thousand million has the same one.

A file counts as unchanged while its look is: size, time of the last write, time of the last change of any kind (which
nobody can set; on Windows the time it was made) and number in the file system. A copy over it that keeps the old time
changes the third, and a file put in its place the fourth; a share whose numbers change only costs another reading.

A file written twice within one tick of the file system's clock looks the same both times. So a hash is believed for
good only if the file had rested for longer than the coarsest tick before it was read: by its times, if they are further
back than any clock may be wrong, otherwise because this process has watched it. Until then it may be an old one for a
few seconds; whoever reads the file compares (`SummedFile`).

What is assumed: no program sets back the clock of a file system to the nanosecond at which a file was written, and on
Windows none replaces a file's content by as many other bytes and sets its old time again.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from time import monotonic
from time import time as now
from typing import Any

from google_crc32c import extend

_BLOCK_BYTES = 1 << 20
# FAT counts in steps of two seconds, nothing else is coarser.
_TICK_SECONDS = 3.0
# No domain signs anybody in whose clock is further off (Kerberos): that much a share may be behind.
_SKEW_SECONDS = 300.0


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    return hashes_of(path)[0]


def hashes_of(path: Path) -> tuple[str, int]:
    """SHA-256 and CRC-32C of a file, read once."""
    digest, check_sum = hashlib.sha256(), 0
    for block in _blocks(path):
        digest.update(block)
        check_sum = extend(check_sum, block)
    return digest.hexdigest(), check_sum


def check_sum_of(path: Path) -> int:
    """CRC-32C of a file."""
    found = 0
    for block in _blocks(path):
        found = extend(found, block)
    return found


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(partial(file.read, _BLOCK_BYTES), b"")


class SummedFile(io.FileIO):
    """A file that is summed up while a buffer reads it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._check_sum = self._summed = 0

    def readinto(self, buffer: Any, /) -> int | None:
        """As files do."""
        at, count = self.tell(), super().readinto(buffer)
        if at == self._summed and count:
            self._check_sum = extend(self._check_sum, bytes(memoryview(buffer).cast("B")[:count]))
            self._summed += count
        return count

    @property
    def check_sum(self) -> int | None:
        """CRC-32C of all that was read; None if that is not the whole file, each byte of it once."""
        return self._check_sum if self._summed == os.fstat(self.fileno()).st_size else None


@dataclass(slots=True)
class _Known:
    look: str
    sha256: str
    check_sum: int
    since: float
    """When it was read, by a clock that is never set."""
    believed: bool
    stored: bool = False


class FileHashes:
    """Those of one source, kept in its state file if there is one."""

    def __init__(self, source: str = "", sql: Connection | None = None, clock: Callable[[], float] = monotonic) -> None:
        self._source, self._sql, self._clock = source, sql, clock
        self._known: dict[str, _Known] = recall(sql, source, clock()) if sql is not None else {}

    def of(self, path: Path, name: str) -> tuple[str, int] | tuple[None, None]:
        """SHA-256 and CRC-32C of a regular file; None if it is none, is gone or is locked: the next look tells.

        Args:
            path: where it lies.
            name: its name in the folder, the same for all processes.
        """
        try:
            status = path.lstat()
            if not stat.S_ISREG(status.st_mode):
                return None, None
            look = f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"
            known, moment = self._known.get(name), self._clock()
            same = known is not None and known.look == look
            if known is None or not same or (not known.believed and moment - known.since > _TICK_SECONDS):
                rested = now() - max(status.st_mtime, status.st_ctime) > _SKEW_SECONDS
                if known is None or not same or known.check_sum != check_sum_of(path):
                    known = _Known(look, *hashes_of(path), moment, rested)
                # Looked at before and read again: whatever came in the tick of its last write is in it.
                known.believed |= same
                self._known[name] = known
            return known.sha256, known.check_sum
        except OSError:
            return None, None

    def keep_only(self, names: Collection[str]) -> None:
        """Forget files that are gone, and put down what is believed of the others."""
        gone = self._known.keys() - set(names)
        for name in gone:
            del self._known[name]
        new = {name: known for name, known in self._known.items() if known.believed and not known.stored}
        if self._sql is not None and (gone or new):
            # A name nobody can print is refused anyway, and not every such name is text to a database.
            told = [(name, one.look, one.sha256, one.check_sum) for name, one in new.items() if name.isprintable()]
            store(self._sql, self._source, told, self._known)
        for known in new.values():
            known.stored = True


def recall(sql: Connection, source: str, moment: float) -> dict[str, _Known]:
    """What is known of the files of a source."""
    rows = sql.execute("SELECT file, look, sha256, check_sum FROM listed WHERE source = ?", (source,))
    return {
        file: _Known(look, sha256, check_sum, moment, believed=True, stored=True)
        for file, look, sha256, check_sum in rows
    }


def store(sql: Connection, source: str, new: Collection[tuple[str, str, str, int]], names: Collection[str]) -> None:
    """Put down name, look, SHA-256 and CRC-32C of files of a source; those of other names go."""
    sql.executemany("INSERT OR REPLACE INTO listed VALUES (?, ?, ?, ?, ?)", [(source, *one) for one in new])
    kept = json.dumps([name for name in names if name.isprintable()])
    sql.execute("DELETE FROM listed WHERE source = ? AND file NOT IN (SELECT value FROM json_each(?))", (source, kept))
