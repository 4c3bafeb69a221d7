"""A load that goes on while something happens."""

from __future__ import annotations

import threading
import time

from tests.support.load import Load
from tests.support.workers import Feeder


class Trickle:
    """Sends a load bit by bit from a thread, so that there are many transactions."""

    def __init__(self, feeder: Feeder, load: Load, pause_secs: float = 0.05, poison: bool = True) -> None:
        self._feeder, self._load, self._pause, self._poison = feeder, load, pause_secs, poison
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._feeder.send(self._load.records(40, self._poison))
            time.sleep(self._pause)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
