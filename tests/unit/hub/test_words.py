"""What a searched word may stand for."""

from __future__ import annotations

from fnmatch import fnmatchcase
from importlib import resources

import pytest
import yaml

from hub.search.fold import fold
from hub.search.forms import root, understood
from hub.search.mend import nearest
from hub.search.sound import sound
from hub.search.vocabulary import Piece, known, meaning_of, meanings, split
from hub.search.words import corrected, several, stem, terms
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


@pytest.mark.parametrize(
    "written, means", [("kochen", "Koch"), ("Köche", "Koch"), ("gärtnern", "Gärtner"), ("Minijobs", "Minijob")]
)
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


@pytest.mark.parametrize(
    "forms",
    [
        ("backen", "Bäcker", "Bäckerei"),
        ("Haar", "Haare", "Haaren"),
        ("Dachdecker", "Dachdeckerei"),
        ("Straßenbau", "Straßenbauer"),
    ],
)
def test_forms_of_a_word_have_one_root(forms: tuple[str, ...]) -> None:
    assert len({root(fold(form)) for form in forms}) == 1


@pytest.mark.parametrize(
    "written, within",
    [
        ("Umzugsfirma", "umzug"),
        ("Maurergeselle", "maurer"),
        ("Aushilfskellner", "kellner"),
        ("Bäckerlehrling", "baecker"),
        ("Kurierdienst", "kurier"),
        ("Malermeister", "maler"),
    ],
)
def test_what_only_says_how_or_where_one_works_is_left_out(written: str, within: str) -> None:
    found, meant = understood(fold(written)), meaning_of((within,))

    assert found
    assert meant
    assert found.codes >= meant.codes
    assert set(found.spellings) > set(meant.spellings)


def test_a_helper_at_a_place_is_nothing_but_a_helper() -> None:
    [helper], [place] = terms("Versandhelfer"), terms("Versand")

    assert {code[-1] for code in helper.meaning.codes} == {"1"}
    assert {code[-1] for code in place.meaning.codes} > {"1"}


def test_the_name_of_an_occupation_goes_before_a_place_and_a_thing_before_a_task() -> None:
    assert [term.word for term in several(terms("Köchin Altenheim"))] == ["koch"]
    assert [term.word for term in several(terms("Traktor reparieren"))] == ["traktor"]
    assert [term.word for term in several(terms("Maler Bäcker"))] == ["maler", "baecker"]


def test_what_is_said_besides_is_left_out_unless_it_is_all() -> None:
    assert [term.word for term in terms("ich möchte gerne was mit Autos machen")] == ["autos"]
    assert [term.word for term in terms("was")] == ["was"]
    assert [term.word for term in terms("Arbeit ohne Ausbildung")] == ["ohne ausbildung"]


@pytest.mark.parametrize(
    "heard, meant",
    [("Ferkäufer", "Verkäufer"), ("Elektrika", "Elektriker"), ("Puzfrau", "Putzfrau"), ("Kelner", "Kellner")],
)
def test_what_sounds_alike_is_alike(heard: str, meant: str) -> None:
    assert sound(fold(heard)) == sound(fold(meant))
    assert sound(fold(heard)) != sound("baecker")


def test_beside_a_certain_word_another_is_not_guessed_at() -> None:
    assert corrected("Kassendienstleister") == "Kassen"
    assert corrected("Pflegekraft Kassendienstleister") is None


def test_one_compound_gives_way_to_its_last_part() -> None:
    assert corrected("Möbelverkäuferin") == "Verkäufer"
    assert corrected("Krankenhausreinigung") == "Reinigung"


def test_a_known_word_is_never_mended() -> None:
    assert [word for word in list(known())[:500] if nearest(word)] == []


def test_synonyms_are_written_as_texts_are_folded() -> None:
    assert [phrase for phrase in meanings() for word in phrase if fold(word) != word] == []


def test_every_group_with_codes_means_occupations_that_exist() -> None:
    groups = yaml.safe_load((resources.files("hub.search") / "synonyms.yaml").read_text(encoding="utf-8"))["groups"]
    patterns = [pattern for group in groups for pattern in group.get("kldb", ())]

    assert [one for one in patterns if not any(fnmatchcase(code, f"{one}*") for code in occupations())] == []
