"""What a visitor of W9 asks for, how often, and how to know the right answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

SHARES: Mapping[str, int] = {
    "home": 10, "results": 34, "results, English": 4, "job": 32, "courses": 6, "course": 3, "print": 4, "feed": 4,
    "calendar": 1, "ended": 2,
}  # fmt: skip
"""Views out of a hundred."""


@dataclass(frozen=True, slots=True)
class View:
    """A page that is asked for, and how to know the right answer.

    Args:
        marks: texts that the answer holds.
        entries: what begins an entry, and how many there are.
        end: what the answer ends with; locust's fast client takes an answer that was cut off for a whole one.
    """

    path: str
    marks: tuple[str, ...]
    entries: tuple[str, int] = ("", 0)
    status: int = 200
    end: str = "</html>"

    def fault(self, status: int, body: bytes) -> str | None:
        """What is wrong with an answer."""
        if status != self.status:
            return f"status {status}"
        text = body.decode()
        if missing := [mark for mark in self.marks if mark not in text]:
            return f"without {missing}"
        if not text.rstrip().endswith(self.end):
            return "cut off"
        begin, wanted = self.entries
        found = text.count(begin) if begin else 0
        return None if found == wanted else f"{found} entries, not {wanted}"


def write(file: Path, views: Mapping[str, Sequence[View]]) -> None:
    """Views for each kind of page, for the visitors."""
    file.write_text(json.dumps({page: [asdict(one) for one in some] for page, some in views.items()}))


def read(file: Path) -> dict[str, list[View]]:
    """What `write` wrote."""
    return {
        page: [View(**one | {name: tuple(one[name]) for name in ("marks", "entries")}) for one in some]
        for page, some in json.loads(file.read_text()).items()
    }
