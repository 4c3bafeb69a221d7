"""Searching the board: fields of work, career changers, courses, parts of town, and ways out of an empty result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg.sql import SQL

from hub.web.answers import JobList, Problem
from tests.gold.corpus import jobs
from tests.gold.run import fill_corpus
from tests.support.board_rows import fill, own_database
from tests.support.events import measure, vacancy
from tests.support.web import board_app

pytestmark = pytest.mark.integration

RECORDS = {job.id: job.record for job in jobs()}


@pytest.fixture(scope="module")
def client(database_url: str) -> Iterator[TestClient]:
    """A board with the corpus of the gold set and one course."""
    with own_database(database_url) as url:
        fill_corpus(url)
        fill(url, measure())
        with TestClient(board_app(url)) as client:
            yield client


@pytest.fixture
def own_client(fresh_database: str) -> Iterator[TestClient]:
    """A board for texts of a test's own."""
    fill(
        fresh_database,
        *(
            vacancy(source_id=f"Q-{number}", title=f"Disponent {number}", kldb2010="51622", description=text)
            for number, text in enumerate(TEXTS)
        ),
        vacancy(source_id="Q-HELPER", title="Lagerhelfer", kldb2010="51311", description=None),
        vacancy(source_id="Q-NONE", title="Disponent", kldb2010="51622", description=None),
    )
    with TestClient(board_app(fresh_database)) as client:
        yield client


TEXTS = (
    "Wir freuen uns auf Sie. Auch Quereinsteiger*innen sind willkommen!",
    "QUEREINSTIEG MÖGLICH",
    "Wir bieten faire Löhne.",
    "Ein Quereinstieg ist leider nicht möglich.",
    "Kein Quereinstieg.",
)


def _found(client: TestClient, **parameters: str) -> dict[str, Any]:
    answer = client.get("/api/v1/jobs", params={"size": "100", **parameters})
    assert answer.status_code == 200, answer.text
    return JobList.model_validate_json(answer.text).model_dump()


def _ids(client: TestClient, **parameters: str) -> set[str]:
    return {job["id"] for job in _found(client, **parameters)["jobs"]}


# ------------------------------------------------------------------------------------------------------ fields of work


@pytest.mark.parametrize(
    "asked, digits",
    [
        ("81", ["81"]),
        ("813", ["813"]),
        ("54;293", ["54", "293"]),
        ("Reinigungsberufe", ["54"]),
        ("verkaufsberufe; gartenbau", ["62", "121"]),
    ],
)
def test_a_field_is_given_by_code_or_by_name(client: TestClient, asked: str, digits: list[str]) -> None:
    fitting = {one for one, record in RECORDS.items() if record["kldb2010"].startswith(tuple(digits))}

    assert fitting == _ids(client, berufsfeld=asked)


@pytest.mark.parametrize("asked", ["8", "8130", "99", "Zauberei"])
def test_a_field_that_does_not_exist_is_a_problem(client: TestClient, asked: str) -> None:
    answer = client.get("/api/v1/jobs", params={"berufsfeld": asked})
    problem = Problem.model_validate_json(answer.text)

    assert (answer.status_code, problem.code) == (422, "invalid-parameter")
    assert "berufsfeld" in problem.detail


def test_each_number_of_a_field_is_the_total_of_the_search_with_it(client: TestClient) -> None:
    counts = _found(client, was="Helfer", berufsfeld="51")["facets"]["berufsfeld"]

    assert {code: _found(client, was="Helfer", berufsfeld=code)["total"] for code in counts} == counts


def test_fields_are_named_counted_and_taken_away_again(client: TestClient) -> None:
    page = client.get("/stellen?was=Helfer&berufsfeld=51").text

    assert "Verkehrs- und Logistikberufe (außer Fahrzeugführung)" in page
    assert 'name="berufsfeld" value="51" checked' in page
    assert 'class="jh-chip" href="/stellen?was=Helfer"' in page


# ----------------------------------------------------------------------------------------------------- career changers


def test_a_career_changer_finds_helper_jobs_and_texts_that_say_so(own_client: TestClient) -> None:
    found = _found(own_client, quereinstieg="true")

    assert {job["id"] for job in found["jobs"]} == {"borken:Q-0", "borken:Q-1", "borken:Q-HELPER"}
    assert _found(own_client)["facets"]["quereinstieg"] == {"true": 3}
    assert _found(own_client, quereinstieg="false")["total"] == len(TEXTS) + 2


def test_without_the_rule_of_the_text_only_helpers_would_be_found(own_client: TestClient, fresh_database: str) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        connection.execute(SQL("UPDATE board.job SET career_change = NULL"))

    assert _ids(own_client, quereinstieg="true") == {"borken:Q-HELPER"}


# -------------------------------------------------------------------------------------------------------------- courses


