"""Feed, calendar and sitemap over HTTP, read with parsers of others, on a real database."""

from __future__ import annotations

import datetime
import re
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import psycopg
import pytest
from fastapi.testclient import TestClient
from icalendar import Calendar

from hub.web import sitemap
from hub.web.feeds import entity_of, tag
from tests.support.board_jobs import JOBS, OPEN_TITLES
from tests.support.board_rows import fill
from tests.support.events import vacancy
from tests.support.web import board_app

pytestmark = pytest.mark.integration

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML_LINK = "{http://www.w3.org/1999/xhtml}link"
OPEN_MEASURES = {"Teilqualifizierung Pflegehilfe", "Alte Weiterbildung", "Coaching für den Einstieg"}


def _feed(client: TestClient, query: str = "") -> ElementTree.Element:
    answer = client.get(f"/stellen.atom{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/atom+xml; charset=utf-8")
    return ElementTree.fromstring(answer.content)


def _texts(feed: ElementTree.Element, name: str) -> list[str]:
    return [entry.findtext(f"{ATOM}{name}", "") for entry in feed.iter(f"{ATOM}entry")]


def _locations(client: TestClient, path: str = "/sitemap.xml") -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(client.get(path).content).iter(f"{SITEMAP}loc")]


# ---------------------------------------------------------------------------------------------------------------- feed


def test_the_feed_has_the_open_jobs_newest_first(client: TestClient) -> None:
    feed = _feed(client)

    assert sorted(_texts(feed, "title")) == OPEN_TITLES
    published = _texts(feed, "published")
    assert published == sorted(published, reverse=True)


