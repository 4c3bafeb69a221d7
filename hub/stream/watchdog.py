"""Whether a worker stands still: work waits, and nothing was committed for too long."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiokafka import TopicPartition

from hub.stream.exits import Stalled


class Watched(Protocol):
    """What the watchdog looks at in a task."""

    p: int
    next: dict[TopicPartition, int]
    worked_at: dict[TopicPartition, int]
    moved: float


@dataclass(frozen=True, slots=True)
class View:
    """A task at one moment. Not open yet: it has no positions, and that it is to open counts as waiting work."""

    p: int
    open: bool
    lag: Mapping[TopicPartition, int]
    worked_at: Mapping[TopicPartition, int]
    moved: float

    @property
    def work_waits(self) -> bool:
        """Whether there is something to do."""
        return not self.open or any(self.lag.values())


def view(task: Watched, highwater: Callable[[TopicPartition], int | None]) -> View:
    """A task as it is now; what the client does not know of a partition yet counts as no lag."""
    lag = {tp: max(0, (highwater(tp) or 0) - offset) for tp, offset in task.next.items()}
    return View(task.p, bool(task.next), lag, dict(task.worked_at), task.moved)


def stalled(views: Sequence[View], now: float, patience_secs: float) -> Stalled | None:
    """The first task that stands still, worded for the operator."""
    for seen in views:
        if seen.work_waits and now - seen.moved > patience_secs:
            what = "no commit" if seen.open else "it did not open"
            return Stalled(f"task {seen.p}: work waits and {what} for {patience_secs:.0f} s")
    return None
