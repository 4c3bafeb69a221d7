"""Rules taken away one at a time, each for as long as a block lasts: what the simulation must notice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import Any
from unittest.mock import patch

from connectors import intake
from connectors.settle import Settle
from connectors.state import State
from hub import flow
from hub.sinks.engine import decide as engine
from hub.steps import validate
from hub.steps.batch import Fate
from hub.steps.deduplicate import Stamp
from hub.stream import batches, expired
from hub.stream.state import TaskState
from tests.simulation import log, sink, worker
from tests.simulation.office import Office
from tests.support import outbox

Mutant = Callable[[], AbstractContextManager[Any]]


def _judged(instead: Callable[[Any, Any, Fate], Fate]) -> AbstractContextManager[Any]:
    """The hub's decision, after another one was made of it."""
    real = flow.deduplicate  # type: ignore[attr-defined]
    return patch.object(flow, "deduplicate", lambda claim, known: instead(claim, known, real(claim, known)))


def last_wins() -> AbstractContextManager[Any]:
    """Of two contents with one version the second replaces the first."""
    return _judged(lambda claim, known, fate: Fate.CHANGED if fate is Fate.CONFLICT else fate)


def no_version_guard() -> AbstractContextManager[Any]:
    """Whatever comes last is applied, however old."""
    return _judged(lambda claim, known, fate: Fate.CHANGED if fate is Fate.STALE else fate)


def duplicates_applied() -> AbstractContextManager[Any]:
    """The same version and content is applied once more."""
    return _judged(lambda claim, known, fate: Fate.CHANGED if fate is Fate.DUPLICATE else fate)


def epoch_ignored() -> AbstractContextManager[Any]:
    """Only the version counts: a source that was set up anew is ignored for ever."""
    real = flow.deduplicate  # type: ignore[attr-defined]

    def decide(claim: Any, known: Any) -> Fate:
        fate: Fate = real(_first_epoch(claim), _first_epoch(known) if known is not None else None)
        return fate

    def _first_epoch(state: bytes) -> bytes:
        return Stamp.unpack(state)._replace(epoch=0).pack()

    return patch.object(flow, "deduplicate", decide)


def tombstone_at_once() -> AbstractContextManager[Any]:
    """An entity that ended is forgotten, so an older update revives it."""
    real = flow.deduplicate  # type: ignore[attr-defined]
    return patch.object(
        flow, "deduplicate", lambda claim, known: real(claim, None if known and Stamp.unpack(known).ended else known)
    )


def jobcenter_of_payload() -> AbstractContextManager[Any]:
    """Whose record it is says the payload, not the topic's name."""
    return patch.object(validate, "_whose", lambda *_: None)


def memory_before_commit() -> AbstractContextManager[Any]:
    """What a batch changes is remembered when it is decided, not when it is committed."""
    real = flow.Flow.run

    def run(self: flow.Flow, batch: Any, known: Any) -> Any:
        outcome = real(self, batch, known)
        known.update(outcome.changes)
        return outcome

    return patch.object(flow.Flow, "run", run)


def positions_not_with_state() -> AbstractContextManager[Any]:
    """A commit's changes are remembered and its positions are not: the next batch begins where the last one did."""

    def apply(self: TaskState, changes: Any, positions: Any, now_ms: int) -> None:
        self.entities.update(changes)

    return patch.object(TaskState, "apply", apply)


def no_fence() -> AbstractContextManager[Any]:
    """A worker that was taken over still writes."""
    real = log.Log.__init__

    def begin(self: log.Log) -> None:
        real(self)
        self.fences = False

    return patch.object(log.Log, "__init__", begin)


def state_before_fence() -> AbstractContextManager[Any]:
    """State and positions are read before the former owner is fenced."""
    return patch.object(worker.Worker, "fences_first", False)


def holes_unnoticed() -> AbstractContextManager[Any]:
    """Whatever a poll brings is worked on, whether it follows our position or not."""

    def careless(polled: Any, positions: Any) -> Any:
        return {tp: some for tp, some in polled.items() if some[-1].offset >= positions[tp]}, {}

    return patch.object(batches, "fresh", careless)


def reset_to_earliest() -> AbstractContextManager[Any]:
    """What expired unread is passed over in silence."""
    real = expired.expire

    def silent(*where: Any) -> Any:
        for reached, outcome in real(*where):
            outcome.rows.clear()
            yield reached, outcome

    return patch.object(expired, "expire", silent)


def outbox_high_water() -> AbstractContextManager[Any]:
    """The relay goes by the highest number it saw acknowledged, not by each row's own mark."""
    real = State.unpublished

    def above(self: State, limit: int, after: int | None = None) -> Any:
        seen = max((one.number for one in outbox.entries(self.sql) if one.partition is not None), default=0)
        return outbox.above_number(real(self, limit, after), seen)

    return patch.object(State, "unpublished", above)


def checkpoint_before_rows() -> AbstractContextManager[Any]:
    """A file counts as taken as soon as it is opened, whether its rows became durable or not."""
    return patch.object(Office, "checkpoint_first", True)


def rejected_not_seen() -> AbstractContextManager[Any]:
    """A refused row does not count as seen, so its entity seems to have vanished."""
    real = Settle._refuse_row

    def refuse(self: Settle, key: Any, *rest: Any) -> None:
        real(self, key, *rest)
        self.said._of.pop(key, None)

    return patch.object(Settle, "_refuse_row", refuse)


def cut_off_is_complete() -> AbstractContextManager[Any]:
    """Absence from a list counts, whether the list is whole or not, and however much is absent."""
    return patch.object(intake, "hold_reason", lambda **_: None)


def sink_without_version_guard() -> AbstractContextManager[Any]:
    """Each record replaces the row, whatever version the row has."""

    def judge(item: Any, state: Any) -> engine.Outcome:
        return engine.Outcome.DUPLICATE if item.order is None and state is None else engine.Outcome.APPLIED

    stack = ExitStack()
    stack.enter_context(patch.object(engine, "judge", judge))
    stack.enter_context(patch.object(sink, "may_write", lambda winner, present: True))
    return stack


def sink_offset_before_data() -> AbstractContextManager[Any]:
    """The position is committed before the rows."""
    return patch.object(sink.Sink, "offset_first", True)


def sink_without_compare_and_set() -> AbstractContextManager[Any]:
    """Whoever comes moves the position."""
    return patch.object(sink.Sink, "compares", False)


def unknown_commit_is_failure() -> AbstractContextManager[Any]:
    """A commit without an answer is done again, without asking where the position is."""
    return patch.object(sink.Sink, "asks_after_unknown", False)


_ALL: tuple[Mutant, ...] = (
    *(last_wins, no_version_guard, duplicates_applied, epoch_ignored, tombstone_at_once, jobcenter_of_payload),
    *(memory_before_commit, positions_not_with_state, no_fence, state_before_fence, holes_unnoticed),
    *(reset_to_earliest, outbox_high_water, checkpoint_before_rows, rejected_not_seen, cut_off_is_complete),
    *(sink_without_version_guard, sink_offset_before_data, sink_without_compare_and_set, unknown_commit_is_failure),
)
MUTANTS: Mapping[str, Mutant] = {mutant.__name__.replace("_", "-"): mutant for mutant in _ALL}
