"""Descriptions are searched on wish, a little later than titles, and say nothing that is not public."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import psycopg
import pytest
from fastapi.testclient import TestClient

from hub.search import texts
from hub.texts import work
from hub.texts.run import run
from tests.support.board_rows import fill
from tests.support.events import vacancy
from tests.support.sinks import wait_until
from tests.support.web import board_app

pytestmark = pytest.mark.integration

_TEXTS = {
    "OVENS": ("Mitarbeiter (m/w/d)", "Sie heizen unsere Steinöfen. Null Fehler sind unser Ziel; C++ hilft."),
    "CHEFS": ("Mitarbeiter (m/w/d)", "Wir suchen erfahrene Hotelköchinnen für unser Haus."),
    "NOTHING": ("Mitarbeiter (m/w/d)", None),
}


def _employer(name: str) -> dict[str, str | None]:
    return {"name": name, "betriebsnummer": None}


@pytest.fixture
def client(fresh_database: str) -> Iterator[TestClient]:
    fill(
        fresh_database,
        *(
            vacancy(
                source_id=name, title=title, description=text, kldb2010="71402", employer=_employer("Beispiel GmbH")
            )
            for name, (title, text) in _TEXTS.items()
        ),
        vacancy(
            source_id="HIDDEN",
            title="Mitarbeiter (m/w/d)",
            description="Ein Betrieb im Grünen.",
            kldb2010="71402",
            visibility="ANONYMOUS",
            employer=_employer("Geheimwerk Musterhausen"),
        ),
    )
    with TestClient(board_app(fresh_database)) as client:
        yield client


def _ids(client: TestClient, was: str, **further: str) -> set[str]:
    told = client.get("/api/v1/jobs", params={"was": was, **further}).json()
    return set() if told["fuzzy"] or told["partly"] else {job["id"].removeprefix("borken:") for job in told["jobs"]}


@pytest.mark.parametrize(
    ("was", "name"),
    [("Steinofen heizen", ""), ("Steinöfen", "OVENS"), ("Koch", "CHEFS"), ("null", "OVENS"), ("C++", "OVENS")],
)
def test_words_of_a_description_are_found_on_wish_only(client: TestClient, was: str, name: str) -> None:
    assert _ids(client, was, beschreibung="true") == ({name} if name else set())
    assert _ids(client, was) == set()


def test_words_may_stand_in_title_and_description(client: TestClient) -> None:
    assert _ids(client, "Mitarbeiter Hotelkoch", beschreibung="true") == {"CHEFS"}


def test_without_words_backwards_endings_would_not_be_found(
    client: TestClient, fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "lexemes", lambda text: [one for one in texts.lexemes(text) if one[0] != "<"])
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        connection.execute("UPDATE board.job SET text_words = NULL")
        work.run_once(connection)

    assert _ids(client, "Steinöfen", beschreibung="true") == {"OVENS"}
    assert _ids(client, "Koch", beschreibung="true") == set()


def test_an_employer_who_is_not_named_is_not_found_by_name(client: TestClient) -> None:
    assert _ids(client, "Grünen", beschreibung="true") == {"HIDDEN"}
    for was in ("Geheimwerk", "Musterhausen"):
        assert _ids(client, was, beschreibung="true") == set()


def test_who_finds_nothing_is_offered_the_descriptions_with_their_number(client: TestClient) -> None:
    page = client.get("/stellen?was=Steinöfen").text

    assert (
        'href="/stellen?was=Stein%C3%B6fen&amp;beschreibung=true">auch in den Stellenbeschreibungen suchen</a>' in page
    )
    assert "(1 Stelle gefunden)" in page
    chosen = client.get("/stellen?was=Steinöfen&beschreibung=true").text
    assert 'name="beschreibung" value="true" checked' in chosen
    assert "1 Stelle gefunden" in chosen


def test_what_ended_is_not_found(client: TestClient, fresh_database: str) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        connection.execute("UPDATE board.job SET ended = true WHERE entity = 'borken:CHEFS'")

    assert _ids(client, "Hotelkoch", beschreibung="true") == set()


# ------------------------------------------------------------------------------------------------------------- the work


def test_every_step_takes_some_and_the_last_finds_nothing(client: TestClient, fresh_database: str) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        connection.execute("UPDATE board.job SET text_words = NULL")
        assert work.backlog(connection) == 4
        assert [work.run_once(connection, 3) for _ in range(3)] == [3, 1, 0]
        assert work.backlog(connection) == 0


def test_a_text_that_changed_meanwhile_is_left_for_the_next_step(
    client: TestClient, fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed_meanwhile(text: str | None) -> list[str]:
        with psycopg.connect(fresh_database, autocommit=True) as sink:
            sink.execute("UPDATE board.job SET version = version + 1 WHERE entity = 'borken:CHEFS'")
        return texts.lexemes(text)

    with psycopg.connect(fresh_database, autocommit=True) as connection:
        connection.execute("UPDATE board.job SET text_words = NULL WHERE entity = 'borken:CHEFS'")
        monkeypatch.setattr(work, "lexemes", changed_meanwhile)
        work.run_once(connection)
        assert work.backlog(connection) == 1
        monkeypatch.setattr(work, "lexemes", texts.lexemes)
        work.run_once(connection)

    assert _ids(client, "Hotelkoch", beschreibung="true") == {"CHEFS"}


async def test_beside_the_sinks_texts_become_searchable_by_themselves(client: TestClient, fresh_database: str) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        connection.execute("UPDATE board.job SET text_words = NULL")
        working = asyncio.create_task(run(fresh_database, lambda: False))
        try:
            await asyncio.to_thread(wait_until, lambda: work.backlog(connection) == 0, 30)
        finally:
            working.cancel()
            await asyncio.wait([working])

    assert _ids(client, "Hotelkoch", beschreibung="true") == {"CHEFS"}
