"""A source that may be away: asked again later, while the other sources go on."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from connectors.contract.delivery import Delivery
from connectors.contract.reading import Reading
from connectors.contract.source import Source
from connectors.contract.workplace import Workplace
from connectors.errors import Retry, Stop
from connectors.file_source import FileSource

# A wrong password is asked for again, but not so often that the account is locked.
_AFTER_STOP_SECONDS = 900.0

Waiting = Callable[[str, str, float], None]
"""Told (code, what, seconds) whenever a source has to wait."""


class Patient:
    """Wraps a source: whatever keeps it from listing its deliveries is told, and it is left alone for a while."""

    def __init__(self, source: Source, on_waiting: Waiting, clock: Callable[[], float] = time.monotonic) -> None:
        self._source, self._on_waiting, self._clock = source, on_waiting, clock
        self._not_before = 0.0
        self._to_open: Workplace | None = None
        self.stopped: Stop | None = None
        """Why it could not begin, if it could not."""
        self.is_local = isinstance(source, FileSource)
        """Whether it reads files of the folder and has nobody to tell."""
        self.is_away = False
        """Whether the last look failed."""

    def deliveries(self, folder: Path, until: date | None) -> list[Delivery]:
        """What waits; nothing while the other side is away."""
        if self._clock() < self._not_before:
            return []
        try:
            if self._to_open is not None:
                self._source.open(self._to_open)
                self._to_open = self.stopped = None
            found = self._source.deliveries(folder, until)
            self.is_away = False
            return found
        except (Retry, Stop) as error:
            self._put_off(error)
            return []

    def _put_off(self, error: Retry | Stop) -> None:
        seconds = error.after_seconds if isinstance(error, Retry) else _AFTER_STOP_SECONDS
        self.wait(seconds)
        self._on_waiting(error.code, error.what, seconds)

    def wait(self, seconds: float) -> None:
        """Leave the other side alone for so long."""
        self.is_away = True
        self._not_before = self._clock() + seconds

    def read(self, delivery: Delivery) -> Reading:
        """As the source does."""
        return self._source.read(delivery)

    def open(self, workplace: Workplace) -> None:
        """As the source does. A source that cannot begin, for want of a secret, is asked again and stops no other."""
        try:
            self._source.open(workplace)
        except Stop as error:
            self._to_open, self.stopped = workplace, error
            self.wait(_AFTER_STOP_SECONDS)

    def settled(self, delivery: Delivery) -> None:
        """Tell the other side; if it is away, the runner asks for it again."""
        try:
            self._source.settled(delivery)
        except (Retry, Stop) as error:
            self._put_off(error)

    def close(self) -> None:
        """As the source does."""
        self._source.close()
