"""A task that is still taking over when its partition is taken back: it ends soon, but never in a verdict."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hub.stream import task as task_module
from hub.stream.options import WorkerOptions
from hub.stream.task import Task


class Outputs:
    """Counts how often it was let go."""

    def __init__(self) -> None:
        self.ending = False
        self.closed = 0

    async def fence(self) -> None:
        """Nobody to fence."""

    async def close(self) -> None:
        """Once."""
        self.closed += 1


class Opening:
    """A task that waits in the middle of taking over: `entered`, until `go`."""

    def __init__(self, data: Path, monkeypatch: pytest.MonkeyPatch, kind: type[Task] = Task) -> None:
        self.entered, self.go, self.went_on = asyncio.Event(), asyncio.Event(), False
        self.restored = False
        self.outputs = Outputs()
        monkeypatch.setattr(task_module, "end_left_open", self._end_left_open)
        monkeypatch.setattr(task_module, "restore", self._restore)
        self.task = kind(WorkerOptions("nowhere:1", [], data), None, None, 0, [])  # type: ignore[arg-type]
        monkeypatch.setattr(self.task, "_outputs", self.outputs)
        self.running = asyncio.ensure_future(self.task.run())

    async def _end_left_open(self, *_: Any) -> None:
        self.entered.set()
        await self.go.wait()
        self.went_on = True

    async def _restore(self, *_: Any) -> Any:
        self.restored = True

    async def ends(self) -> bool:
        """Whether it ends although nobody lets it go on."""
        done, _ = await asyncio.wait([self.running], timeout=0.3)
        self.running.cancel()
        return bool(done)


async def test_taking_over_is_cut_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opening = Opening(tmp_path, monkeypatch)
    await opening.entered.wait()
    opening.task.stop()
    await asyncio.wait_for(opening.running, 10)

    assert (opening.went_on, opening.task.opened.is_set(), opening.outputs.closed) == (False, False, 1)


class Deaf(Task):
    """Mutant: whoever takes over does so to the end."""

    def stop(self) -> None:
        self._stopping = True


async def test_mutant_that_is_deaf_while_it_takes_over_does_not_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = Opening(tmp_path, monkeypatch, Deaf)
    await opening.entered.wait()
    opening.task.stop()

    assert not await opening.ends()


async def test_a_verdict_is_pronounced_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opening = Opening(tmp_path, monkeypatch)
    await opening.entered.wait()
    opening.outputs.ending = True
    opening.task.stop()
    opening.go.set()
    await asyncio.wait_for(opening.running, 10)

    assert (opening.went_on, opening.restored, opening.outputs.closed) == (True, False, 1)


async def test_a_cancellation_nobody_asked_for_is_not_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opening = Opening(tmp_path, monkeypatch)
    await opening.entered.wait()
    opening.running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await opening.running
