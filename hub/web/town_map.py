"""Where the towns of the region stand on a drawing, how large their circles are, and which names have room.

Pure geometry in the units of the drawing; nothing here knows of pages, languages or requests.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hub.search.conditions import KM_PER_DEGREE
from hub.search.places import Place

WIDTH = 1000.0
_RIM = 70.0
"""Free at each side, so that names of towns at the rim have room."""
_LARGEST, _SMALLEST = 44.0, 8.0
"""Radius of a circle."""
_FILLED = 32_000.0
"""Area of all circles together, at most: many towns with many hits get smaller ones, so that names have room."""
DOT = 4.0
"""Radius of a town without hits."""
LETTER = 16.0
"""Height of a name; a letter is about half as wide."""
_PER_LETTER = 0.54 * LETTER
_AIR = 5.0
"""Between a name and what stands beside it, so that it is plain whose name it is."""
_STEPS = (1, 2, 5)

Anchor = Literal["start", "end", "middle"]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class Label:
    """A text and where it stands."""

    text: str
    x: float
    y: float
    anchor: Anchor

    @property
    def box(self) -> Box:
        """The room it takes."""
        wide = len(self.text) * _PER_LETTER
        left = self.x - {"start": 0.0, "middle": wide / 2, "end": wide}[self.anchor]
        return left, self.y - 0.8 * LETTER, left + wide, self.y + 0.25 * LETTER


@dataclass(frozen=True, slots=True)
class Spot:
    """A town on the drawing. Without hits it is a dot of radius 0."""

    town: str
    hits: int
    x: float
    y: float
    radius: float
    label: Label | None = None

    @property
    def box(self) -> Box:
        """The room it takes."""
        reach = max(self.radius, DOT)
        return self.x - reach, self.y - reach, self.x + reach, self.y + reach


@dataclass(frozen=True, slots=True)
class Drawing:
    """All of it. `samples` are hits and radius for a legend; `ten_km` is so long."""

    height: float
    spots: list[Spot]
    samples: list[tuple[int, float]]
    ten_km: float


def draw(towns: Sequence[Place], hits: Mapping[str, int], texts: Mapping[str, str]) -> Drawing:
    """The towns, most hits first, so that small circles lie on large ones. `texts`: what to write at each town."""
    largest = _largest(hits.values())
    west, east = (edge(town.longitude for town in towns) for edge in (min, max))
    south, north = (edge(town.latitude for town in towns) for edge in (min, max))
    narrow = math.cos(math.radians((south + north) / 2))
    scale = (WIDTH - 2 * _RIM) / ((east - west) * narrow)
    spots = [
        Spot(
            town.name,
            number := hits.get(town.name, 0),
            round(_RIM + (town.longitude - west) * narrow * scale, 1),
            round(_RIM + (north - town.latitude) * scale, 1),
            largest.of(number),
        )
        for town in towns
    ]
    spots.sort(key=lambda spot: (-spot.hits, spot.town))
    height = round(2 * _RIM + (north - south) * scale, 1)
    samples = [(number, largest.of(number)) for number in _samples(largest.hits)]
    return Drawing(height, _labelled(spots, texts, height), samples, round(10 / KM_PER_DEGREE * scale, 1))


@dataclass(frozen=True, slots=True)
class _Largest:
    """The largest circle, and so all others."""

    hits: int
    radius: float

    def of(self, hits: int) -> float:
        """Radius of another one. The area grows with the hits, as long as the circle can be seen and hit."""
        return round(max(_SMALLEST, self.radius * math.sqrt(hits / self.hits)), 1) if hits else 0.0


def _largest(hits: Collection[int]) -> _Largest:
    most = max(hits, default=0)
    if not most:
        return _Largest(0, 0.0)
    return _Largest(most, min(_LARGEST, math.sqrt(_FILLED / math.pi / (sum(hits) / most))))


def _samples(most: int) -> list[int]:
    """Up to three round numbers: the largest there is room for, about a quarter and about a sixteenth of it."""
    round_numbers = [step * 10**power for power in range(7) for step in _STEPS]
    found = (max((one for one in round_numbers if one <= most / part), default=0) for part in (1, 4, 16))
    return [one for one in dict.fromkeys(found) if one]


def _labelled(spots: Sequence[Spot], texts: Mapping[str, str], height: float) -> list[Spot]:
    """The spots, with a name where there is room for it; the most hits choose first."""
    taken = [spot.box for spot in spots]
    found = []
    for spot in spots:
        own = spot.box
        label = next(
            (
                one
                for one in _candidates(spot, texts[spot.town])
                if _inside(one.box, height) and not any(_touch(_with_air(one.box), box) for box in taken if box != own)
            ),
            None,
        )
        if label:
            taken.append(label.box)
        found.append(Spot(spot.town, spot.hits, spot.x, spot.y, spot.radius, label))
    return found


def _candidates(spot: Spot, text: str) -> Iterator[Label]:
    """Beside, below and above the circle, then at its corners."""
    away = max(spot.radius, DOT) + 4.0
    corner, middle, below, above = 0.75 * away, 0.3 * LETTER, 0.8 * LETTER, -0.2 * LETTER
    places: tuple[tuple[float, float, Anchor], ...] = (
        (away, middle, "start"), (-away, middle, "end"), (0, away + below, "middle"), (0, above - away, "middle"),
        (corner, corner + below, "start"), (corner, above - corner, "start"),
        (-corner, corner + below, "end"), (-corner, above - corner, "end"),
    )  # fmt: skip
    for right, down, anchor in places:
        yield Label(text, round(spot.x + right, 1), round(spot.y + down, 1), anchor)


def _inside(box: Box, height: float) -> bool:
    return box[0] >= 0 and box[1] >= 0 and box[2] <= WIDTH and box[3] <= height


def _with_air(box: Box) -> Box:
    return box[0] - _AIR, box[1], box[2] + _AIR, box[3]


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
