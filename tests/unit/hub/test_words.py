"""What a searched word may stand for."""

from __future__ import annotations

from fnmatch import fnmatchcase
from importlib import resources

import pytest
import yaml

from hub.search.fold import fold
from hub.search.vocabulary import Piece, known, meanings, nearest, split
from hub.search.words import corrected, stem, terms
from schemas.codelists import occupations


@pytest.mark.parametrize(
    "word, short", [("kuechen", "kuech"), ("putzen", "putz"), ("koch", "koch"), ("er", "er"), ("bus", "bus")]
)
def test_an_ending_is_left_out_unless_too_little_remains(word: str, short: str) -> None:
    assert stem(word) == short


def test_a_short_word_must_stand_alone() -> None:
    assert Piece("it", "word") in {piece for spelling in terms("IT")[0].meaning.spellings for piece in spelling}


def test_sister_words_find_each_other() -> None:
    assert (Piece("pflegefachkraft", "end"),) in terms("Krankenschwester")[0].meaning.spellings


@pytest.mark.parametrize(
    "written", ["Lagerhelferin", "Helfer Lager", "Lager-Helfer", "Helfer im Lager", "lager helfer"]
)
def test_words_that_mean_one_thing_are_one_term(written: str) -> None:
    [term], [same] = terms(written), terms("Lagerhelfer")

    assert (set(same.meaning.spellings), same.meaning.codes) == (set(term.meaning.spellings), term.meaning.codes)


@pytest.mark.parametrize("written, means", [("kochen", "Koch"), ("Köche", "Koch"), ("gärtnern", "Gärtner")])
def test_another_form_of_a_word_means_the_same(written: str, means: str) -> None:
    assert [term.meaning for term in terms(written)] == [term.meaning for term in terms(means)]


def test_a_compound_has_the_other_spellings_of_its_head() -> None:
    assert (Piece("moebel", "start"), Piece("schreiner", "end")) in terms("Möbeltischler")[0].meaning.spellings


def test_an_everyday_word_means_occupations() -> None:
    assert terms("Putzfrau Minijob")[0].meaning.codes > {"54101"}
    assert terms("Putzfrau Minijob")[1].meaning.fact == ("working_time", "MINIJOB")


@pytest.mark.parametrize(
    "word, parts",
    [
        ("hotelkoch", ("hotel", "koch")),
        ("kuechenleiter", ("kueche", "leiter")),
        ("werkzeugmechaniker", ("werkzeug", "mechaniker")),
        ("verfahren", None),
        ("koch", None),
        ("", None),
    ],
)
def test_compounds_are_split_by_the_vocabulary(word: str, parts: tuple[str, str] | None) -> None:
    assert split(word) == parts


@pytest.mark.parametrize(
    "written, meant",
    [
        ("Krankenschwseter", "Krankenschwester"),
        ("Verkäufferin Cösfeld", "Verkäufer Coesfeld"),
        ("Gabelstablerfahrer", "Gabelstaplerfahrer"),
        ("Koch", None),
        ("Xyzzy", None),
    ],
)
def test_a_mistyped_word_is_mended_by_the_vocabulary(written: str, meant: str | None) -> None:
    assert corrected(written) == meant


def test_a_known_word_is_never_mended() -> None:
    assert [word for word in list(known())[:500] if nearest(word)] == []


def test_synonyms_are_written_as_texts_are_folded() -> None:
    assert [phrase for phrase in meanings() for word in phrase if fold(word) != word] == []


def test_every_group_with_codes_means_occupations_that_exist() -> None:
    groups = yaml.safe_load((resources.files("hub.search") / "synonyms.yaml").read_text(encoding="utf-8"))["groups"]
    patterns = [pattern for group in groups for pattern in group.get("kldb", ())]

    assert [one for one in patterns if not any(fnmatchcase(code, f"{one}*") for code in occupations())] == []
