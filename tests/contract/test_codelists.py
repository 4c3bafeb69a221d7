"""Code lists are whole, well-formed, and mean what the law says."""

from __future__ import annotations

import csv
import datetime
import re
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from schemas import codelists
from schemas.events import PlacementType, Subsidy
from tests.support.examples import FOLDER

LISTS = sorted((FOLDER / "lists").glob("*.csv"))
MUNICIPALITIES_OF = {"05515": 1, "05554": 17, "05558": 11, "05566": 24, "05570": 13, "05915": 1}


def rows(name: str) -> list[dict[str, str]]:
    """Rows of a list as they stand in its file."""
    with (FOLDER / "lists" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_a_list_is_clean_and_its_source_is_named(path: Path) -> None:
    name = path.name
    text = path.read_text(encoding="utf-8")
    readme = (FOLDER / "lists" / "README.md").read_text(encoding="utf-8")

    assert f"| `{name}` |" in readme
    assert "\r" not in text
    assert not text.startswith("\ufeff")
    assert all(value == value.strip() for row in rows(name) for value in row.values())
    assert [] == [row for row in rows(name) if None in row or None in row.values()]


# --------------------------------------------------------------------------------------------------------- occupations


def test_occupations_have_five_levels_of_the_size_the_bundesagentur_gives() -> None:
    assert {1: 10, 2: 37, 3: 144, 4: 703, 5: 1301} == dict(Counter(len(code) for code in codelists.occupations()))
    assert 10 + 37 + 144 + 703 + 1301 == len(rows("kldb2010_v2020.csv"))


def test_every_occupation_has_its_prefixes_and_its_level() -> None:
    known = codelists.occupations()
    orphans = [code for code in known if any(code[:length] not in known for length in range(1, len(code)))]

    assert [] == orphans
    assert all(row["level"] == str(len(row["code"])) for row in rows("kldb2010_v2020.csv"))
    assert all(re.fullmatch(r"[0-9]{1,5}", code) for code in known)


def test_the_fifth_digit_of_an_occupation_is_its_level_of_requirement() -> None:
    fives = [code for code in codelists.occupations() if len(code) == 5]

    assert {"1": 64, "2": 420, "3": 447, "4": 370} == dict(Counter(code[4] for code in fives))
    assert {"3", "4"} >= {code[4] for code in fives if code[3] == "9"}
    assert {"2", "3", "4"} >= {code[4] for code in fives if code[3] == "8"}


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("51311", "Lagerwirtschaft"),
        ("54101", "Reinigung"),
        ("82102", "Altenpflege"),
        ("52122", "Güterverkehr"),
        ("43414", "Softwareentwicklung"),
    ],
)
def test_an_occupation_has_its_true_title(code: str, word: str) -> None:
    assert word in codelists.occupations()[code]


# ---------------------------------------------------------------------------------------------------------- industries


def test_industries_are_unique_with_and_without_dots() -> None:
    codes = [row["code"] for row in rows("wz2008.csv")]

    assert len(codes) == len(set(codes))
    assert {1: 21, 2: 88} == {
        length: count for length, count in Counter(len(code) for code in codes).items() if length < 3
    }


def test_an_industry_is_known_however_it_is_spelt() -> None:
    assert all(
        codelists.known_industry(spelt) for spelt in ("A", "52", "52.1", "521", "52.10", "5210", "52.10.0", "52100")
    )
    assert not any(codelists.known_industry(spelt) for spelt in ("", "Z", "04", "5", "52.19", "521000"))


def test_industries_without_dots_do_not_collide() -> None:
    # 52.1 and 5.21 would; there is no code of one digit, so none does.
    bare = [re.sub(r"\.", "", row["code"]) for row in rows("wz2008.csv")]

    assert len(bare) == len(set(bare))


# ------------------------------------------------------------------------------------------------------ municipalities


def test_there_are_sixty_six_municipalities_and_hamm() -> None:
    assert MUNICIPALITIES_OF == dict(Counter(ags[:5] for ags in codelists.municipalities()))
    assert 66 + 1 == len(codelists.municipalities())
    assert MUNICIPALITIES_OF.keys() == codelists.REGION


def test_keys_and_postcodes_are_text_with_all_their_digits() -> None:
    for row in rows("municipalities.csv"):
        assert re.fullmatch(r"0[0-9]{7}", row["ags"])
        assert re.fullmatch(r"[0-9]{5}", row["plz"])


def test_a_place_is_found_by_postcode_and_name_together_and_never_by_name_alone() -> None:
    assert "05566040" == codelists.ags_of("49525", "Lengerich")
    assert codelists.ags_of("49838", "Lengerich") is None  # in the Emsland
    assert "05566060" == codelists.ags_of("48485", "NEUENKIRCHEN")
    assert codelists.ags_of("49586", "Neuenkirchen") is None


@pytest.mark.parametrize("name", ["Gronau", "Gronau (Westf.)", "Gronau (Westf.), Stadt", "gronau"])
def test_an_official_suffix_does_not_matter(name: str) -> None:
    assert "05554020" == codelists.ags_of("48599", name)


# --------------------------------------------------------------------------------------------------------- instruments


def test_instruments_are_sound() -> None:
    listed = rows("instruments.csv")

    assert len(listed) == len(codelists.instruments())
    for instrument in codelists.instruments().values():
        assert instrument.valid_to is None or instrument.valid_from < instrument.valid_to
        assert instrument.counts_as in ("INTEGRATION", "OEFF_GEF_BESCHAEFTIGUNG", "AKTIVIERUNG", "NONE")
        assert re.fullmatch(r"[A-Z0-9_]{1,20}", instrument.code)
        assert instrument.title
    assert {"yes", "no"} == {row["offering"] for row in listed}
    assert all(row["law"].startswith("§") or row["code"] == "STAFF" for row in listed)


def test_an_instrument_is_valid_on_its_first_and_its_last_day() -> None:
    bonus = codelists.instruments()["16J"]
    days = [
        datetime.date(2023, 6, 30),
        datetime.date(2023, 7, 1),
        datetime.date(2024, 3, 31),
        datetime.date(2024, 4, 1),
    ]

    assert [False, True, True, False] == [bonus.valid_on(day) for day in days]
    assert codelists.instruments()["AGH"].valid_on(datetime.date(2040, 1, 1))


def test_every_subsidy_of_a_placement_is_an_instrument_that_counts_as_its_kind_does() -> None:
    known = codelists.instruments()
    subsidies = set(get_args(Subsidy)) - {"NONE"}

    assert subsidies <= known.keys()
    assert {"EGZ", "ESG", "E16"} == {code for code in subsidies if known[code].counts_as == "INTEGRATION"}
    assert {"I16", "AGH"} == {code for code in subsidies if known[code].counts_as == "OEFF_GEF_BESCHAEFTIGUNG"}
    assert "OEFF_GEF" in get_args(PlacementType)


@pytest.mark.parametrize("instrument", ["FBW", "REHA"])
def test_the_agency_pays_for_training_and_rehabilitation_from_2025(instrument: str) -> None:
    assert "JOBCENTER" == codelists.funder(instrument, datetime.date(2024, 12, 31))
    assert "AGENTUR_FUER_ARBEIT" == codelists.funder(instrument, datetime.date(2025, 1, 1))
