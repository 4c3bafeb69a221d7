"""How each source of a Jobcenter stands: when it last delivered, until when it has to again, and whether it is stopped.

A source is stopped when its last delivery is not what was promised, or when it cannot begin, for want of a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import structlog

from connectors import metrics
from connectors.errors import Stop
from connectors.expected import is_stopped
from connectors.patience import Patient
from connectors.state import State
from schemas.due import next_due
from schemas.jobcenter import Jobcenter

log = structlog.get_logger(__name__)


class Standing:
    """Tells Prometheus and the log; `on_event` hears of sources that cannot begin."""

    def __init__(
        self,
        jobcenter: Jobcenter,
        state: State,
        sources: Mapping[str, Patient],
        on_event: Callable[[dict[str, Any]], None],
    ) -> None:
        self._jobcenter, self._state, self._sources, self._on_event = jobcenter, state, sources, on_event
        self._cannot_begin: dict[str, Stop] = {}

    def begin(self) -> None:
        """Tell how all of them stand, after they were opened.

        Raises:
            Stop: not one of them can begin.
        """
        for name, source in self._sources.items():
            latest = self._state.deliveries.latest(name)
            self._set_stopped(name, latest is not None and is_stopped(latest.report))
            self._expect_next(name, self._state.deliveries.last_success(name))
            if source.stopped is not None:
                self._tell_stopped(name, source.stopped)
        if self._cannot_begin and len(self._cannot_begin) == len(self._sources):
            raise next(iter(self._cannot_begin.values()))

    def look(self) -> None:
        """See whether one that could not begin did so after all."""
        for name in [name for name in self._cannot_begin if self._sources[name].stopped is None]:
            del self._cannot_begin[name]
            self._set_stopped(name, False)

    def taken(self, report: Mapping[str, Any]) -> None:
        """A delivery was taken, or stopped."""
        name = report["source"]
        if is_stopped(report):
            self._set_stopped(name, True)
            log.warning("source stopped", jobcenter=self._jobcenter.id, source=name, code=report["reason"])
        elif report["state"] != "REFUSED":
            self._set_stopped(name, False)

    def succeeded(self, name: str) -> None:
        """A delivery was acknowledged as a whole."""
        self._expect_next(name, datetime.now(UTC))

    def stopped(self) -> dict[str, str]:
        """Sources that are stopped now, and the code that says why."""
        found = {name: error.code for name, error in self._cannot_begin.items()}
        for name in self._sources:
            latest = self._state.deliveries.latest(name)
            if latest is not None and is_stopped(latest.report):
                found[name] = str(latest.reason)
        return found

    def _expect_next(self, name: str, last: datetime | None) -> None:
        if last is not None:
            metrics.source_last_success.labels(self._jobcenter.id, name).set(last.timestamp())
        if name not in self._jobcenter.sources:
            return  # what a source left behind that is gone from the file was ended
        due = next_due(self._jobcenter.sources[name], last or datetime.now(UTC))
        metrics.source_expected_next.labels(self._jobcenter.id, name).set(due.timestamp())

    def _set_stopped(self, name: str, is_it: bool) -> None:
        metrics.source_stopped.labels(self._jobcenter.id, name).set(is_it)

    def _tell_stopped(self, name: str, error: Stop) -> None:
        self._cannot_begin[name] = error
        self._set_stopped(name, True)
        log.warning("source stopped", jobcenter=self._jobcenter.id, source=name, code=error.code)
        told = {"jobcenter": self._jobcenter.id, "source": name, "code": error.code, "what": error.what, "de": error.de}
        self._on_event({"event": "source_stopped", **told})
