"""A connector around a source that fetches from elsewhere: the runner's steps without Kafka, each in its place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connectors.contract.source import Source
from connectors.intake import finish, take
from connectors.registry import build_source
from connectors.state import State
from connectors.workplace import workplace
from schemas.jobcenter import Jobcenter
from tests.support.deliveries import TODAY, Connector


class FetchingConnector(Connector):
    """Like Connector, but the source is opened, told what is settled, and closed, as the runner does it."""

    source: Source
    name: str

    def open(self, name: str = "stellen") -> None:
        """Start the source, as after a restart."""
        self.name, self.source = name, build_source(self.jobcenter, name)
        self.source.open(workplace(self.jobcenter, name, self.state, self.folder))

    def restart(self) -> None:
        """What the source knew in memory is gone."""
        self.source.close()
        self.open(self.name)

    def fetch(self, *, settle: bool = True) -> list[dict[str, Any]]:
        """One look: take what waits and is not done. Without `settle` the connector dies right after its commit."""
        reports = []
        for delivery in self.source.deliveries(self.folder, None):
            known = self.state.deliveries.by_id(delivery.id)
            if known is not None and known.state in ("READ", "COMPLETED", "HELD"):
                self.source.settled(delivery)
        for delivery in self.source.deliveries(self.folder, None):
            known = self.state.deliveries.by_id(delivery.id)
            if known is not None and known.state != "BEGUN":
                continue
            taken = take(self.state, self.jobcenter, self.source, delivery, folder=self.folder, today=TODAY)
            for entry in self.state.deliveries.in_state("READ"):
                finish(self.state, entry)
            if settle and taken.report["state"] != "REFUSED":
                self.source.settled(delivery)
            reports.append(taken.report)
        return reports

    def sent(self) -> list[tuple[str, int, str, str]]:
        """Key, version, status and title of what waits in the outbox."""
        return [(one["source_id"], one["version"], one["status"], one["title"]) for one in self.outbox()]


@contextmanager
def fetching(tmp_path: Path, jobcenter: Jobcenter, name: str = "stellen") -> Iterator[FetchingConnector]:
    """An open connector with an empty state."""
    folder = tmp_path / "in" / jobcenter.id
    folder.mkdir(parents=True)
    state = State(tmp_path / "state" / f"{jobcenter.id}.sqlite")
    one = FetchingConnector(jobcenter, folder, state)
    try:
        one.open(name)
        yield one
    finally:
        if hasattr(one, "source"):
            one.source.close()
        state.close()
