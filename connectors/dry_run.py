"""What a run would send: everything is taken into a copy of the state, and nothing leaves the machine."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing
from datetime import date
from pathlib import Path

from connectors.announce import Announcer, OnEvent, nothing
from connectors.expected import holds_up
from connectors.intake import take
from connectors.opened import Opened, require_folder
from connectors.state import State
from connectors.summary import Summary
from connectors.workplace import private_folder
from schemas.jobcenter import Jobcenter


def dry_run(
    jobcenter: Jobcenter,
    folder: Path,
    state_path: Path,
    *,
    until: date | None = None,
    today: date | None = None,
    on_event: OnEvent = nothing,
) -> Summary:
    """What `run` would do with the same; it raises the same, but for Kafka."""
    require_folder(folder, jobcenter)
    with tempfile.TemporaryDirectory(prefix="jobhub-") as scratch:
        copy = _copy(jobcenter, state_path, Path(scratch))
        tell, summary = Announcer(jobcenter.id, on_event), Summary(jobcenter.id)
        opened = Opened(jobcenter, folder, State(copy), tell, until=until, today=today)
        try:
            opened.begin_dry()
            held_up: set[str] = set()
            for source, delivery in opened.queue.pending():
                if delivery.source in held_up:
                    continue
                taken = take(opened.state, jobcenter, source, delivery, folder=folder, today=opened.today)
                summary.add(taken.report)
                tell.delivery(taken.report)
                if holds_up(taken.report):
                    held_up.add(delivery.source)
            summary.stopped_sources = opened.standing.stopped()
            return summary
        finally:
            opened.close()


def _copy(jobcenter: Jobcenter, state_path: Path, scratch: Path) -> Path:
    """The state file, and what the sources keep beside it."""
    copy = scratch / state_path.name
    if state_path.exists():
        with closing(sqlite3.connect(state_path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        for name in jobcenter.sources:
            if (kept := private_folder(state_path, name)).is_dir():
                shutil.copytree(kept, private_folder(copy, name))
    return copy
