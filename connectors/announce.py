"""Tells what happens in a run: events to whoever asked, warnings to the log, what looks like intent to Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import structlog

from connectors import metrics
from connectors.contract.delivery import Delivery
from connectors.healing import Recovered
from connectors.queue import SETTLE_SECONDS
from connectors.renamed import Left, Renamed
from connectors.summary import COUNTS
from schemas.codes import security_codes

log = structlog.get_logger(__name__)

OnEvent = Callable[[dict[str, Any]], None]


def nothing(_: dict[str, Any]) -> None:
    """For who wants to hear nothing."""
    return


class Announcer:
    """Speaks for one Jobcenter."""

    def __init__(self, jobcenter: str, on_event: OnEvent) -> None:
        self._jobcenter, self.on_event = jobcenter, on_event

    def waiting(self, code: str, what: str, seconds: float) -> None:
        """Something has to wait."""
        if code in security_codes():
            metrics.security_events.labels(self._jobcenter, code).inc()
            self._security_event(code, 1)
        told = {"code": code, "what": what, "seconds": round(seconds, 1)}
        self.on_event({"event": "waiting", "jobcenter": self._jobcenter, **told})

    def growing(self, file: str) -> None:
        """A file is still being written, or held by another program."""
        self.waiting("E301", file, SETTLE_SECONDS)

    def rows(self, delivery: Delivery, rows: int) -> None:
        """So many rows of a delivery are read."""
        self.on_event({"event": "progress", "jobcenter": self._jobcenter, "file": delivery.file, "rows": rows})

    def durable(self, report: dict[str, Any]) -> None:
        """A delivery was taken: its rows are counted, and who looks after security hears of what was in it."""
        metrics.delivery_taken(report)
        for code, count in metrics.security_events_of(report).items():
            self._security_event(code, count)

    def delivery(self, report: dict[str, Any]) -> None:
        """A delivery is done."""
        told = {name: report[name] for name in ("delivery", "source", "file", "state", "reason", "complete", *COUNTS)}
        codes = {entry["code"]: entry["count"] for entry in report["rejected_by_code"]}
        told |= {"rejected_by_code": codes, "unmapped_columns": report["unmapped_columns"]}
        self.on_event({"event": "delivery", "jobcenter": self._jobcenter, **told})

    def renamed(self, sources: Iterable[Renamed]) -> None:
        """What was remembered under former names was taken over."""
        for one in sources:
            log.warning("source renamed", jobcenter=self._jobcenter, old=one.old, new=one.new)

    def left_open(self, sources: Iterable[Left]) -> None:
        """Offers of a source gone from the file end only when somebody says so."""
        for left in sources:
            told = {"source": left.source, "code": "W716", "count": left.count}
            log.warning("source left offers open", jobcenter=self._jobcenter, **told)
            self.on_event({"event": "left_open", "jobcenter": self._jobcenter, **told})

    def recovered(self, found: Recovered) -> None:
        """The state file learned from the topics what it had forgotten."""
        told = {"code": "W713", "entities": found.entities, "deliveries": found.deliveries}
        log.warning("state recovered from topics", jobcenter=self._jobcenter, **told)
        self.on_event({"event": "recovered", "jobcenter": self._jobcenter, **told})

    def _security_event(self, code: str, count: int) -> None:
        log.warning("security event", jobcenter=self._jobcenter, code=code, count=count)
