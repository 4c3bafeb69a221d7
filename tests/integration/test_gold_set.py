"""The search understands everyday German: recall and precision on the gold set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from hub.search import texts, words
from hub.search.vocabulary import meaning_of
from tests.gold.__main__ import NEEDED
from tests.gold.judge import FILES, queries
from tests.gold.run import Result, ask, fill_corpus
from tests.support.board_rows import own_database
from tests.support.web import board_app

pytestmark = pytest.mark.integration

QUERIES = [query for name in FILES for query in queries(name)]


@pytest.fixture(scope="module")
def client(database_url: str) -> Iterator[TestClient]:
    """A board with the corpus of the gold set."""
    with own_database(database_url) as url:
        fill_corpus(url)
        with TestClient(board_app(url)) as client:
            yield client


def _told(result: Result) -> str:
    worst = [f"{score.recall:.2f} {score.precision:.2f} {score.query}" for score in result.worst()]
    return "\n".join([f"recall {result.recall:.3f}, precision {result.precision:.3f}; worst:", *worst])


def test_there_are_four_hundred_queries_half_of_them_held_out() -> None:
    assert len(QUERIES) >= 400
    assert sum(len(queries(name)) for name in FILES[1:]) >= len(QUERIES) / 2


def test_no_query_stands_twice() -> None:
    asked = [str(query) for query in QUERIES]

    assert len(asked) == len(set(asked))


def test_nine_of_ten_are_found_and_nine_of_ten_found_are_right(client: TestClient) -> None:
    result = ask(client, QUERIES)

    assert min(result.recall, result.precision) >= NEEDED, _told(result)


@pytest.fixture
def forgetful() -> Iterator[None]:
    """Nothing that was understood before or under a change is remembered."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    words.terms.cache_clear()
    words.corrected.cache_clear()


@pytest.mark.usefixtures("no_memory", "forgetful")
def test_without_the_files_of_words_it_would_not_be_so(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "meaning_of", lambda _: None)
    monkeypatch.setattr(words, "understood", lambda _: None)

    assert ask(client, QUERIES).recall < NEEDED


@pytest.mark.usefixtures("no_memory", "forgetful")
@pytest.mark.parametrize(
    ("part", "instead"),
    [("understood", lambda word: meaning_of((word,))), ("nearest", lambda _word, *, sure: None)],
    ids=["forms", "mending"],
)
def test_every_part_of_the_understanding_is_worth_something(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, part: str, instead: Callable[..., object]
) -> None:
    held_out = [query for name in FILES[1:] for query in queries(name)]
    with_it = ask(client, held_out).recall
    _forget()
    monkeypatch.setattr(words, part, instead)

    assert ask(client, held_out).recall < with_it


@pytest.mark.usefixtures("no_memory")
def test_without_the_edges_of_words_more_would_be_wrong(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    right = ask(client, QUERIES).precision
    piece = texts._piece
    monkeypatch.setattr(texts, "_piece", lambda one: piece(replace(one, where="both")))

    assert ask(client, QUERIES).precision < right
