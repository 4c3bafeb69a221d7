"""A connector in a process of its own that kills itself at a named step. Forked from a server that has all imported."""

from __future__ import annotations

import asyncio
import importlib
import multiprocessing
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiokafka.admin  # noqa: F401 - as all below, so that a fork need not import it
import asyncssh

from connectors import intake, loop
from connectors.patience import Patient
from connectors.registry import source_types
from connectors.runner import run
from hub.stream import failpoints
from schemas.jobcenter import Jobcenter
from tests.chaos.breaks import BREAKS, around, around_plain
from tests.chaos.patch import real, replace

SOURCE_STEPS = ("source-listed", "source-row")
SETTLE_STEPS = ("source-settling", "source-settled")
SPOOL_STEPS = ("spool-replacing", "spool-replaced", "sftp-renaming", "sftp-renamed")

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.support.dying", *(f"connectors.sources.{kind}" for kind in source_types())])


@dataclass(frozen=True)
class Life:
    """All that a connector needs to run once."""

    jobcenter: dict[str, Any]
    folder: Path
    state: Path
    bootstrap: str
    environment: Mapping[str, str] = field(default_factory=dict)


def run_once(life: Life, dies_at: str = "", *breaks: str) -> int:
    """Run it until everything is done, or until it dies: the exit code."""
    process = _context.Process(target=_run, args=(life, dies_at, breaks))
    process.start()
    process.join(120)
    assert process.exitcode is not None, f"still running: {dies_at}"
    return process.exitcode


def _run(life: Life, dies_at: str, breaks: tuple[str, ...]) -> None:
    os.environ.update(life.environment)
    os.environ["JOBHUB_FAILPOINT"] = dies_at
    importlib.reload(failpoints)  # it looks at the variable once
    for name in breaks:
        BREAKS.get(name, _OWN_BREAKS.get(name, _unknown))()
    if dies_at:
        BREAKS["connector-steps"]()
        _source_steps()
    asyncio.run(run(Jobcenter.model_validate(life.jobcenter), life.folder, life.state, life.bootstrap, once=True))


def _unknown() -> None:
    raise LookupError("no such break")


def settled_first() -> None:
    """The other side may forget its rows before they are safe here."""
    right = real(loop, "take")

    def take(state: Any, jobcenter: Any, source: Any, delivery: Any, **more: Any) -> Any:
        source.settled(delivery)
        return right(state, jobcenter, source, delivery, **more)

    replace(loop, "take", take)


_OWN_BREAKS: dict[str, Callable[[], None]] = {"settled-first": settled_first}


def _source_steps() -> None:
    """Steps of a source: it has listed, it has handed out a row, it is told to forget, it renames."""
    batches = real(intake, "in_batches")

    def in_batches(reading: Any, size: int) -> Any:
        for batch in batches(reading, 2):
            failpoints.at("source-row")
            yield batch

    replace(intake, "in_batches", in_batches)
    replace(Patient, "deliveries", around_plain(real(Patient, "deliveries"), after="source-listed"))
    settled = around_plain(real(Patient, "settled"), before="source-settling", after="source-settled")
    replace(Patient, "settled", settled)
    replaced = around_plain(real(os, "replace"), before="spool-replacing", after="spool-replaced")
    replace(os, "replace", replaced)
    renamed = around(real(asyncssh.SFTPClient, "rename"), before="sftp-renaming", after="sftp-renamed")
    replace(asyncssh.SFTPClient, "rename", renamed)
