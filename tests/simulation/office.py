"""A Jobcenter: a source that changes, its deliveries, and the real connector with its state file in memory."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

from connectors import intake
from connectors.approve import approve
from connectors.contract.delivery import Delivery
from connectors.contract.reading import Reading
from connectors.contract.row import Broken, Row
from connectors.mapping.row_mapping import RowMapping
from connectors.state import State
from schemas.jobcenter import Jobcenter
from tests.simulation.log import Draft, Log, Record
from tests.support.deliveries import row, small_jobcenter
from tests.support.outbox import OutboxRow, rows_waiting

FIRST_DAY = date(2026, 11, 1)
_SIGHT = {"1": "PUBLIC", "2": "ANONYMOUS", "3": "INTERNAL"}
_KEEPS_VERSIONS: dict[str, Any] = {
    "load": "delta",
    "version": "Version",
    "action": {"column": "Aktion", "upsert": ["A"], "end": ["L"]},
}


class Crash(Exception):
    """The process dies here."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the source. An empty title is what makes a row wrong."""

    nr: str
    title: str
    sight: str
    version: int = 1
    ends: bool = False

    def cells(self) -> dict[str, str]:
        """The row as a file has it."""
        cells = row(Nr=self.nr, Titel=self.title, Sicht=self.sight)
        return {**cells, "Version": str(self.version), "Aktion": "L" if self.ends else "A"}


@dataclass(slots=True)
class Paper:
    """A delivery: its rows, and whether the file is whole."""

    number: int
    lines: list[Line]
    whole: bool = True


class _File:
    """The reading of a paper; may die at a row."""

    def __init__(self, paper: Paper, load: Any, dies_at: int | None) -> None:
        self.complete, self.load, self.unmapped, self.description = paper.whole, load, list[str](), ""
        self._paper, self._dies_at = paper, dies_at

    def __iter__(self) -> Iterator[Row | Broken]:
        for place, line in enumerate(self._paper.lines):
            if place == self._dies_at:
                raise Crash
            yield Row(place + 2, line.cells())
        if self._dies_at is not None:
            raise Crash


class _Source:
    """Hands out one reading; stands in for a file of sources/."""

    def __init__(self, reading: Any) -> None:
        self._reading = reading

    def read(self, delivery: Delivery) -> Reading:
        reading: Reading = self._reading
        return reading


@cache
def _jobcenter(id_: str, delta: bool, epoch: int) -> Jobcenter:
    return small_jobcenter(id_, epoch=epoch, **(_KEEPS_VERSIONS if delta else {}))


@cache
def _mapping(id_: str, delta: bool, epoch: int) -> RowMapping:
    """Made once, since making it takes half the time of a small delivery; it remembers nothing."""
    return RowMapping(_jobcenter(id_, delta, epoch), "stellen", {})


@dataclass(slots=True)
class Told:
    """What the house last said of an entity, by rules worked out here a second time."""

    order: tuple[int, int]
    title: str
    sight: str
    ended: bool = False


