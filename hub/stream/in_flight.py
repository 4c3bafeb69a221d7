"""Which records are being looked at right now, on disk: so that a record that kills the process is found out.

The mark covers the flow alone, which is pure computing. A broker that is away is not a record's fault and leaves no
mark. A batch that died makes the next pass careful (record by record); a record that was alone in flight in two
crashes is poison.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CRASHES_MAX = 2

Ranges = Mapping[str, tuple[int, int]]
"""Topic -> first and last offset."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What was in flight, and how often it was so alone when the process died. 0: it never was alone."""

    ranges: Ranges
    alone: int

    def covers(self, topic: str, next_offset: int) -> bool:
        """Whether something at or after an offset is suspected."""
        return topic in self.ranges and next_offset <= self.ranges[topic][1]

    @property
    def poison(self) -> tuple[str, int] | None:
        """Topic and offset of the record that is not looked at again."""
        if self.alone < CRASHES_MAX:
            return None
        [(topic, (first, _))] = self.ranges.items()
        return topic, first


class InFlight:
    """The mark of one partition number. No fsync: the page cache outlives a process, and that is what crashes here."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self.left_behind = _parse(os.pread(self._file, 1 << 20, 0))
        """What was in flight when the last owner of this file died."""

    @contextmanager
    def looking_at(self, ranges: Ranges) -> Iterator[None]:
        """Remember before looking, forget afterwards. Not if it raises: that ends the process, so it is a crash too.

        Entered by whoever runs the flow, at that moment: what merely waits for its turn is innocent.
        """
        self._write(json.dumps({"ranges": ranges, "alone": self._crashes_alone(ranges)}).encode())
        yield
        self._write(b"")

    def _crashes_alone(self, ranges: Ranges) -> int:
        """How often these records will have been alone if the process dies now."""
        if len(ranges) != 1 or any(first != last for first, last in ranges.values()):
            return 0
        before = self.left_behind
        return before.alone + 1 if before is not None and dict(before.ranges) == dict(ranges) else 1

    def settle(self) -> None:
        """What was left behind is dealt with."""
        self.left_behind = None

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _write(self, line: bytes) -> None:
        # Only the first line counts, so one write is enough: what a longer mark left after it is not read.
        os.pwrite(self._file, line + b"\n", 0)


def _parse(content: bytes) -> Mark | None:
    line = content.split(b"\n", 1)[0]
    if not line:
        return None
    try:
        found = json.loads(line)
        ranges = {str(topic): (int(first), int(last)) for topic, (first, last) in found["ranges"].items()}
        return Mark(ranges, int(found["alone"]) if len(ranges) == 1 else 0)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # a damaged mark costs one more crash, never a record
