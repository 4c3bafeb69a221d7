"""The board over HTTP, on a real database."""

from __future__ import annotations

import json
import re
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from hub.web import entries
from hub.web.answers import JobDetail, JobList, Measure, MeasureList, Problem
from schemas.codelists import occupations
from tests.support.board_jobs import JOBS, OPEN_TITLES
from tests.support.board_rows import fill
from tests.support.web import board_app

pytestmark = pytest.mark.integration


def _titles(client: TestClient, query: str = "") -> list[str]:
    answer = client.get(f"/api/v1/jobs{query}")
    assert answer.status_code == 200, answer.text
    return [job["title"] for job in JobList.model_validate_json(answer.text).model_dump()["jobs"]]


def _title(number: int) -> str:
    return str(JOBS[number - 1]["title"])


# ------------------------------------------------------------------------------------------------ what is on the board


def test_open_jobs_are_listed_and_no_others(client: TestClient) -> None:
    assert sorted(_titles(client)) == OPEN_TITLES


@pytest.mark.usefixtures("no_memory")
def test_without_the_rule_what_ended_or_expired_would_be_listed(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.search.conditions.OPEN", "%(today)s::date IS NOT NULL")

    assert {"Beendete Stelle", "Abgelaufene Stelle"} <= set(_titles(client))


def test_the_newest_come_first(client: TestClient) -> None:
    assert _titles(client)[:2] == [_title(5), _title(2)]


def test_a_job_says_all_that_is_promised(client: TestClient) -> None:
    job = client.get("/api/v1/jobs/borken:T-2").json()

    JobDetail.model_validate(job)
    assert {name: job[name] for name in ("id", "employer", "plz", "place", "occupation", "pay", "working_time")} == {
        "id": "borken:T-2",
        "employer": "Terhechte Logistik GmbH & Co. KG",
        "plz": "48653",
        "place": "Coesfeld",
        "occupation": occupations()["62302"],
        "pay": {"min": 15.5, "max": 17, "currency": "EUR", "period": "HOUR"},
        "working_time": ["TEILZEIT"],
    }
    assert job["reported_by"] == [{"jobcenter": "borken", "source_id": "T-2"}]
    assert job["contact"]["email"] == "bewerbung@terhechte.example"
    assert job["industry"]["code"] == "52.10"


def test_a_job_without_pay_has_none(client: TestClient) -> None:
    assert client.get("/api/v1/jobs/warendorf:T-7").json()["pay"] is None


@pytest.mark.parametrize(
    "query, found",
    [
        ("?was=Verkäufer", [2, 3]),
        ("?was=verkaeuferin", [2, 3]),
        ("?was=Koch", [1]),
        ("?was=Köchin", [1]),
        ("?was=Krankenpfleger", [4]),
        ("?was=IT", [5]),
        ("?was=Verkäuferin Coesfeld", [2]),
        ("?was=Gasthof", [1]),
        ("?was=administrator", [5]),
        ("?was=Verkäufferin", [2, 3]),
        ("?wo=48143&umkreis=5", [3, 5]),
        ("?wo=48143&umkreis=10", [3, 5, 6]),
        ("?wo=Münster&umkreis=0", [3, 5, 6]),
        ("?wo=48143+Münster&umkreis=0", [3, 5]),
        ("?wo=484&umkreis=0", [4]),
        ("?wo=Rheine", [4]),
        ("?arbeitszeit=tz", [2, 3]),
        ("?arbeitszeit=snw;ho", [1, 5]),
        ("?arbeitszeit=snw&arbeitszeit=ho", [1, 5]),
        ("?arbeitszeit=mj", [3]),
        ("?befristung=1", [2, 3]),
        ("?angebotsart=4", [4]),
        ("?angebotsart=4;34", [4, 7]),
        ("?veroeffentlichtseit=7", [2, 5]),
        ("?veroeffentlichtseit=1", [5]),
        ("?arbeitgeber=zeitwerk", [6]),
        ("?jobcenter=coesfeld;steinfurt", [3, 4]),
        ("?was=&wo=&umkreis=&arbeitszeit=mj&sort=", [3]),
        ("?unbekannt=1&arbeitszeit=mj&pav=true", [3]),
    ],
)
def test_every_parameter_finds_what_it_says(client: TestClient, query: str, found: list[int]) -> None:
    assert sorted(_titles(client, query)) == sorted(_title(number) for number in found)


def test_without_agency_work_leaves_out_only_agencies(client: TestClient) -> None:
    assert sorted(_titles(client, "?zeitarbeit=false")) == sorted(set(OPEN_TITLES) - {_title(6)})
    assert sorted(_titles(client, "?zeitarbeit=true")) == OPEN_TITLES


def test_permanent_means_permanent_or_either(client: TestClient) -> None:
    assert sorted(_titles(client, "?befristung=2")) == sorted(set(OPEN_TITLES) - {_title(2)})


def test_distance_is_told_and_sorted_by(client: TestClient) -> None:
    jobs = client.get("/api/v1/jobs?wo=48143&umkreis=50&sort=entfernung").json()["jobs"]
    distances = [job["distance_km"] for job in jobs]

    assert distances == sorted(distances)
    assert distances[0] == 0.0
    assert {job["place"]: job["distance_km"] for job in jobs}["Rheine"] == pytest.approx(39, abs=3)


def test_without_a_place_no_distance_is_told(client: TestClient) -> None:
    assert "distance_km" not in client.get("/api/v1/jobs").json()["jobs"][0]


def test_a_mistyped_word_finds_what_is_spelt_alike_and_says_so(client: TestClient) -> None:
    assert client.get("/api/v1/jobs?was=Verkäufferin").json()["fuzzy"] is True
    assert client.get("/api/v1/jobs?was=Verkäuferin").json()["fuzzy"] is False


# ------------------------------------------------------------------------------------------------------ facets, paging


def test_facets_count_what_choosing_them_would_give(client: TestClient) -> None:
    facets = client.get("/api/v1/jobs?was=Verkäufer&arbeitszeit=mj").json()["facets"]

    assert facets["arbeitszeit"] == {"vz": 0, "tz": 2, "snw": 0, "ho": 0, "mj": 1}
    assert facets["befristung"] == {"1": 1, "2": 1}
    assert facets["jobcenter"] == {"borken": 0, "coesfeld": 1}


@pytest.mark.parametrize("name", ["arbeitszeit", "befristung", "angebotsart", "jobcenter"])
def test_each_facet_number_is_the_total_of_the_search_with_it(client: TestClient, name: str) -> None:
    counts = client.get("/api/v1/jobs").json()["facets"][name]

    assert {code: client.get("/api/v1/jobs", params={name: code}).json()["total"] for code in counts} == counts


def test_pages_together_are_the_whole_list_once(client: TestClient) -> None:
    whole = [job["id"] for job in client.get("/api/v1/jobs?size=100").json()["jobs"]]
    pages = [client.get(f"/api/v1/jobs?size=2&page={page}").json() for page in range(1, 7)]

    assert [job["id"] for page in pages for job in page["jobs"]] == whole
    assert {page["total"] for page in pages} == {len(whole)}
    assert [page["page"] for page in pages] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    "query, parameter",
    [
        ("size=101", "size"),
        ("size=0", "size"),
        ("page=0", "page"),
        ("page=x", "page"),
        ("page=101&size=100", None),
        ("umkreis=weit", "umkreis"),
        ("umkreis=-1", "umkreis"),
        ("arbeitszeit=voll", "arbeitszeit"),
        ("befristung=3", "befristung"),
        ("angebotsart=5", "angebotsart"),
        ("veroeffentlichtseit=-1", "veroeffentlichtseit"),
        ("sort=preis", "sort"),
        ("zeitarbeit=vielleicht", "zeitarbeit"),
        ("jobcenter=Kreis Borken", "jobcenter"),
        (f"was={'x' * 201}", "was"),
    ],
)
def test_a_value_that_makes_no_sense_is_a_problem_naming_it(
    client: TestClient, query: str, parameter: str | None
) -> None:
    answer = client.get(f"/api/v1/jobs?{query}")
    problem = Problem.model_validate_json(answer.text)

    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert (problem.status, problem.code) == (422, "invalid-parameter")
    if parameter:
        assert parameter in problem.detail
    assert client.get(f"/stellen?{query}").status_code == 422


