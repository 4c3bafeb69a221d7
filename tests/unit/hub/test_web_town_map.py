"""The drawing of towns: areas tell the hits, and no name stands on another name or on a circle that is not its own."""

from __future__ import annotations

import itertools
import math

import pytest

from hub.search.towns import towns
from hub.web import town_map
from hub.web.town_map import WIDTH, Drawing, draw
from schemas.codelists import municipalities

NAMES = {town.name: town.name for town in towns()}
HITS = {name: 1 + number * number % 97 for number, name in enumerate(sorted(NAMES))} | {"Münster": 2_000}


def _clashes(drawing: Drawing) -> list[tuple[str, str]]:
    labels = [(spot.town, spot.label.box) for spot in drawing.spots if spot.label]
    circles = [(spot.town, spot.box) for spot in drawing.spots]
    pairs = [*itertools.combinations(labels, 2), *itertools.product(labels, circles)]
    return [
        (one, other)
        for (one, box), (other, against) in pairs
        if one != other
        and box[0] < against[2] and against[0] < box[2] and box[1] < against[3] and against[1] < box[3]
    ]  # fmt: skip


def test_every_town_of_the_region_has_its_place_on_the_sheet() -> None:
    drawing = draw(towns(), HITS, NAMES)

    assert {spot.town for spot in drawing.spots} == set(municipalities().values())
    assert all(0 < spot.x < WIDTH and 0 < spot.y < drawing.height for spot in drawing.spots)


def test_north_is_above_and_east_is_right_and_ten_kilometres_are_ten() -> None:
    drawing = draw(towns(), {}, NAMES)
    at = {spot.town: spot for spot in drawing.spots}

    assert at["Hopsten"].y < at["Münster"].y < at["Hamm"].y
    assert at["Bocholt"].x < at["Münster"].x < at["Oelde"].x
    # 26 km as the crow flies between the middles of their postcodes.
    apart = math.dist((at["Münster"].x, at["Münster"].y), (at["Warendorf"].x, at["Warendorf"].y))
    assert apart / drawing.ten_km * 10 == pytest.approx(22.4, abs=0.3)


@pytest.mark.parametrize("hits", [HITS, {}, {"Ahaus": 1}, dict.fromkeys(NAMES, 31)])
def test_no_name_stands_on_anything_else(hits: dict[str, int]) -> None:
    drawing = draw(towns(), hits, NAMES)

    assert _clashes(drawing) == []
    assert sum(spot.label is not None for spot in drawing.spots) > 40
    assert all(spot.label and spot.label.text for spot in drawing.spots[:1])


def test_names_that_do_not_look_for_room_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(town_map, "_touch", lambda *_: False)

    assert _clashes(draw(towns(), HITS, NAMES)) != []


def test_the_area_of_a_circle_tells_the_hits_and_small_ones_lie_above() -> None:
    drawing = draw(towns(), {"Münster": 400, "Rheine": 100, "Ahaus": 1}, NAMES)
    by_town = {spot.town: spot.radius for spot in drawing.spots}

    assert [spot.town for spot in drawing.spots[:3]] == ["Münster", "Rheine", "Ahaus"]
    assert by_town["Münster"] == 2 * by_town["Rheine"]
    assert (by_town["Ahaus"], by_town["Coesfeld"]) == (8.0, 0.0)


@pytest.mark.parametrize(
    "most, samples", [(0, []), (1, [1]), (3, [2]), (17, [10, 2, 1]), (468, [200, 100, 20]), (2_000, [2_000, 500, 100])]
)
def test_the_legend_has_round_numbers(most: int, samples: list[int]) -> None:
    drawing = draw(towns(), {"Münster": most} if most else {}, NAMES)

    assert [number for number, _ in drawing.samples] == samples
