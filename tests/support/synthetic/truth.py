"""What must come of the rows: state of every entity, day by day, and the counts of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from tests.support.synthetic.model import Change, Course, Job, Placement

FEW, SHARE = 5, 0.2
"""So many disappearances, or this share of all, are not believed at once."""


@dataclass
class EventTruth:
    """One Jobcenter's entities of one kind of event."""

    counts: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    rejected: dict[str, str] = field(default_factory=dict)
    """Id -> rule, of rows that were refused and came to nothing else since."""
    outcomes: list[tuple[date, str, str]] = field(default_factory=list)
    """Day, id, what came of the row."""
    open: dict[str, Any] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    """Id -> reason."""
    versions: dict[str, int] = field(default_factory=dict)

    def note(self, day: date, key: str, outcome: str, code: str | None = None) -> None:
        self.counts[outcome] += 1
        self.outcomes.append((day, key, outcome))
        if outcome == "rejected":
            self.codes[str(code)] += 1
            self.rejected[key] = str(code)
        elif outcome in ("published", "changed", "ended"):
            self.rejected.pop(key, None)

    def full(self, day: date, rows: Sequence[Any], *, complete: bool = True, ends: bool = True) -> None:
        """A list of everything. Of rows with one id and different content none is believed."""
        self.counts["read"] += len(rows)
        same_id: dict[str, list[Any]] = {}
        for row in rows:
            same_id.setdefault(row.id, []).append(row)
        active = set(self.open)
        for key, group in same_id.items():
            if len({content(row) for row in group}) > 1:
                for _ in group:
                    self.note(day, key, "rejected", "E209")
                continue
            self._take(day, group[0])
            for row in group[1:]:
                self.note(day, key, "rejected" if row.code else "duplicate", row.code)
        if not ends:
            return
        gone = active - same_id.keys()
        # The newest list decides on what an older one left open.
        self.counts["held"] = 0
        if gone and (not complete or not rows or len(gone) >= max(FEW, SHARE * len(active))):
            self.counts["held"] = len(gone)
            return
        for key in gone:
            self._end(day, key, "NOT_LISTED")

    def _take(self, day: date, row: Any) -> None:
        if row.code:
            self.note(day, row.id, "rejected", row.code)
            return
        before = self.open.get(row.id)
        same = before is not None and content(before) == content(row)
        self.note(day, row.id, "published" if before is None else "unchanged" if same else "changed")
        self._open(row)

    def delta(self, day: date, changes: Iterable[Change]) -> None:
        """Changes with a version of their own."""
        for change in changes:
            key, known = change.job.id, self.versions.get(change.job.id)
            self.counts["read"] += 1
            is_open, code = key in self.open, change.job.code
            # Of what is known an end holds whatever else its row says.
            if code and (change.action != "L" or known is None):
                self.note(day, key, "rejected", code)
            elif known is not None and change.version < known:
                self.note(day, key, "stale")
            elif known is not None and change.version == known:
                same = (
                    key in self.ended
                    if change.action == "L"
                    else is_open and content(self.open[key]) == content(change.job)
                )
                self.note(day, key, "duplicate" if same else "conflict")
            else:
                self.versions[key] = change.version
                if change.action == "L":
                    self._end(day, key, change.reason)
                else:
                    self.note(day, key, "changed" if is_open else "published")
                    self._open(change.job)

    def _open(self, row: Any) -> None:
        self.open[row.id] = row
        self.ended.pop(row.id, None)

    def _end(self, day: date, key: str, reason: str) -> None:
        self.note(day, key, "ended")
        self.open.pop(key, None)
        self.ended[key] = reason


@dataclass
class Truth:
    """Everything that must come of a set of deliveries."""

    days: list[date]
    events: dict[str, dict[str, EventTruth]]
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Entity -> what the board must answer, for every open job that is not internal."""
    forbidden: set[str] = field(default_factory=set)
    """Canaries: words that must not be found anywhere."""
    hidden: set[str] = field(default_factory=set)
    """Names of employers who do not want to be named, and words of internal jobs: not in any answer."""

    @property
    def open_on_board(self) -> int:
        return len(self.values)


def content(row: Job | Course | Placement) -> Any:
    """All that makes a change a change."""
    if isinstance(row, Job):
        return replace(row, variant="", number=0)
    if isinstance(row, Placement):
        return replace(row, surname="", customer="")
    return row
