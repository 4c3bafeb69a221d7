"""Titles and descriptions have the same words for PostgreSQL, and what is looked for in them is found exactly."""

from __future__ import annotations

import random
from itertools import product
from typing import Any, get_args

import psycopg
import pytest

from hub.search import texts
from hub.search.data import Where
from hub.search.texts import TITLE_LEXEMES, asked, lexemes
from hub.search.vocabulary import Meaning, Piece

pytestmark = pytest.mark.integration

_PICK = random.Random("words")
_ENDINGS = ("", "e", "en", "n", "s", "es", "er", "ern", "in")
_STEMS = ("koch", "pfleg", "lager", "helfer", "e", "c++", "3d", "ern", "s")
_WORDS = ["".join(word) for word in product(_STEMS, _ENDINGS)] + ["beikoch", "hotelkoeche", "lagerkochs", "kochlager"]
FOLDED = ["", *(" ".join(_PICK.choices(_WORDS, k=_PICK.randint(1, 4))) for _ in range(400))]
PIECES = [Piece(text, where) for text in ("koch", "pfleger", "lager", "helfer", "3d") for where in get_args(Where)]


def _stands(piece: Piece, word: str) -> bool:
    """What a piece means, told plainly."""
    starts = word.startswith(piece.text)
    ends = any(word.endswith(piece.text + ending) for ending in _ENDINGS[:-1])
    return {"word": word == piece.text, "start": starts, "end": ends, "both": starts or ends}[piece.where]


def _in_postgresql(database_url: str, query: str, *values: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(database_url) as connection:
        return connection.execute(query.encode(), [FOLDED, *values]).fetchall()


def _found(database_url: str, piece: Piece) -> list[str]:
    query = f"SELECT fold FROM unnest(%s::text[]) AS of (fold) WHERE {TITLE_LEXEMES} @@ %s::tsquery"
    return sorted(str(fold) for (fold,) in _in_postgresql(database_url, query, asked(Meaning(((piece,),)))))


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: f"{piece.text}-{piece.where}")
def test_a_word_is_found_where_it_must_stand_and_nowhere_else(database_url: str, piece: Piece) -> None:
    right = sorted(text for text in FOLDED if any(_stands(piece, word) for word in text.split()))

    assert right
    assert _found(database_url, piece) == right


def test_titles_and_descriptions_are_understood_alike(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "fold", str)  # they are folded, and some would not stay the same
    query = f"SELECT fold, tsvector_to_array({TITLE_LEXEMES}) FROM unnest(%s::text[]) AS of (fold) WHERE fold <> ''"
    of_titles = dict(_in_postgresql(database_url, query))

    assert {fold: sorted(made) for fold, made in of_titles.items()} == {
        fold: sorted(lexemes(fold)) for fold in FOLDED if fold
    }


def test_without_the_words_without_endings_a_plural_would_be_missed(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "_INFLECTED", ())
    monkeypatch.setattr("tests.integration.test_lexemes.TITLE_LEXEMES", texts._in_sql("fold"))

    with pytest.raises(AssertionError):
        test_a_word_is_found_where_it_must_stand_and_nowhere_else(database_url, Piece("koch", "end"))
