"""Back offices that write a full list a day, for the real connectors; they know which events must come of it."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos import wire
from tests.chaos.ledger import Intent, Ledger


@dataclass
class Office:
    """One Jobcenter's list of vacancies."""

    jobcenter: str
    folder: Path
    seed: int
    rows: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Number -> title and openings."""
    versions: dict[str, int] = field(default_factory=dict)
    text: str = "Text"
    _count: int = 0
    _titles: int = 0

    def __post_init__(self) -> None:
        self._dice = random.Random(f"{self.seed}/{self.jobcenter}")
        self.folder.mkdir(parents=True, exist_ok=True)

    def change(self, new: int, changed: int = 0, gone: int = 0) -> list[Intent]:
        """A day passes; the events its list must lead to."""
        names = sorted(self.rows)
        leaving = self._dice.sample(names, min(gone, len(names)))
        staying = [name for name in names if name not in leaving]
        intents = [self.intent(name, self._title()) for name in self._dice.sample(staying, min(changed, len(staying)))]
        for _ in range(new):
            self._count += 1
            intents.append(self.intent(f"{self.jobcenter[0].upper()}-{self._count:05}", self._title()))
        for name in leaving:
            # An end keeps the title it had.
            intents.append(self.intent(name, self.rows[name][0]))
            del self.rows[name]
        return intents

    def _title(self) -> str:
        # Few digits: the leak guard takes a longer number for somebody's.
        self._titles += 1
        return f"Stelle {self._titles} (m/w/d)"

    def intent(self, name: str, title: str) -> Intent:
        """A row as it is from now on, and the event it must lead to."""
        self.rows[name] = (title, self._dice.randint(1, 9))
        version = self.versions[name] = self.versions.get(name, 0) + 1
        entity = f"{self.jobcenter}:{name}"
        identity = f"vacancy/{entity}@{version}"
        topic = wire.raw(self.jobcenter, "vacancy")
        return Intent(identity, topic, None, None, entity, 0, version, title, "row")

    def write(self, day: int, *, bad: int = 0, repeat: int = 0, name: str | None = None, extra: str = "") -> Path:
        """The list of that day. `bad`: known rows that cannot be read today; `repeat`: rows written twice."""
        path = self.folder / (name or f"stellen_2026-11-{day:02}.csv")
        path.write_text(self.listing(bad, repeat) + extra, encoding="utf-8")
        an_hour_ago = time.time() - 3600
        os.utime(path, (an_hour_ago, an_hour_ago))
        return path

    def listing(self, bad: int = 0, repeat: int = 0) -> str:
        """The list as text."""
        lines = ["Nr;Titel;Text;Ab;Plätze"]
        for place, (name, (title, openings)) in enumerate(self.rows.items()):
            line = f"{name};{title};{self.text};16.11.2026;{openings if place >= bad else 'viele'}"
            lines += [line] * (2 if bad <= place < bad + repeat else 1)
        return "\n".join(lines) + "\n"


def offices(jobcenters: Iterable[str], folder: Path, seed: int) -> list[Office]:
    """One for each Jobcenter."""
    return [Office(name, folder / name, seed) for name in jobcenters]


def intend(ledger: Ledger, intents: Iterable[Intent]) -> list[Intent]:
    """Write down what a list must lead to."""
    some = list(intents)
    ledger.intend(some, time.time())
    return some
