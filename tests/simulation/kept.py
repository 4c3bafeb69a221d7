"""Histories that once broke a promise, shortened: seeds.txt keeps them, and every run lives through them again.

A line is a seed and its deeds, each with its number: the history stays the same when the drawing changes. A line that
names a mutant broke a promise only while that rule was taken away; it shows that the checks still see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.simulation.world import Step

FILE = Path(__file__).with_name("seeds.txt")


@dataclass(frozen=True, slots=True)
class Kept:
    """One line."""

    seed: int
    mutant: str | None
    steps: list[Step]

    def __str__(self) -> str:
        deeds = " ".join(f"{step.deed}:{step.number}" for step in self.steps)
        return f"{self.seed} {self.mutant or '-'} {deeds}"


def kept() -> list[Kept]:
    """All of them."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return [_parse(line) for line in lines if line and not line.startswith("#")]


def keep(seed: int, steps: Sequence[Step], mutant: str | None = None) -> None:
    """Add one, unless it is there."""
    one = Kept(seed, mutant, list(steps))
    if one not in kept():
        with FILE.open("a", encoding="utf-8") as file:
            file.write(f"{one}\n")


def _parse(line: str) -> Kept:
    seed, mutant, *deeds = line.split()
    steps = [Step(name, int(number)) for name, _, number in (deed.partition(":") for deed in deeds)]
    return Kept(int(seed), None if mutant == "-" else mutant, steps)
