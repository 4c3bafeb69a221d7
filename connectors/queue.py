"""Which deliveries of a Jobcenter wait, in which order, and which of them are still being written."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from connectors.contract.delivery import Delivery
from connectors.contract.source import Source
from connectors.deliveries import DeliveryState
from connectors.errors import Stop
from connectors.expected import holds_up, is_stopped
from connectors.lookups import read_lookups
from connectors.mapping.row_mapping import RowMapping
from connectors.registry import build_source
from connectors.state import State
from schemas.jobcenter import Jobcenter

# A file touched this recently may still be growing; it is looked at again before it is read.
SETTLE_SECONDS = 2.0


class Queue:
    """Deliveries that wait, across all sources of a Jobcenter."""

    def __init__(
        self,
        jobcenter: Jobcenter,
        folder: Path,
        state: State,
        until: date | None,
        on_growing: Callable[[str], None],
    ) -> None:
        """Raises ConfigurationError: a source or its mapping does not hold together."""
        self.jobcenter, self.folder, self.state, self.until = jobcenter, folder, state, until
        self._on_growing = on_growing
        self._looks: dict[Path, tuple[int, int]] = {}
        self._told: dict[Path, tuple[int, int] | None] = {}
        self.sources: list[Source] = [build_source(jobcenter, name) for name in jobcenter.sources]
        # A faulty mapping is said at the start, not at the first delivery.
        tables = {name: dict[str, str]() for name in jobcenter.lookups}
        for name in jobcenter.sources:
            RowMapping(jobcenter, name, tables)

    def pending(self) -> list[tuple[Source, Delivery]]:
        """Deliveries not done yet, oldest day first; of one day in the order of the sources in the file."""
        found: list[tuple[date, int, str, Source, Delivery]] = []
        for place, source in enumerate(self.sources):
            for delivery in map(self._this_time, source.deliveries(self.folder, self.until)):
                known = self.state.deliveries.by_id(delivery.id)
                if known is None or not self._is_done(known):
                    found.append((delivery.day or date.min, place, delivery.file, source, delivery))
                elif holds_up(known.report):
                    break  # its changes are missing before the later ones
        return [(source, delivery) for *_, source, delivery in sorted(found, key=lambda entry: entry[:3])]

    def _this_time(self, delivery: Delivery) -> Delivery:
        """A file that is overwritten may hold again what it held before: then that is a delivery of its own."""
        if delivery.moment is not None or delivery.sha256 is None:
            return delivery
        earlier = self.state.deliveries.of(delivery.source, delivery.file)
        same = [entry for entry in earlier if entry.sha256 == delivery.sha256]
        again = len(same) - (bool(earlier) and earlier[-1].sha256 == delivery.sha256)
        return replace(delivery, moment=f"{delivery.sha256[:8]}+{again}") if again else delivery

    def _is_done(self, known: DeliveryState) -> bool:
        """Whether a delivery needs no further look."""
        if known.state == "BEGUN":
            return False
        if is_stopped(known.report) and self.state.approvals.admitted(known.source, known.seq):
            return False
        # Read back from a topic, a delivery does not say which ends it holds; its file does.
        if known.state == "HELD" and known.mapping is None:
            return False
        if known.state != "REFUSED" or known.reason in ("E307", "E311"):
            return True
        # A refused file is worth another look when its description was corrected.
        try:
            tables = read_lookups(self.jobcenter.lookups, self.folder)
        except Stop:
            return True
        return RowMapping(self.jobcenter, known.source, tables).fingerprint == known.mapping

    def is_settled(self, delivery: Delivery) -> bool:
        """Whether a file is not being written any more."""
        if delivery.path is None:
            return True
        try:
            status = delivery.path.lstat()
        except OSError:
            return False
        if not stat.S_ISREG(status.st_mode):
            return True  # refused when read
        look = (status.st_size, status.st_mtime_ns)
        before, self._looks[delivery.path] = self._looks.get(delivery.path), look
        settled = delivery.sha256 is not None and (look == before or _rests(status))
        if not settled and before is not None:
            self._tell(delivery, delivery.path)
        return settled

    def may_grow(self, delivery: Delivery) -> bool:
        """Whether a file that waits was touched so lately that it is worth another look, or is locked."""
        if delivery.path is None:
            return False
        try:
            status = delivery.path.lstat()
        except OSError:
            return False
        return stat.S_ISREG(status.st_mode) and (delivery.sha256 is None or not _rests(status))

    def tell_locked(self, delivery: Delivery) -> None:
        """It rests, but cannot be read: a program holds it, or it changed while it was read."""
        if delivery.path is not None:
            self._tell(delivery, delivery.path)

    def _tell(self, delivery: Delivery, path: Path) -> None:
        """Once, as long as nothing changes."""
        look = self._looks.get(path)
        if path not in self._told or self._told[path] != look:
            self._told[path] = look
            self._on_growing(delivery.file)


def _rests(status: os.stat_result) -> bool:
    return abs(time.time() - status.st_mtime) > SETTLE_SECONDS