@dataclass
class Office:
    """A Jobcenter. `delta`: its source keeps versions and lists changes; otherwise it lists all it has."""

    checkpoint_first: ClassVar[bool] = False
    """Whether a file counts as taken as soon as it is opened; a mutant says so."""

    id: str
    delta: bool
    epoch: int = 0
    rows: dict[str, Line] = field(default_factory=dict)
    changes: list[Line] = field(default_factory=list)
    """Not delivered yet; of a delta source only."""
    waiting: list[Paper] = field(default_factory=list)
    told: dict[str, Told] = field(default_factory=dict)
    numbers: int = 0
    papers: int = 0
    old: list[Line] = field(default_factory=list)
    keys: dict[int, bytes] = field(default_factory=dict)
    """Of records that were sent, by their numbers in the outbox."""

    def __post_init__(self) -> None:
        self.state = State(Path(":memory:"))

    def close(self) -> None:
        """Let the state file go."""
        self.state.close()

    @property
    def jobcenter(self) -> Jobcenter:
        """Its set-up, with the epoch of today."""
        return _jobcenter(self.id, self.delta, self.epoch)

    # ------------------------------------------------------------------------------------------------ the source

    def add(self, dice: random.Random) -> None:
        """New rows."""
        for _ in range(dice.choice((1, 1, 2, 6))):
            self.numbers += 1
            self._note(Line(str(self.numbers), f"Stelle {self.numbers}", dice.choice("11123")))

    def change(self, dice: random.Random) -> None:
        """A row gets another title, another sight, or is spoiled; a spoiled one may be mended."""
        if not self.rows:
            return
        line = self.rows[dice.choice(sorted(self.rows))]
        self.numbers += 1
        title = "" if dice.random() < 0.2 else f"Stelle {line.nr} neu {self.numbers}"
        self._note(replace(line, title=title, sight=dice.choice("1123"), version=line.version + 1))

    def end(self, dice: random.Random) -> None:
        """Some rows go, sometimes most of them."""
        for nr in dice.sample(sorted(self.rows), min(len(self.rows), dice.choice((1, 1, 1, 2, 7)))):
            line = self.rows.pop(nr)
            self.old.append(line)
            self.changes.append(replace(line, title=line.title or "Stelle", version=line.version + 1, ends=True))

    def reopen(self, dice: random.Random) -> None:
        """A row that went is there again."""
        if self.old:
            line = self.old.pop(dice.randrange(len(self.old)))
            self._note(replace(line, title=f"Stelle {line.nr} wieder", version=line.version + 2))

    def rebuild(self) -> None:
        """The source is set up anew and counts from 1 again; the operator raises the epoch and gets everything."""
        if self.waiting or (self.delta and self.changes):
            return
        self.epoch += 1
        self.old.clear()
        for line in list(self.rows.values()):
            self._note(replace(line, version=1))

    def _note(self, line: Line) -> None:
        self.rows[line.nr] = line
        self.changes.append(line)

    # ---------------------------------------------------------------------------------------------- the connector

    def write(self, dice: random.Random) -> None:
        """Write a delivery: all rows or the changes; now and then it is cut off, repeats rows or contradicts itself."""
        lines = list(self.changes if self.delta else self.rows.values())
        self.changes = []
        whole = True
        chance = dice.random()
        if chance < 0.15:
            dice.shuffle(lines)
        elif chance < 0.25 and lines:
            again = dice.choice(lines)
            lines.append(again if dice.random() < 0.5 or self.delta else replace(again, title="Anders"))
        elif chance < 0.32 and not self.delta:
            lines, whole = lines[: dice.randint(0, len(lines))], False
        self.papers += 1
        self.waiting.append(Paper(self.papers, lines, whole))

    def take(self, dies_at: int | None = None) -> None:
        """Take the oldest waiting delivery, or die while it is read; then nothing of it may be left."""
        if not self.waiting:
            return
        paper, load = self.waiting[0], "delta" if self.delta else "full"
        day = FIRST_DAY + timedelta(days=paper.number)
        delivery = Delivery("stellen", f"stellen_{paper.number}.csv", None, None, day, "full", str(paper.number))
        active = self._active()
        source: Any = _Source(_File(paper, load, dies_at))
        mapping = _mapping(self.id, self.delta, self.epoch)
        try:
            with patch.object(intake, "RowMapping", lambda *_: mapping):
                taken = intake.take(self.state, self.jobcenter, source, delivery, folder=Path("."), today=day)
        except Crash:
            if self.checkpoint_first:
                self._tell(self.waiting.pop(0), active)
            return
        self.waiting.pop(0)
        if taken.report["state"] != "REFUSED":
            self._tell(paper, active)

    def settle(self) -> None:
        """Report deliveries whose records are all acknowledged."""
        for entry in self.state.deliveries.in_state("READ"):
            if not self.state.count_unpublished(entry.seq):
                intake.finish(self.state, entry)

    def approve(self) -> None:
        """An operator lets through what is held."""
        for held in self.state.deliveries.in_state("HELD"):
            for nr in self.state.approvals.held(held.seq):
                self.told[nr].ended = True
            approve(self.state, self.jobcenter, held, ceiling=1_000, today=FIRST_DAY)

    def relay(self, log: Log, dice: random.Random, *, careful: bool = False) -> list[tuple[OutboxRow, Record]]:
        """Send what waits. An answer may stay away, whether the record arrived or not; each row has its own."""
        written, places = [], []
        for waiting in rows_waiting(self.state)[: None if careful else dice.randint(1, 8)]:
            chance = 1.0 if careful else dice.random()
            if chance < 0.12:
                continue
            self.keys[waiting.seq] = waiting.key
            record = log.append(Draft(waiting.topic, waiting.key, waiting.value, waiting.headers))
            written.append((waiting, record))
            if chance > 0.25:
                places.append((record.partition, record.offset, [waiting.seq]))
        self.state.mark_published(places)
        return written

    # ------------------------------------------------------------------------------------------------ what was told

    def _active(self) -> set[str]:
        return {nr for nr, told in self.told.items() if not told.ended}

    def _tell(self, paper: Paper, active: set[str]) -> None:
        if self.delta:
            for line in paper.lines:
                self._tell_line(line, (self.epoch, line.version))
            return
        listed: dict[str, set[Line]] = {}
        for line in paper.lines:
            listed.setdefault(line.nr, set()).add(line)
        for nr, lines in listed.items():
            if len(lines) == 1:
                self._tell_line(lines.pop(), (self.epoch, self.told[nr].order[1] + 1 if nr in self.told else 1))
        gone = active - listed.keys()
        if paper.whole and paper.lines and len(gone) < max(5, len(active) / 5):
            for nr in gone:
                self.told[nr].ended = True

    def _tell_line(self, line: Line, order: tuple[int, int]) -> None:
        known = self.told.get(line.nr)
        if not line.title or (known is not None and order <= known.order):
            return
        if line.ends and known is not None:
            known.order, known.ended = order, True
        else:
            self.told[line.nr] = Told(order, line.title, _SIGHT[line.sight], line.ends)