def test_an_unknown_place_is_a_problem_with_a_suggestion(client: TestClient) -> None:
    problem = client.get("/api/v1/jobs?wo=Koesfeld").json()

    assert (problem["status"], problem["code"], problem["similar"][0]) == (422, "unknown-place", "Coesfeld")


def test_the_deepest_page_is_allowed(client: TestClient) -> None:
    answer = client.get("/api/v1/jobs?page=100&size=100")

    assert (answer.status_code, answer.json()["jobs"]) == (200, [])


# ------------------------------------------------------------------------------------------------- anonymous, internal


def _everything(client: TestClient) -> str:
    addresses = [
        "/", "/stellen", "/stellen?was=Buchhalter", "/stellen/warendorf:T-ANON", "/api/v1/jobs",
        "/api/v1/jobs?was=Buchhalter", "/api/v1/jobs/warendorf:T-ANON", "/sitemap/stellen-1.xml", "/stellen.atom",
    ]  # fmt: skip
    answers = [client.get(address) for address in addresses]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    return "\n".join(answer.text for answer in answers)


SECRETS = ("Geheimwerk", "Verborgene Gasse", "Frau Beispiel", "09912342", "terhechte.example", "18935-23183-S")


def test_an_anonymous_job_names_its_employer_nowhere(client: TestClient) -> None:
    text = _everything(client)
    shown = client.get("/stellen/warendorf:T-ANON").text + client.get("/api/v1/jobs/warendorf:T-ANON").text

    assert "Geheimwerk" not in text
    assert [secret for secret in SECRETS if secret in shown] == []
    assert "Arbeitgeber nicht öffentlich (Chiffre)" in shown
    assert '"hiringOrganization":"confidential"' in shown