@pytest.mark.usefixtures("no_memory")
def test_without_the_rule_what_ended_would_be_in_the_feed(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.search.conditions.OPEN", "%(today)s::date IS NOT NULL")

    assert "Beendete Stelle" in _texts(_feed(client), "title")


@pytest.mark.parametrize(
    "query, found", [("?was=Koch", [1]), ("?wo=48143&umkreis=5", [3, 5]), ("?arbeitszeit=mj", [3])]
)
def test_a_feed_takes_the_parameters_of_a_search(client: TestClient, query: str, found: list[int]) -> None:
    assert sorted(_texts(_feed(client, query), "title")) == sorted(str(JOBS[one - 1]["title"]) for one in found)


def test_a_feed_is_valid_atom_and_leads_to_the_pages(client: TestClient) -> None:
    feed = _feed(client, "?was=Koch")
    [entry] = feed.iter(f"{ATOM}entry")
    [link] = entry.iter(f"{ATOM}link")

    for element in (feed, entry):
        assert all(element.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    assert {one.get("rel"): one.get("href") for one in feed.findall(f"{ATOM}link")} == {
        "self": "http://testserver/stellen.atom?was=Koch",
        "alternate": "http://testserver/stellen?was=Koch",
    }
    assert client.get(str(link.get("href"))).status_code == 200
    assert all(datetime.datetime.fromisoformat(text).tzinfo for text in _texts(feed, "updated"))


def test_ids_do_not_depend_on_the_host_and_lead_back_to_the_key(client: TestClient) -> None:
    here = _texts(_feed(client), "id")
    there = client.get("/stellen.atom", headers={"Host": "andere.example"}).content

    assert here == _texts(ElementTree.fromstring(there), "id")
    assert "tag:jobcenter.muensterland.de,2026:vacancy/borken:T-1" in here
    assert entity_of(tag("vacancy", "borken:T 1/ä")) == "borken:T%201/%C3%A4"
    assert entity_of("tag:example.com,2026:vacancy/borken:T-1") is None


def test_updated_changes_with_a_change_only(own_client: TestClient, fresh_database: str) -> None:
    before = own_client.get("/stellen.atom")
    again = own_client.get("/stellen.atom", headers={"If-None-Match": before.headers["etag"]})
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        connection.execute(
            "UPDATE board.job SET version = 2, changed_at = now(), title = 'Neu' WHERE entity = %s", ["borken:T-1"]
        )
    after = own_client.get("/stellen.atom", headers={"If-None-Match": before.headers["etag"]})

    assert (again.status_code, after.status_code) == (304, 200)
    dates = [
        dict(zip(_texts(feed, "id"), _texts(feed, "updated"), strict=True))
        for feed in (ElementTree.fromstring(before.content), ElementTree.fromstring(after.content))
    ]
    assert {one for one in dates[0] if dates[0][one] != dates[1][one]} == {tag("vacancy", "borken:T-1")}
    assert ElementTree.fromstring(after.content).findtext(f"{ATOM}updated") == dates[1][tag("vacancy", "borken:T-1")]


def test_a_feed_is_told_fifty_at_most_and_strange_signs_do_not_break_it(fresh_database: str) -> None:
    fill(fresh_database, *(vacancy(source_id=f"X-{n}", title=f"<b>&\uffff Stelle {n}") for n in range(60)))
    with TestClient(board_app(fresh_database)) as client:
        titles = _texts(_feed(client, "?size=3&page=2"), "title")

    assert len(titles) == 50
    assert titles[0].startswith("<b>& Stelle")


def test_an_anonymous_employer_is_in_no_feed(client: TestClient) -> None:
    text = client.get("/stellen.atom").text

    assert "Geheimwerk" not in text
    assert "Arbeitgeber nicht öffentlich (Chiffre)" in text


def test_a_results_page_names_its_feed(client: TestClient) -> None:
    page = client.get("/stellen?was=Koch&sort=datum&page=1").text

    assert re.search(
        r'<link rel="alternate" type="application/atom\+xml" title="[^"]+" href="/stellen.atom\?was=Koch">', page
    )


def test_an_unknown_place_gives_no_feed(client: TestClient) -> None:
    assert client.get("/stellen.atom?wo=Koesfeld").status_code == 422


# ------------------------------------------------------------------------------------------------------------ calendar


def test_the_calendar_holds_the_first_days_of_open_measures(client: TestClient) -> None:
    answer = client.get("/massnahmen.ics")
    events = Calendar.from_ical(answer.content).events

    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert {str(event["summary"]) for event in events} == {f"Beginn: {title}" for title in OPEN_MEASURES}
    assert {event.start for event in events} == {
        datetime.date(2026, 12, 8), datetime.date(2024, 9, 1), datetime.date(2026, 12, 1),
    }  # fmt: skip
    assert client.get("/massnahmen.ics", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_one_measure_is_one_event_that_leads_to_its_page(client: TestClient) -> None:
    page = client.get("/massnahmen/coesfeld:M-2026-0815").text
    address = re.search(r'type="text/calendar"[^>]* href="([^"]+)"', page)
    assert address is not None
    [event] = Calendar.from_ical(client.get(address[1]).content).events

    assert str(event["uid"]) == "measure/coesfeld:M-2026-0815@jobcenter.muensterland.de"
    assert event["url"] == "http://testserver/massnahmen/coesfeld:M-2026-0815"
    assert "48249 Dülmen" in str(event["location"])


def test_a_measure_that_is_over_is_in_no_calendar(client: TestClient) -> None:
    asked = [client.get(f"/massnahmen.ics?id=coesfeld:{one}").status_code for one in ("M-OVER", "M-ENDED", "M-NEVER")]

    assert asked == [410, 410, 404]


# ------------------------------------------------------------------------------------------------------------- sitemap


def test_the_sitemap_leads_to_every_open_entry_and_to_no_other(client: TestClient) -> None:
    parts = _locations(client)
    pages = [page for part in parts for page in _locations(client, part)]

    assert [part.rpartition("/")[2] for part in parts] == ["seiten-1.xml", "stellen-1.xml", "massnahmen-1.xml"]
    for language in ("", "/en"):
        kinds = [page.removeprefix("http://testserver").rpartition("/")[0] for page in pages]
        assert kinds.count(f"{language}/stellen") == len(OPEN_TITLES)
        assert kinds.count(f"{language}/massnahmen") == len(OPEN_MEASURES)
    assert {client.get(page).status_code for page in pages} == {200}
    assert [page for page in pages if "ENDED" in page or "EXPIRED" in page or "OVER" in page] == []


def test_lastmod_is_the_change_of_the_event(client: TestClient) -> None:
    root = ElementTree.fromstring(client.get("/sitemap/stellen-1.xml").content)

    assert {one.text for one in root.iter(f"{SITEMAP}lastmod")} == {"2026-11-23T08:00:00+00:00"}


def test_a_large_board_is_told_in_parts(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MOST", 4)
    parts = [part for part in _locations(client) if "/stellen-" in part]
    pages = [page for part in parts for page in _locations(client, part)]

    assert len(parts) == 3
    assert len(pages) == len(set(pages)) == 2 * len(OPEN_TITLES)


@pytest.mark.parametrize("name", ["stellen-2", "stellen-0", "anderes-1", "seiten-2", "stellen-x"])
def test_there_are_no_other_parts(client: TestClient, name: str) -> None:
    assert client.get(f"/sitemap/{name}.xml").status_code in (404, 422)


def test_robots_are_told_where_it_is_and_what_to_leave_alone(client: TestClient) -> None:
    text = client.get("/robots.txt").text

    assert "Sitemap: http://testserver/sitemap.xml" in text
    assert "Disallow: /api/" in text
    robots = RobotFileParser()
    robots.parse(text.splitlines())
    for language in ("", "/en"):
        assert robots.can_fetch("*", f"http://testserver{language}/stellen/borken:T-1")
        assert robots.can_fetch("*", f"http://testserver{language}/massnahmen")
        assert f"Disallow: {language}/stellen?*\n" in text
        for path in ("/stellen.atom", "/massnahmen.ics", "/karte?was=Koch", "/fehler-melden"):
            assert not robots.can_fetch("*", f"http://testserver{language}{path}")


def test_sitemap_and_pages_tell_the_same_of_their_languages(client: TestClient) -> None:
    wrong = []
    for part in _locations(client):
        for url in ElementTree.fromstring(client.get(part).content).iter(f"{SITEMAP}url"):
            own = url.findtext(f"{SITEMAP}loc", "")
            told = {one.get("hreflang"): one.get("href") for one in url.iter(XHTML_LINK)}
            page = client.get(own).text
            on_page = dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', page))
            canonical = re.findall(r'<link rel="canonical" href="([^"]+)">', page) or [own]
            if not (told == on_page and told.keys() == {"de", "en", "x-default"} and canonical == [own]):
                wrong.append((own, told, on_page, canonical))
            if own not in (told["de"], told["en"]) or told["de"] != told["x-default"]:
                wrong.append((own, told, {}, []))

    assert wrong == []


def test_a_sitemap_whose_languages_are_those_of_another_page_would_be_seen(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemap, "address_in", lambda _, path: path)

    with pytest.raises(AssertionError):
        test_sitemap_and_pages_tell_the_same_of_their_languages(client)


@pytest.mark.parametrize("path", ["/stellen/borken:T-1", "/massnahmen/coesfeld:M-2026-0815"])
def test_a_page_names_its_canonical_address(client: TestClient, path: str) -> None:
    assert f'<link rel="canonical" href="http://testserver{path}">' in client.get(f"{path}?von=irgendwo").text