@pytest.mark.parametrize(
    "asked, leads_to",
    [
        ("/stellen?art=massnahme&was=Pflege&wo=48249&arbeitszeit=vz", "/massnahmen?was=Pflege&wo=48249"),
        ("/api/v1/jobs?art=massnahme&was=Pflege", "/api/v1/measures?was=Pflege"),
    ],
)
def test_the_kind_course_leads_to_the_courses(client: TestClient, asked: str, leads_to: str) -> None:
    answer = client.get(asked, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (303, leads_to)
    assert "Teilqualifizierung Pflegehilfe" in client.get(asked).text


def test_the_kind_job_is_what_is_searched_anyway(client: TestClient) -> None:
    assert _ids(client, art="stelle", was="Koch") == _ids(client, was="Koch")


# --------------------------------------------------------------------------------------------------------------- words


def test_a_mistyped_word_is_mended_and_told(client: TestClient) -> None:
    found = _found(client, was="Hausmeitser")

    assert (found["fuzzy"], found["meant"]) == (True, "Hausmeister")
    assert {job["id"] for job in found["jobs"]} == _ids(client, was="Hausmeister")
    assert "Gesucht wurde nach: Hausmeister" in client.get("/stellen?was=Hausmeitser").text


def test_a_word_in_nobodys_vocabulary_is_found_if_it_is_spelt_alike(client: TestClient) -> None:
    found = _found(client, was="Westmünsterlender")

    assert (found["fuzzy"], found["meant"]) == (True, None)
    assert {job["employer"] for job in found["jobs"]} == {"Westmünsterländer Probewerk AG"}


@pytest.mark.parametrize("was", ["c++", "(", "%", "_", "\\", "a|b", "[", "Koch' OR '1'='1", "+", "##", "🙂"])
def test_signs_are_taken_as_they_are(client: TestClient, was: str) -> None:
    assert client.get("/api/v1/jobs", params={"was": was}).status_code == 200


# ------------------------------------------------------------------------------------------------------ empty results


def test_the_filter_that_costs_the_most_is_named_first(client: TestClient) -> None:
    asked = {"was": "Koch", "arbeitszeit": "mj", "angebotsart": "34", "befristung": "1", "veroeffentlichtseit": "30"}
    assert _found(client, **asked)["total"] == 0
    without = {
        name: _found(client, **{other: value for other, value in asked.items() if other != name})["total"]
        for name in asked
        if name != "was"
    }
    costly = max(without, key=lambda name: without[name])
    names = {"arbeitszeit": "Arbeitszeit", "angebotsart": "Art der Stelle", "befristung": "Vertrag"}

    page = client.get("/stellen", params=asked).text

    assert f"Am meisten schränkt der Filter „{names[costly]}“ ein." in page


def test_a_mistyped_word_with_filters_that_fit_nothing_is_asked_back(client: TestClient) -> None:
    page = client.get("/stellen?was=Hausmeitser&berufsfeld=81").text

    assert "Meinten Sie:" in page
    assert 'href="/stellen?was=Hausmeister"' in page


def test_of_several_words_fewer_are_offered(client: TestClient) -> None:
    page = client.get("/stellen?was=Koch+Xylophon").text

    assert "Nur nach „Koch“ suchen" in page
    assert "Nur nach „Xylophon“ suchen" not in page


def test_one_of_several_words_is_enough_if_no_job_has_all(client: TestClient) -> None:
    found = _found(client, was="Koch Xylophon")

    assert (found["partly"], found["fuzzy"]) == (True, False)
    assert found["total"] == _found(client, was="Koch")["total"] > 0
    assert "Alle Wörter zusammen hat keine Stelle." in client.get("/stellen?was=Koch+Xylophon").text
    # What a job states in a field of its own stays as it was asked, and a word that fits everything is not enough.
    minijobs = _found(client, was="Koch Xylophon Minijob")["jobs"]
    assert minijobs
    assert [["MINIJOB"]] * len(minijobs) == [job["working_time"] for job in minijobs]
    assert _found(client, was="Helfer Koch Xylophon")["total"] == found["total"]


def test_a_part_of_town_is_a_place(client: TestClient) -> None:
    fitting = {one for one, record in RECORDS.items() if record["workplace"]["plz"] == "48165"}

    assert fitting == _ids(client, wo="Münster-Hiltrup", umkreis="0")
    assert "Meinten Sie" in client.get("/stellen?wo=Lette").text


# --------------------------------------------------------------------------------------------------------- description


def test_programs_and_people_are_told_of_every_parameter(client: TestClient) -> None:
    described = client.get("/openapi.json").json()["paths"]["/api/v1/jobs"]["get"]["parameters"]
    page = client.get("/schnittstelle").text
    names = {"was", "wo", "umkreis", "berufsfeld", "arbeitgeber", "angebotsart", "befristung", "arbeitszeit"}
    names |= {"veroeffentlichtseit", "zeitarbeit", "page", "size", "jobcenter", "art", "sort", "quereinstieg"}
    names |= {"beschreibung"}

    assert names == {one["name"] for one in described}
    assert [name for name in names if f"<code>{name}</code>" not in page] == []
