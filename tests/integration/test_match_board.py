"""Same job, one card, as visitors and programs see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from hub.match import cards as folding
from hub.match.job import job_of
from hub.web import broad
from hub.web.operations import create_operations_app
from tests.support.board_rows import fill
from tests.support.events import vacancy
from tests.support.match import ALONE, BORKEN, COESFELD, groups, match
from tests.support.web import NAMES, board_app

pytestmark = pytest.mark.integration

LEAD, TWIN = "/stellen/borken:B-1", "/stellen/coesfeld:C-1"


@pytest.fixture
def database(fresh_database: str) -> str:
    fill(fresh_database, BORKEN, COESFELD, ALONE)
    match(fresh_database)
    return fresh_database


@pytest.fixture
def client(database: str) -> Iterator[TestClient]:
    with TestClient(board_app(database)) as client:
        yield client


def found(client: TestClient, query: str = "") -> dict[str, Any]:
    answer = client.get(f"/api/v1/jobs{query}")
    assert answer.status_code == 200, answer.text
    answered: dict[str, Any] = answer.json()
    return answered


def ids(client: TestClient, query: str = "") -> list[str]:
    return sorted(job["id"] for job in found(client, query)["jobs"])


def end(database_url: str, entity: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE board.job SET ended = true, version = version + 1 WHERE entity = %s", (entity,))


def test_one_post_of_borken_and_coesfeld_appears_once_with_both_sources(client: TestClient) -> None:
    page = client.get("/stellen").text

    assert page.count('class="kern-card jh-card"') == 2
    assert LEAD in page
    assert TWIN not in page
    assert "Jobcenter Kreis Borken, auch gemeldet von Jobcenter Kreis Coesfeld" in page
    assert "2 Stellen" in page
    assert ids(client) == ["borken:B-1", "muenster:M-1"]


def test_without_the_card_it_would_appear_twice(client: TestClient, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM board.card_member")

    assert ids(client) == ["borken:B-1", "coesfeld:C-1", "muenster:M-1"]


def test_all_reporters_are_named_on_the_page_and_in_json_its_own_first(client: TestClient) -> None:
    both = [{"jobcenter": "borken", "source_id": "B-1"}, {"jobcenter": "coesfeld", "source_id": "C-1"}]

    assert both == client.get("/api/v1/jobs/borken:B-1").json()["reported_by"]
    assert both[::-1] == client.get("/api/v1/jobs/coesfeld:C-1").json()["reported_by"]
    assert both == next(job for job in found(client)["jobs"] if job["id"] == "borken:B-1")["reported_by"]
    assert "auch gemeldet von Jobcenter Kreis Coesfeld" in client.get(LEAD).text
    assert "auch gemeldet von Jobcenter Kreis Borken" in client.get(TWIN).text
    assert "auch gemeldet" not in client.get("/stellen/muenster:M-1").text


def test_the_page_of_the_other_answers_and_names_the_lead_as_the_one_to_keep(client: TestClient) -> None:
    canonical = '<link rel="canonical" href="http://testserver/stellen/borken:B-1">'

    for page in (LEAD, TWIN):
        answer = client.get(page)
        assert answer.status_code == 200
        assert canonical in answer.text


def test_the_other_languages_of_a_page_are_those_of_the_one_to_keep(client: TestClient) -> None:
    told = '<link rel="alternate" hreflang="([^"]+)" href="http://testserver([^"]+)">'
    of_lead = {"de": LEAD, "en": f"/en{LEAD}", "x-default": LEAD}

    for page in (LEAD, TWIN, f"/en{TWIN}", f"{TWIN}?von=irgendwo"):
        assert dict(re.findall(told, client.get(page).text)) == of_lead


def test_only_leads_are_in_the_sitemap(client: TestClient) -> None:
    parts = re.findall(r"(/sitemap/[^<]+)</loc>", client.get("/sitemap.xml").text)
    listed = re.findall(r"/stellen/([^<]+)</loc>", "".join(client.get(part).text for part in parts))

    assert sorted(listed) == ["borken:B-1", "borken:B-1", "muenster:M-1", "muenster:M-1"]  # in two languages


def test_totals_and_filters_count_cards(client: TestClient) -> None:
    everything = found(client)

    assert everything["total"] == 2
    assert everything["facets"]["arbeitszeit"]["vz"] == 2
    assert everything["facets"]["befristung"]["2"] == 2
    assert everything["facets"]["zeitarbeit"] == {"true": 0, "false": 2}
    assert everything["facets"]["jobcenter"] == {"borken": 1, "coesfeld": 1, "muenster": 1}


def test_a_card_whose_members_differ_in_working_time_is_counted_once(client: TestClient, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE board.job SET working_time = '{VOLLZEIT,TEILZEIT}' WHERE entity = 'coesfeld:C-1'")

    counts = found(client)["facets"]["arbeitszeit"]
    for code in ("vz", "tz"):
        assert (
            counts[code] == found(client, f"?arbeitszeit={code}")["total"] == len(ids(client, f"?arbeitszeit={code}"))
        )


SEARCHES = (
    "",
    "?sort=datum&size=1&page=2",
    "?jobcenter=coesfeld",
    "?was=Lager&wo=Borken",
    "?arbeitszeit=vz&sort=entfernung",
)


def test_with_what_was_counted_before_every_search_finds_the_same(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted_anew = [found(client, query) for query in SEARCHES]
    monkeypatch.setattr(broad, "BROAD_HITS", 0)
    remembered = [found(client, query) for query in SEARCHES for _ in (1, 2)]

    assert remembered == [one for one in counted_anew for _ in (1, 2)]


@pytest.mark.parametrize("jobcenter", ["borken", "coesfeld", "muenster"])
def test_every_filter_gives_what_its_count_promises(client: TestClient, jobcenter: str) -> None:
    promised = found(client)["facets"]["jobcenter"][jobcenter]
    chosen = found(client, f"?jobcenter={jobcenter}")

    assert promised == chosen["total"] == len(chosen["jobs"])
    assert all(jobcenter in {one["jobcenter"] for one in job["reported_by"]} for job in chosen["jobs"])


def test_pages_hold_cards_and_none_twice(client: TestClient) -> None:
    pages = [ids(client, f"?size=1&page={number}&sort=datum") for number in (1, 2, 3)]

    assert sorted(pages, reverse=True) == sorted([["borken:B-1"], ["muenster:M-1"], []], reverse=True)


def test_words_that_only_the_other_uses_find_the_card_by_the_other(client: TestClient) -> None:
    assert ids(client, "?was=Warenflussfachkraft") == ["coesfeld:C-1"]


def test_withdrawing_at_one_source_does_not_end_the_card(client: TestClient, database: str) -> None:
    end(database, "borken:B-1")
    at_once = ids(client)
    canonical = re.search(r'rel="canonical" href="[^"]+/stellen/([^"]+)"', client.get(TWIN).text)
    match(database)

    assert at_once == ids(client) == ["coesfeld:C-1", "muenster:M-1"]
    assert canonical is not None
    assert canonical[1] == "coesfeld:C-1"
    assert client.get(LEAD).status_code == 410
    assert client.get("/api/v1/jobs/coesfeld:C-1").json()["reported_by"] == [
        {"jobcenter": "coesfeld", "source_id": "C-1"}
    ]
    assert groups(database) == []


def test_the_last_one_withdrawn_ends_the_card(client: TestClient, database: str) -> None:
    for entity in ("borken:B-1", "coesfeld:C-1"):
        end(database, entity)
    match(database)

    assert ids(client) == ["muenster:M-1"]


# --------------------------------------------------------------------------------------------------- hidden employers

SECRET = "Verborgenwerk"
HIDDEN = vacancy(
    jobcenter="coesfeld",
    source_id="C-9",
    visibility="ANONYMOUS",
    description="Verborgenwerk sucht Hilfe im Lager.",
    employer={"name": "Verborgenwerk GmbH", "betriebsnummer": "44556677"},
    contact={"name": None, "phone": None, "email": "post@verborgenwerk.example", "website": None},
    external_references=[{"system": "BA", "id": "VERBORGENWERK-1"}],
)
OPEN_TWIN = {
    **HIDDEN,
    "jobcenter": "borken",
    "source_id": "B-9",
    "visibility": "PUBLIC",
    "external_references": HIDDEN["external_references"],
}


def everything(client: TestClient, *entities: str) -> str:
    paths = ["/stellen", "/api/v1/jobs", "/sitemap.xml", "/api/v1/jobs?was=Verborgenwerk"]
    for entity in entities:
        paths += [f"/stellen/{entity}", f"/api/v1/jobs/{entity}"]
    paths += re.findall(r"(/sitemap/[^<]+)</loc>", client.get("/sitemap.xml").text)
    return "".join(client.get(path).text for path in paths)


def test_two_that_hide_their_employer_are_one_card_and_no_answer_names_it(fresh_database: str) -> None:
    other = {**HIDDEN, "jobcenter": "steinfurt", "source_id": "S-9"}
    fill(fresh_database, HIDDEN, other)
    match(fresh_database)

    with TestClient(board_app(fresh_database)) as client:
        text = everything(client, "coesfeld:C-9", "steinfurt:S-9")

        assert found(client)["total"] == 1
    assert groups(fresh_database) == [["coesfeld:C-9", "steinfurt:S-9"]]
    assert "auch gemeldet von" in text
    assert SECRET.casefold() not in text.casefold()


def test_a_hidden_employer_is_not_read_off_a_twin_that_names_it(fresh_database: str) -> None:
    fill(fresh_database, HIDDEN, OPEN_TWIN)
    with psycopg.connect(fresh_database) as connection:
        connection.execute(
            "INSERT INTO board.match_decision VALUES ('borken:B-9|coesfeld:C-9', 'borken:B-9', 'coesfeld:C-9', 'JOIN',"
            " 'gleich', now(), '', 'jobhub.match.v1', 0, 0)"
        )
    match(fresh_database)

    with TestClient(board_app(fresh_database)) as client:
        hidden = client.get("/stellen/coesfeld:C-9").text + client.get("/api/v1/jobs/coesfeld:C-9").text

    assert groups(fresh_database) == []
    assert SECRET.casefold() not in hidden.casefold()
    assert "borken:B-9" not in hidden


def test_without_that_rule_the_page_would_lead_to_the_employer(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "NEVER", frozenset())

    with pytest.raises(AssertionError):
        test_a_hidden_employer_is_not_read_off_a_twin_that_names_it(fresh_database)


def test_a_member_that_hides_its_employer_from_now_on_is_named_by_nobody_even_before_the_matcher_knows(
    client: TestClient, database: str
) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(
            "UPDATE board.job SET visibility = 'ANONYMOUS', employer_name = NULL WHERE entity LIKE 'coes%'"
        )

    answer = client.get("/api/v1/jobs/coesfeld:C-1").json()

    assert answer["reported_by"] == [{"jobcenter": "coesfeld", "source_id": "C-1"}]
    assert "borken:B-1" not in client.get(TWIN).text
    assert client.get("/api/v1/jobs/borken:B-1").json()["reported_by"] == [{"jobcenter": "borken", "source_id": "B-1"}]


def test_the_matcher_reads_nothing_of_a_hidden_employer_even_if_a_row_should_hold_it() -> None:
    row = dict.fromkeys(
        ("offer_type", "ags", "plz", "place", "working_time", "weekly_hours", "contract_term", "term_until", "pay_min",
         "pay_max", "pay_currency", "pay_period", "openings", "start_on", "published_from", "published_until")
    )  # fmt: skip
    job = job_of({
        **row, "entity": "a:1", "jobcenter": "a", "visibility": "ANONYMOUS", "title": "Koch", "kldb2010": "29302",
        "employer_name": SECRET, "betriebsnummer": "44556677", "street": "Gasse 1", "description": "",
        "contact": {"email": "post@verborgenwerk.example"}, "external_references": [{"system": "BA", "id": "1"}],
    })  # fmt: skip

    assert (job.employer, job.betriebsnummer, job.street, job.contacts, job.references) == (
        "", None, "", frozenset(), frozenset()
    )  # fmt: skip


# --------------------------------------------------------------------------------------------------------- operations


def uncertain(database_url: str) -> None:
    """A pair that differs in its pay alone."""
    pay = {**COESFELD["pay"], "minimum": COESFELD["pay"]["minimum"] + 9, "maximum": COESFELD["pay"]["maximum"] + 9}
    title = "Lagerist <script>alert(1)</script>"
    fill(database_url, BORKEN, {**COESFELD, "source_id": "C-2", "pay": pay, "title": title})
    match(database_url)


def test_operators_see_uncertain_pairs_side_by_side_with_the_commands(fresh_database: str) -> None:
    uncertain(fresh_database)
    with TestClient(create_operations_app(fresh_database, NAMES), base_url="http://127.0.0.1") as client:
        answer = client.get("/betrieb/dubletten")

    assert answer.status_code == 200
    for text in (
        "jobhub match join borken:B-1 coesfeld:C-2 --reason",
        "jobhub match split borken:B-1 coesfeld:C-2 --reason",
        "Widerspruch: Löhne ohne Überschneidung",
        "Terhechte Logistik GmbH &amp; Co. KG",
    ):
        assert text in answer.text.replace("&#39;", "'")
    assert "<script>" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


def test_the_pages_of_the_operators_are_not_part_of_the_public_web(client: TestClient) -> None:
    assert client.get("/betrieb/dubletten").status_code == 404


def test_the_pages_of_the_operators_answer_to_no_other_host_name(fresh_database: str) -> None:
    fill(fresh_database)
    with TestClient(create_operations_app(fresh_database, NAMES), base_url="http://boese.example") as client:
        assert client.get("/betrieb/dubletten").status_code == 400


def test_the_pages_of_the_operators_say_so_when_the_database_is_away() -> None:
    app = create_operations_app("postgresql://127.0.0.1:1/nowhere", NAMES)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert client.get("/betrieb/dubletten").status_code == 503
