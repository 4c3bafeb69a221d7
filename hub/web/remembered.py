"""Remembers whole answers to searches, each as long as the board has not changed by a single row; never by time.

Popular searches are asked over and over, and nothing on the board changes most of the time. An answer is good as long
as the database is at the moment it was made of (hub/search/moment.py), which is asked each time: a job that has ended
is in no answer from the commit that ended it. Few enough are kept to hold in some 30 MB.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from hub.search.jobs import Found

MOST_JOBS = 10_000
"""Jobs in all answers that are kept, some 2.5 kB each; an answer without any counts as one."""


class Answers:
    """Answers by what was asked, on which day. What was not asked for longest goes first."""

    def __init__(self, most_jobs: int = MOST_JOBS) -> None:
        self._most, self._held = most_jobs, 0
        self._kept: OrderedDict[Hashable, Found] = OrderedDict()

    def __contains__(self, asked: Hashable) -> bool:
        """Whether it is worth asking which moment it is."""
        return asked in self._kept

    def at(self, asked: Hashable, moment: str | None) -> Found | None:
        """The answer, if it is of that moment."""
        found = self._kept.get(asked)
        if found is None or moment is None or found.moment != moment:
            return None
        self._kept.move_to_end(asked)
        return found

    def keep(self, asked: Hashable, found: Found) -> None:
        """Remember an answer, unless its parts are of different moments."""
        if found.moment is None:
            return
        self._held += _size(found) - self._let_go(asked)
        self._kept[asked] = found
        while self._held > self._most:
            self._held -= self._let_go(next(iter(self._kept)))

    def forget(self) -> None:
        """Everything: a server that started anew may come to the same moment by another way."""
        self._kept.clear()
        self._held = 0

    def __len__(self) -> int:
        return len(self._kept)

    def _let_go(self, asked: Hashable) -> int:
        gone = self._kept.pop(asked, None)
        return _size(gone) if gone else 0


def _size(found: Found) -> int:
    return max(1, len(found.jobs))