@pytest.mark.parametrize("query", ["?was=Geheimwerk", "?arbeitgeber=Geheimwerk", "?arbeitgeber=Geheim"])
def test_an_anonymous_job_is_not_found_by_its_employer(client: TestClient, query: str) -> None:
    assert _titles(client, query) == []


def _leak_employer(database_url: str) -> None:
    """The fault of another part that the second lock is for: the row holds what it must not."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "UPDATE board.job SET employer_name = 'Geheimwerk GmbH', employer_sort = 'geheimwerk gmbh'"
            " WHERE entity = 'warendorf:T-ANON'"
        )
        connection.execute(
            "UPDATE board.job_doc SET street = 'Verborgene Gasse 7', contact = '{\"name\": \"Frau Beispiel\"}'"
            " WHERE entity = 'warendorf:T-ANON'"
        )


def test_even_a_row_that_holds_the_employer_does_not_show_it(own_client: TestClient, fresh_database: str) -> None:
    _leak_employer(fresh_database)

    text = _everything(own_client)
    assert [secret for secret in ("Geheimwerk", "Verborgene Gasse") if secret in text] == []
    assert "Frau Beispiel" not in own_client.get("/stellen/warendorf:T-ANON").text
    assert _titles(own_client, "?arbeitgeber=Geheimwerk") == []


def test_without_the_second_lock_the_employer_would_show(
    own_client: TestClient, fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _leak_employer(fresh_database)
    monkeypatch.setattr(entries, "shown", lambda row: row)

    assert "Geheimwerk" in _everything(own_client)


def test_an_internal_job_does_not_exist_here(client: TestClient) -> None:
    assert client.get("/stellen/borken:T-INTERN").status_code == 404
    assert _titles(client, "?was=Interne") == []


# ---------------------------------------------------------------------------------------------- one job, ended, unknown


@pytest.mark.parametrize("entity", ["borken:T-ENDED", "borken:T-EXPIRED"])
def test_what_has_ended_is_gone(client: TestClient, entity: str) -> None:
    page, problem = client.get(f"/stellen/{entity}"), client.get(f"/api/v1/jobs/{entity}")

    assert (page.status_code, problem.status_code, problem.json()["code"]) == (410, 410, "ended")
    assert "Nicht mehr aktuell" in page.text
    assert "application/ld+json" not in page.text


@pytest.mark.parametrize("entity", ["borken:GIBT-ES-NICHT", "x", "borken:%00", "borken:a/b", "%2e%2e/%2e%2e/etc"])
def test_what_never_was_is_not_found(client: TestClient, entity: str) -> None:
    page, problem = client.get(f"/stellen/{entity}"), client.get(f"/api/v1/jobs/{entity}")

    assert (page.status_code, problem.status_code) == (404, 404)
    assert "gibt es nicht" in page.text
    assert problem.headers["content-type"] == "application/problem+json"


def test_a_removed_job_is_gone(own_client: TestClient, fresh_database: str) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        connection.execute("UPDATE board.job SET removed = true WHERE entity = 'borken:T-1'")

    assert own_client.get("/stellen/borken:T-1").status_code == 410
    assert _title(1) not in _titles(own_client)


def test_markup_of_a_source_never_reaches_the_page(client: TestClient) -> None:
    page = client.get("/stellen/borken:T-1").text
    body = page[page.index("<main") : page.index("</main>")]

    assert [bad for bad in ("<script", "onerror", "<img", "<h2>Wir", "javascript:") if bad in body] == []
    assert "Sie kochen gern &amp; gut." in body
    assert "- Salate" in body


def test_markup_of_a_source_never_reaches_the_api(client: TestClient) -> None:
    job = client.get("/api/v1/jobs/borken:T-1").json()

    assert job["description"] == "Wir suchen\nSie kochen gern & gut.\n\n- Salate\n- Suppen\nhier"
    assert job["contact"]["website"] is None


def test_a_search_is_shown_escaped_and_is_not_sql(client: TestClient) -> None:
    attack = "'; DROP TABLE board.job; --<script>alert(1)</script>%_\\"
    page = client.get("/stellen", params={"was": attack, "arbeitgeber": attack, "wo": attack})

    assert page.status_code == 200
    assert "<script>alert(1)" not in page.text
    assert sorted(_titles(client)) == OPEN_TITLES


@pytest.mark.parametrize("wildcard", ["%", "_", "\\", "%%"])
def test_signs_of_like_are_only_signs(client: TestClient, wildcard: str) -> None:
    answer = client.get("/api/v1/jobs", params={"arbeitgeber": f"Z{wildcard}itwerk"})

    assert (answer.status_code, answer.json()["total"]) == (200, 0)


def test_structured_data_is_valid_json_and_allowed_by_the_policy(client: TestClient) -> None:
    answer = client.get("/stellen/borken:T-1")
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', answer.text, re.DOTALL)

    assert found is not None
    posting: dict[str, Any] = json.loads(found[1])
    assert posting["@type"] == "JobPosting"
    assert posting["hiringOrganization"] == {"@type": "Organization", "name": "Gasthof Zur Linde"}
    assert posting["jobLocation"]["address"]["addressCountry"] == "DE"
    assert posting["datePosted"] == "2026-11-01"
    assert "'sha256-" in answer.headers["content-security-policy"]
    assert "x-script-hash" not in answer.headers
    assert "application/ld+json" not in client.get("/stellen").text


# ------------------------------------------------------------------------------------------------------------- measures


def test_current_measures_are_listed(client: TestClient) -> None:
    answer = client.get("/api/v1/measures")
    listed = MeasureList.model_validate_json(answer.text)

    assert [one.title for one in listed.measures] == [
        "Alte Weiterbildung",
        "Coaching für den Einstieg",
        "Teilqualifizierung Pflegehilfe",
    ]


@pytest.mark.parametrize(
    "query, titles",
    [
        ("?was=Pflege", ["Teilqualifizierung Pflegehilfe"]),
        ("?was=coaching", ["Coaching für den Einstieg"]),
        ("?was=Kortmann&size=1&page=2", ["Teilqualifizierung Pflegehilfe"]),
        ("?jobcenter=borken", []),
    ],
)
def test_measures_are_found(client: TestClient, query: str, titles: list[str]) -> None:
    assert [one["title"] for one in client.get(f"/api/v1/measures{query}").json()["measures"]] == titles


def test_a_measure_says_who_pays(client: TestClient) -> None:
    new, old = (client.get(f"/massnahmen/coesfeld:{one}").text for one in ("M-2026-0815", "M-OLD"))

    assert "Entscheidet und bezahlt: Agentur für Arbeit" in new
    assert "Agentur für Arbeit" not in old[old.index("<main") : old.index("</main>")]
    Measure.model_validate(client.get("/api/v1/measures/coesfeld:M-2026-0815").json())


def test_a_measure_that_is_over_is_gone(client: TestClient) -> None:
    assert [client.get(f"/massnahmen/coesfeld:{one}").status_code for one in ("M-OVER", "M-ENDED", "M-NEVER")] == [
        410,
        410,
        404,
    ]


# ---------------------------------------------------------------------------------------------------------------- pages


def test_the_start_page_counts_open_jobs(client: TestClient) -> None:
    page = client.get("/").text

    assert f"<strong>{len(OPEN_TITLES)}</strong> offene Stellen" in page


def test_a_search_without_hits_offers_ways_that_lead_to_something(client: TestClient) -> None:
    page = client.get("/stellen?was=Krankenschwester&wo=Coesfeld&umkreis=5&arbeitszeit=vz").text

    assert "Zu dieser Suche gibt es zurzeit keine Stelle." in page
    assert "Umkreis auf 100 km vergrößern" in page
    assert "(1 Stelle gefunden)" in page
    assert "Ohne „Arbeitszeit“" not in page


def test_an_unknown_place_is_told_with_a_link(client: TestClient) -> None:
    page = client.get("/stellen?wo=Koesfeld").text

    assert "Den Ort „Koesfeld“ kennen wir nicht." in page
    assert "wo=Coesfeld" in page


def test_each_filter_can_be_taken_away(client: TestClient) -> None:
    page = client.get("/stellen?was=Verkäufer&arbeitszeit=tz;mj&zeitarbeit=false").text
    chips = re.findall(r'class="jh-chip" href="([^"]*)"', page)

    assert [chip.replace("&amp;", "&") for chip in chips] == [
        "/stellen?was=Verk%C3%A4ufer&arbeitszeit=mj&zeitarbeit=false",
        "/stellen?was=Verk%C3%A4ufer&arbeitszeit=tz&zeitarbeit=false",
        "/stellen?was=Verk%C3%A4ufer&arbeitszeit=tz;mj",
    ]
    assert 'aria-live="polite"' in page


def test_htmx_gets_only_the_results(client: TestClient) -> None:
    part = client.get("/stellen?was=Koch", headers={"HX-Request": "true", "HX-Request-Type": "partial"})

    assert part.text.startswith('<div id="ergebnis"')
    assert "HX-Request" in part.headers["vary"]


@pytest.mark.parametrize("path", ["/barrierefreiheit", "/datenschutz", "/impressum", "/schnittstelle", "/massnahmen"])
def test_the_other_pages_answer(client: TestClient, path: str) -> None:
    page = client.get(path)

    assert page.status_code == 200
    assert page.text.count("<h1") == 1
    assert '<html lang="de">' in page.text


# ------------------------------------------------------------------------------------------------- headers and machines


@pytest.mark.parametrize("path", ["/", "/stellen", "/api/v1/jobs", "/gibt-es-nicht", "/registry/subjects", "/metrics"])
def test_every_answer_has_security_headers_and_no_cookie(client: TestClient, path: str) -> None:
    headers = client.get(path).headers

    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in headers


def test_pages_ask_nothing_of_third_parties(client: TestClient) -> None:
    for path in ("/", "/stellen", "/stellen/borken:T-2", "/schnittstelle"):
        loaded = re.findall(r'<(?:link|script|img)[^>]+(?:href|src)="([^"]+)"', client.get(path).text)
        assert [one for one in loaded if not one.startswith(("/", "http://testserver/"))] == []


def test_an_unchanged_answer_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/api/v1/jobs")
    again = client.get("/api/v1/jobs", headers={"If-None-Match": first.headers["etag"]})
    other = client.get("/api/v1/jobs?was=Koch", headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200
    assert first.headers["cache-control"] == "public, no-cache"


def test_other_sites_may_read(client: TestClient) -> None:
    answer = client.get("/api/v1/jobs", headers={"Origin": "https://stadt.example"})

    assert answer.headers["access-control-allow-origin"] == "*"


def test_named_static_files_may_be_kept_for_ever(client: TestClient) -> None:
    address = re.search(r'href="(/static/jobhub.css[^"]+)"', client.get("/").text)

    assert address is not None
    assert "immutable" in client.get(address[1]).headers["cache-control"]


def test_ready_once_the_sink_has_begun(own_client: TestClient, fresh_database: str) -> None:
    assert (own_client.get("/health/live").status_code, own_client.get("/health/ready").status_code) == (200, 200)

    with psycopg.connect(fresh_database, autocommit=True) as connection:
        connection.execute("DELETE FROM reporting.sink_progress")

    assert own_client.get("/health/ready").status_code == 503


def test_metrics_name_routes_and_no_searches(client: TestClient) -> None:
    client.get("/stellen?was=Geheimsuche")
    client.get("/ganz-beliebig-17")
    text = client.get("/metrics").text

    assert 'jobhub_http_requests_total{method="GET",route="/stellen",status="200"}' in text
    assert 'route="other"' in text
    assert "Geheimsuche" not in text
    assert "beliebig" not in text


def test_robots_and_security_are_told(client: TestClient) -> None:
    assert "Sitemap: http://testserver/sitemap.xml" in client.get("/robots.txt").text
    assert "Contact:" in client.get("/.well-known/security.txt").text


def test_openapi_describes_every_parameter(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    parameters = described["paths"]["/api/v1/jobs"]["get"]["parameters"]

    assert {one["name"] for one in parameters} >= {"was", "wo", "umkreis", "arbeitszeit", "page", "size"}
    assert [one["name"] for one in parameters if not one.get("description")] == []


def test_reading_is_all_one_can_do(client: TestClient) -> None:
    assert [client.request(method, "/api/v1/jobs").status_code for method in ("POST", "PUT", "DELETE")] == [405] * 3


def test_a_foreign_host_name_is_refused(fresh_database: str) -> None:
    from hub.web.app import create_app

    with TestClient(create_app(fresh_database, allowed_hosts=["board.example"])) as client:
        assert client.get("/impressum").status_code == 400
        assert client.get("/impressum", headers={"Host": "board.example"}).status_code == 200


def test_a_database_that_is_not_migrated_is_a_503(fresh_database: str) -> None:
    with TestClient(board_app(fresh_database)) as client:
        page, problem = client.get("/stellen"), client.get("/api/v1/jobs")

        assert (page.status_code, problem.status_code, problem.json()["code"]) == (503, 503, "unavailable")
        assert "gerade nicht erreichbar" in page.text
        assert client.get("/").status_code == 200
        assert client.get("/health/ready").status_code == 503


def test_a_fault_of_ours_says_nothing_about_the_machine(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("password=geheim")

    fill(fresh_database)
    monkeypatch.setattr("hub.web.queries.Board.find", broken)
    with TestClient(board_app(fresh_database), raise_server_exceptions=False) as client:
        page, problem = client.get("/stellen"), client.get("/api/v1/jobs")

    assert (page.status_code, problem.status_code, problem.json()["code"]) == (500, 500, "internal-error")
    assert "geheim" not in page.text + problem.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
