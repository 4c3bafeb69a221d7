"""Histories drawn from a seed, lived through, judged, and shortened as long as they still break the same promise."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tests.simulation.invariants import broken, broken_when_calm
from tests.simulation.world import DEEDS, Step, World

STEPS_MAX = 44
# What moves records on happens more often than what harms them; otherwise little would ever arrive.
_OFTEN = {
    "add": 3,
    "change": 4,
    "deliver": 6,
    "relay": 7,
    "work": 8,
    "store": 10,
    "stray": 5,
    "take": 2,
    "end": 3,
    "rebalance": 2,
    "zombie": 3,
    "sink_rebalance": 3,
    "sink_zombie": 6,
    "rebuild": 2,
    "reopen": 2,
}
FIRST = (
    *("add", "add", "deliver", "deliver", "relay", "relay", "work", "work"),
    *("end", "deliver", "relay", "work"),
)
_NAMES = sorted(DEEDS)
_WEIGHTS = [_OFTEN.get(name, 1) for name in _NAMES]


@dataclass(frozen=True, slots=True)
class Failure:
    """A history that broke a promise."""

    seed: int
    steps: list[Step]
    broken: list[str]

    @property
    def promise(self) -> str:
        """The first one it broke."""
        return self.broken[0].split(":")[0]


def draw(seed: int) -> list[Step]:
    """The history of a seed."""
    dice = random.Random(seed)
    names = dice.choices(_NAMES, _WEIGHTS, k=dice.randint(12, STEPS_MAX))
    # The first deeds are no chance: a world in which nothing ever arrived proves nothing.
    return [Step(name, dice.getrandbits(30)) for name in (*FIRST, *names)]


def live(steps: Sequence[Step], figures: Counter[str] | None = None) -> list[str]:
    """Live through a history and the calm after it; returns the promises it broke."""
    world = World()
    try:
        for step in steps:
            world.do(step)
        if found := broken(world):
            return found
        world.calm()
        if figures is not None:
            figures.update(world.figures())
            figures.update(deed=len(steps), history=1)
        return broken_when_calm(world)
    finally:
        world.close()


def shorten(failure: Failure) -> Failure:
    """Take steps out, large pieces first, as long as the same promise breaks."""
    best = failure
    size = len(best.steps) // 2
    while size:
        place, before = 0, len(best.steps)
        while place < len(best.steps):
            steps = best.steps[:place] + best.steps[place + size :]
            found = live(steps)
            if found and found[0].split(":")[0] == best.promise:
                best = Failure(best.seed, steps, found)
            else:
                place += size
        size = size // 2 if len(best.steps) == before or size > 1 else size
    return best


def failures(seeds: Iterable[int], figures: Counter[str] | None = None) -> Iterator[Failure]:
    """The histories among these that break a promise."""
    for seed in seeds:
        steps = draw(seed)
        if found := live(steps, figures):
            yield Failure(seed, steps, found)
