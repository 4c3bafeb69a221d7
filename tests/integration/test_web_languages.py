"""Every page in German and in English, and no German left on an English one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from hub.web.languages import links_in
from hub.web.texts import texts
from tests.support.board_jobs import ALL
from tests.support.board_rows import fill, own_database
from tests.support.pages import PAGES, Seen
from tests.support.portal import setup
from tests.support.web import board_app

pytestmark = pytest.mark.integration

_GERMAN_WORDS = re.compile(
    r"\b(der|die|das|und|oder|nicht|ist|sind|für|mit|von|bei|auf|ein|eine|einen|keine|wird|werden|Sie|Ihre|zur|zum|im|ab"
    r"|bis|Stellen?|Angebote?|heute|morgen|Seite|Kurse|Umkreis|beendet|befristet|Vollzeit|Teilzeit)\b"
)
# Names stay German in every language.
_NAMES = re.compile(
    r"Bundesagentur für Arbeit|Agentur für Arbeit|Jobcenter (Kreis|Stadt) \w+|OpenStreetMap-Mitwirkende"
    r"|/stellen|/massnahmen"
    r"|Buchhalter bei \[Arbeitgeber\] \(m/w/d\)(?= – Job board)"  # an element cannot say the language of half a title
)


@pytest.fixture(scope="module")
def client(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    portal = setup(tmp_path_factory.mktemp("portal"))
    with own_database(database_url) as url:
        fill(url, *ALL)
        with TestClient(board_app(url, send_mail=lambda _: None, portal=portal)) as client:
            yield client


def _left_german(page: str) -> list[str]:
    """Texts on an English page that are German and do not say so."""
    german = {text["de"] for text in texts().values()} - {text["en"] for text in texts().values()}
    read = [text for language, text in Seen(page).texts if language != "de"]
    return [text for text in read if text in german or _GERMAN_WORDS.search(_NAMES.sub("", text))]


@pytest.mark.parametrize("path", PAGES)
def test_an_english_page_has_no_german_labels(client: TestClient, path: str) -> None:
    page = client.get("/en" + path).text

    assert '<html lang="en">' in page
    assert _left_german(page) == []


def test_the_check_sees_a_german_label(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    german = client.get("/stellen").text.replace('<html lang="de">', '<html lang="en">')
    assert "Ergebnis eingrenzen" in _left_german(german)

    monkeypatch.setitem(texts(), "jobs", {"de": "Stellen", "en": "Stellen"})
    assert _left_german(client.get("/en/impressum").text) == ["Stellen"]


@pytest.mark.parametrize("path", PAGES)
def test_the_same_page_answers_alike_in_both_languages(client: TestClient, path: str) -> None:
    german, english = client.get(path), client.get("/en" + path)

    assert german.status_code == english.status_code
    assert Seen(german.text).headings == Seen(english.text).headings
    assert Seen(german.text).headings.count("h1") == 1


@pytest.mark.parametrize("path", PAGES)
def test_links_of_an_english_page_stay_english(client: TestClient, path: str) -> None:
    links = [
        (link, language)
        for link, language in Seen(client.get("/en" + path).text).links
        if link.startswith("/") and not link.startswith(("/static/", "/openapi.json"))
    ]
    leaving = [link for link, language in links if not link.startswith("/en/") and language != "de"]

    assert leaving == []
    assert [link for link, language in links if language == "de" and link.startswith("/en")] == []


def test_without_the_rule_links_would_leave(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.web.render.links_in", lambda _, html: html)

    assert ("/stellen", None) in Seen(client.get("/en/").text).links


def test_each_page_names_itself_in_both_languages(client: TestClient) -> None:
    for address in ("/stellen?was=Koch&arbeitszeit=vz;tz", "/en/stellen?was=Koch&arbeitszeit=vz;tz"):
        links = {language: link for link, language in Seen(client.get(address).text).links if language}

        assert links["x-default"] == "http://testserver/stellen?was=Koch&arbeitszeit=vz;tz"
        assert links["de"].removeprefix("http://testserver") == "/stellen?was=Koch&arbeitszeit=vz;tz"
        assert links["en"].removeprefix("http://testserver") == "/en/stellen?was=Koch&arbeitszeit=vz;tz"


def test_free_text_stays_german_and_says_so(client: TestClient) -> None:
    page = Seen(client.get("/en/stellen/borken:T-1").text)
    of = {text: language for language, text in page.texts}

    assert of["Sie kochen gern & gut."] == "de"
    assert of["Working time"] == "en"
    assert of["4 January 2027"] == "en"
    assert of["€15.50 to €17 an hour"] == "en"


def test_what_machines_read_has_no_second_address(client: TestClient) -> None:
    paths = ("/en/api/v1/jobs", "/en/static/jobhub.css", "/en/metrics", "/en/health/live", "/en/robots.txt", "/en/en/")

    assert [client.get(path).status_code for path in paths] == [404] * len(paths)


def test_json_links_stay_as_they_are(client: TestClient) -> None:
    assert client.get("/api/v1/jobs/borken:T-1").json()["links"]["html"] == "/stellen/borken:T-1"


def test_only_links_get_the_language() -> None:
    page = '<a href="/a?x=1">/a</a><form action="/"><a hreflang="de" href="/a"><link href="/static/a.css">'

    assert links_in("de", page) == page
    assert links_in("en", page) == page.replace('<a href="/a', '<a href="/en/a').replace('action="/"', 'action="/en/"')
