"""Finding places of the region."""

from __future__ import annotations

from importlib import resources

import pytest
import yaml

from hub.search.places import coordinates, find_place, similar_places
from schemas.codelists import ags_of, municipalities, postcodes, short_name


def test_a_postcode_has_coordinates() -> None:
    assert coordinates("48143") == pytest.approx((51.96, 7.63), abs=0.02)


@pytest.mark.parametrize("plz", [None, "", "00000", "48143 ", "4814"])
def test_no_postcode_has_no_coordinates(plz: str | None) -> None:
    assert coordinates(plz) is None


def test_a_postcode_is_found_with_its_town() -> None:
    place = find_place(" 48653 ")

    assert place is not None
    assert (place.name, place.plz) == ("48653 Coesfeld", ("48653",))
    assert (place.latitude, place.longitude) == coordinates("48653")


def test_postcode_and_town_together_are_found_by_postcode() -> None:
    assert find_place("48653 Coesfeld") == find_place("48653")


def test_a_postcode_outside_the_region_is_found_too() -> None:
    place = find_place("01067")

    assert place is not None
    assert (place.name, place.plz) == ("01067", ("01067",))


@pytest.mark.parametrize(
    "written", ["Münster", "münster", "MÜNSTER", "Muenster", "Munster", "Münster (Westf.)", " Münster, Westf. "]
)
def test_a_town_is_found_however_it_is_written(written: str) -> None:
    place = find_place(written)

    assert place is not None
    assert place.name == "Münster"
    assert "48143" in place.plz
    assert "48167" in place.plz
    assert (place.latitude, place.longitude) == pytest.approx((51.95, 7.62), abs=0.05)


@pytest.mark.parametrize("written", ["Gronau (Westf.)", "gronau", "Ibbenbueren", "Ibbenburen", "SÜDLOHN"])
def test_other_spellings_are_found(written: str) -> None:
    assert find_place(written) is not None


def test_the_beginning_of_a_postcode_is_an_area() -> None:
    place = find_place("486")

    assert place is not None
    assert place.name == "486"
    assert "48653" in place.plz
    assert all(plz.startswith("486") for plz in place.plz)


@pytest.mark.parametrize("written", ["", " ", "Atlantis", "99999", "7", "12", "48143x", "%", "'; drop table", "Berlin"])
def test_an_unknown_place_is_none(written: str) -> None:
    assert find_place(written) is None


def test_every_municipality_and_postcode_of_the_region_is_found() -> None:
    unknown = [wo for wo in [*municipalities().values(), *postcodes()] if find_place(wo) is None]

    assert unknown == []


def test_no_two_municipalities_share_a_name() -> None:
    names = list(municipalities().values())

    assert len(names) == len(set(names))


def test_a_mistyped_town_has_a_suggestion() -> None:
    assert similar_places("Koesfeld")[:1] == ["Coesfeld"]
    assert similar_places("xxxxxxxx") == []


@pytest.mark.parametrize("written", ["Hiltrup", "Münster-Hiltrup", "Münster Hiltrup", "hiltrup (Münster)"])
def test_a_part_of_town_is_found_alone_and_with_its_town(written: str) -> None:
    place = find_place(written)

    assert place is not None
    assert (place.name, place.plz) == ("Münster-Hiltrup", ("48165",))


def test_a_part_that_two_towns_have_is_asked_back() -> None:
    assert find_place("Lette") is None
    assert {"Coesfeld-Lette", "Oelde-Lette"} <= set(similar_places("Lette"))


def test_every_part_of_town_has_a_postcode_of_that_town() -> None:
    told = yaml.safe_load((resources.files("hub.search") / "parts_of_town.yaml").read_text(encoding="utf-8"))
    names = {short_name(name): name for name in municipalities().values()}

    assert [(town, plz) for town, parts in told.items() for plz in parts if ags_of(plz, names[town]) is None] == []


@pytest.mark.parametrize("written", ["48", "48…", "48...", "48*", "48xxx"])
def test_the_beginning_of_a_postcode_may_say_that_it_is_one(written: str) -> None:
    assert find_place(written) == find_place("48")
