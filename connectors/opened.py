"""A Jobcenter as a run has it open: its state file, its sources in their workplaces, and the queue of what waits."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from connectors.agreement import claim
from connectors.announce import Announcer
from connectors.contract.delivery import Delivery
from connectors.errors import Stop
from connectors.file_source import FileSource
from connectors.patience import Patient
from connectors.queue import Queue
from connectors.recover import recover
from connectors.registry import build_source
from connectors.renamed import refuse_unknown, take_over
from connectors.standing import Standing
from connectors.state import State
from connectors.values.days import BERLIN
from connectors.workplace import workplace
from schemas.jobcenter import Jobcenter


def require_folder(folder: Path, jobcenter: Jobcenter) -> None:
    """A folder that is not there is said at the start; an empty one is normal.

    Raises:
        Stop: E713 it is not there, and a source reads files from it.
    """
    if not folder.is_dir() and any(
        source.files and isinstance(build_source(jobcenter, name), FileSource)
        for name, source in jobcenter.sources.items()
    ):
        raise Stop("E713", f"there is no folder {folder}")


class Opened:
    """What one run works with. `close` it, whatever happens."""

    def __init__(
        self,
        jobcenter: Jobcenter,
        folder: Path,
        state: State,
        tell: Announcer,
        *,
        until: date | None = None,
        today: date | None = None,
    ) -> None:
        """The state file is let go of if this fails.

        Raises:
            Stop: E715 it is another Jobcenter's.
            ConfigurationError: the Jobcenter's file does not hold together.
        """
        self.jobcenter, self.folder, self.state, self.tell, self._today = jobcenter, folder, state, tell, today
        try:
            claim(state, jobcenter.id)
            self.queue = Queue(jobcenter, folder, state, until, tell.growing)
        except BaseException:
            state.close()
            raise
        self.sources = [Patient(source, tell.waiting) for source in self.queue.sources]
        self.queue.sources = list(self.sources)
        self.standing = Standing(jobcenter, state, self.by_name(), tell.on_event)

    def by_name(self) -> dict[str, Patient]:
        """The sources by their names in the Jobcenter's file."""
        return dict(zip(self.jobcenter.sources, self.sources, strict=True))

    @property
    def today(self) -> date:
        """Day of deliveries whose name tells none."""
        return self._today or datetime.now(BERLIN).date()

    async def begin(self, bootstrap_servers: str, kafka_options: Mapping[str, Any] | None, stop: asyncio.Event) -> None:
        """What comes before the first look at the folder."""
        self._take_over()
        self._open_sources(listens=True)
        await self._recover(bootstrap_servers, kafka_options, stop)
        self._require_known()  # what was read back stands under the names it was sent with

    def begin_dry(self) -> None:
        """The same without a network: nobody is asked, and no port is opened."""
        self._require_known()
        self._open_sources(listens=False)

    def close(self) -> None:
        """Let go of the sources, then of the state."""
        for source in self.sources:
            source.close()
        self.state.close()

    def _open_sources(self, *, listens: bool) -> None:
        """Lend each source its workplace. One that cannot begin stops no other; if none can, there is nothing to do."""
        for name, source in self.by_name().items():
            source.open(workplace(self.jobcenter, name, self.state, self.folder, listens=listens))
        self.standing.begin()

    def _take_over(self) -> None:
        """What is remembered of a source goes with its name."""
        self.tell.renamed(take_over(self.state, self.jobcenter))

    def _require_known(self) -> None:
        """No source may be one of whose change of name nobody spoke. What is left open is said at every start."""
        self._take_over()
        self.tell.left_open(refuse_unknown(self.state, self.jobcenter))

    async def _recover(
        self, bootstrap_servers: str, kafka_options: Mapping[str, Any] | None, stop: asyncio.Event
    ) -> None:
        """Before anything is taken, the state file learns what it has forgotten."""
        found = await recover(
            self.state,
            self.jobcenter,
            bootstrap_servers,
            self._lying,
            kafka_options=kafka_options,
            stop=stop,
            on_waiting=self.tell.waiting,
        )
        if found is not None:
            self.tell.recovered(found)

    def _lying(self) -> list[Delivery]:
        return [
            one
            for source in self.sources
            if source.is_local
            for one in source.deliveries(self.folder, self.queue.until)
        ]
