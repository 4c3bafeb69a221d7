"""A first load that is killed while its pages are in the state file already."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

from connectors import journal
from tests.support.deliveries import connector, csv_text, row, small_jobcenter

FILE, ROWS = "stellen_2026-11-01.csv", 6000


def kill_on_the_way(folder: Path, straight: str = journal._STRAIGHT) -> Path:
    """The state file of a connector in `folder` that was killed on the way; `straight`: how it wrote."""
    process = multiprocessing.get_context("forkserver").Process(target=_load_and_die, args=(folder, straight))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    path = folder / "state" / "testa.sqlite"
    assert path.stat().st_size > 1 << 20  # pages are in it
    return path


def _load_and_die(folder: Path, straight: str) -> None:
    journal._STRAIGHT = straight
    with connector(folder, small_jobcenter()) as one:
        one.write(
            FILE, csv_text([row(Nr=str(number), Text=f"Brot und Brötchen {number}. " * 8) for number in range(ROWS)])
        )
        one.state.sql.execute("PRAGMA cache_size = 10")
        one.take(progress=_die_at_the_end)


def _die_at_the_end(rows: int) -> None:
    if rows == ROWS:
        os.kill(os.getpid(), signal.SIGKILL)
