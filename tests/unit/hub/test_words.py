"""What a searched word may stand for."""

from __future__ import annotations

import pytest

from hub.search.fold import fold
from hub.search.words import _SYNONYMS, stem, terms


@pytest.mark.parametrize(
    "word, short",
    [("pfleger", "pfleg"), ("fahrer", "fahr"), ("koch", "koch"), ("koeche", "koech"), ("arzt", "arzt"), ("er", "er")],
)
def test_an_ending_is_left_out_unless_too_little_remains(word: str, short: str) -> None:
    assert stem(word) == short


def test_a_short_word_must_stand_alone() -> None:
    assert [term.short for term in terms("IT Koch")] == [True, False]


def test_sister_words_find_each_other() -> None:
    parts = terms("Krankenschwester")[0].parts

    assert any(part in fold("Pflegefachfrau (m/w/d)") for part in parts)


def test_synonyms_are_written_as_texts_are_folded() -> None:
    assert [word for word in _SYNONYMS if fold(word) != word] == []
