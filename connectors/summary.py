"""What a run of one Jobcenter did, in numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

COUNTS = (
    "rows_read",
    "sent_new",
    "sent_changed",
    "sent_ended",
    "sent_other",
    "unchanged",
    "duplicate",
    "rejected",
    "held",
)
"""Counts of a delivery report."""


@dataclass(slots=True)
class Summary:
    """What a run did."""

    jobcenter: str
    deliveries: int = 0
    refused: int = 0
    held: int = 0
    published: int = 0
    caught_up: int = 0
    """Of these, what waited from before: approved ends, and what Kafka had not acknowledged."""
    stopped: bool = False
    waiting: list[str] = field(default_factory=list)
    away: list[str] = field(default_factory=list)
    """Sources that could not be asked in the end."""
    stopped_sources: dict[str, str] = field(default_factory=dict)
    """Sources that are stopped in the end, and the code that says why."""
    refused_files: dict[str, str] = field(default_factory=dict)
    """Files of which nothing was sent, and the code that says why."""
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    rejected_by_code: dict[str, int] = field(default_factory=dict)

    def add(self, report: dict[str, Any]) -> None:
        """Count a delivery."""
        self.deliveries += 1
        if report["state"] == "REFUSED":
            self.refused += 1
            self.refused_files[report["file"]] = report["reason"]
        self.held += report["state"] == "HELD"
        for name in COUNTS:
            self.counts[name] += report[name]
        for entry in report["rejected_by_code"]:
            self.rejected_by_code[entry["code"]] = self.rejected_by_code.get(entry["code"], 0) + entry["count"]

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "jobcenter": self.jobcenter,
            "deliveries": self.deliveries,
            "refused": self.refused,
            "held_deliveries": self.held,
            "published": self.published,
            "caught_up": self.caught_up,
            "stopped": self.stopped,
            "waiting": self.waiting,
            "away": self.away,
            "stopped_sources": self.stopped_sources,
            "refused_files": self.refused_files,
            **self.counts,
            "rejected_by_code": dict(sorted(self.rejected_by_code.items())),
        }
