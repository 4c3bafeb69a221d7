"""An experiment: what it is called, how it is run and judged, and the row it leaves in the table."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.chaos import evidence
from tests.chaos.checker import BACKWARDS, LOST, TWICE, UNEXPLAINED, Findings
from tests.chaos.feed import Feed
from tests.chaos.world import SESSION_SECS, Broker, World

RECOVERY_SECS = 30 + SESSION_SECS
"""So long after the last fault everything must have an outcome (I9)."""
_CALM_SECS = 2.0
_EARLY = 0.6
"""Sent before the first fault, as a share of what is sent at the usual rate during the faults."""


@dataclass
class Row:
    """One line of the table."""

    experiment: str
    what: str
    seed: int
    faults: int = 0
    acked: int = 0
    lost: int = 0
    twice: int = 0
    backwards: int = 0
    unexplained: int = 0
    recovery_s: float | None = None
    broken: list[str] = field(default_factory=list)
    note: str = ""
    status: str = "ok"
    """ok, red, or not run."""


@dataclass
class Bench:
    """What an experiment gets: its seed and size, worlds to break, and where to put its rows."""

    experiment: str
    what: str
    seed: int
    short: bool
    scale: float = 1.0
    """Share of the usual load."""
    patience: float = 1.0
    """How many times as long as promised recovering may take: above one where the machine does other things too."""
    rows: list[Row] = field(default_factory=list)

    def size(self, full: int, short: int) -> int:
        """How many, in a full or a short run."""
        return max(1, round((short if self.short else full) * self.scale))

    def secs(self, full: float, short: float) -> float:
        """How long, in a full or a short run."""
        return short if self.short else full

    def world(self, **options: object) -> World:
        """A new one."""
        return World(self.seed, name=self.experiment, **options)  # type: ignore[arg-type]

    def load(self, world: World, during: float, **options: object) -> Feed:
        """Send a part at once, then go on at the usual rate: a fifth and more of everything comes before the faults.

        Args:
            world: whose processes are ready.
            during: seconds the faults will take.
            options: for the feed.
        """
        early = round(_EARLY * world.rate * during * self.scale)
        world.send(next(world.intents) for _ in range(early))
        feed = world.load(**options)  # type: ignore[arg-type]
        feed.await_sent(self.size(400, 200))
        return feed

    def skip(self, why: str) -> bool:
        """Say that it cannot be done here, if there is a reason."""
        if why:
            self.rows.append(Row(self.experiment, self.what, self.seed, note=why, status="not run"))
        return bool(why)

    def judge(
        self,
        world: World,
        *,
        step: str = "",
        note: str = "",
        recovery_secs: float = RECOVERY_SECS,
        calm: bool = True,
        also: Callable[[Findings], None] | None = None,
    ) -> Row:
        """Drain, check all invariants, and add a row.

        Args:
            world: what was broken and healed.
            step: which part of the experiment this was.
            note: something worth reading in the table.
            recovery_secs: longest time to recover.
            calm: see that nothing is started again afterwards.
            also: further findings of the experiment itself.
        """
        name = f"{self.experiment}/{step}" if step else self.experiment
        row = Row(name, self.what, self.seed, world.faults, world.ledger.count("ack"))
        found, late, kept = Findings(), "", None
        recovery_secs *= self.patience
        end = (world.healed_at or time.monotonic()) + recovery_secs
        try:
            row.recovery_s = round(world.drain(), 1)
        except AssertionError as error:
            late = str(error)
            kept = evidence.keep(world, name)  # at once: a watchdog may end who stands still any moment
        if calm:
            # Others may have done its work before a process that was killed last is up again; it has as long as they.
            while _idle(world) and time.monotonic() < end:
                time.sleep(0.1)
        restarts = world.supervisor.restarts
        if calm:
            time.sleep(_CALM_SECS)
        found = world.check()
        if late or (row.recovery_s or 0) > recovery_secs:
            found.add("I9", UNEXPLAINED, 1, late or f"took {row.recovery_s} s")
        if calm:
            found.add("I9", UNEXPLAINED, world.supervisor.restarts - restarts, "started again after it had recovered")
            idle = _idle(world)
            found.add("I9", UNEXPLAINED, len(idle), f"not ready: {idle[:1]}")
        if also is not None:
            also(found)
        fill(row, found)
        early = f"faults from {world.before_faults / row.acked:.0%} on" if world.feed and row.acked else ""
        lines = found.lines()
        if row.status == "red":
            lines.append(f"kept: {evidence.tell(kept or evidence.keep(world, name), lines)}")
        row.note = "; ".join(part for part in (early, note, *lines) if part)
        self.rows.append(row)
        return row


def _idle(world: World) -> list[str]:
    """Processes that should be ready and are not."""
    return [role.name for role in world.supervisor.roles.values() if role.kept and not role.ready]


def fill(row: Row, found: Findings) -> None:
    """What was found, in figures."""
    row.lost, row.twice = found.total(LOST), found.total(TWICE)
    row.backwards, row.unexplained = found.total(BACKWARDS), found.total(UNEXPLAINED)
    row.broken = found.broken
    row.status = "red" if row.broken else "ok"


@dataclass(frozen=True)
class Experiment:
    """An entry of the list."""

    name: str
    what: str
    run: Callable[[Bench], None]
    short: bool
    """Part of the short run."""


EXPERIMENTS: dict[str, Experiment] = {}


def experiment(name: str, what: str, *, short: bool = False) -> Callable[[Callable[[Bench], None]], None]:
    """Register a function as an experiment."""

    def register(run: Callable[[Bench], None]) -> None:
        EXPERIMENTS[name] = Experiment(name, what, run, short)

    return register


__all__ = ["EXPERIMENTS", "Bench", "Broker", "Experiment", "Row", "experiment", "fill"]
