"""The map of towns: off unless it is wanted, and as right as the list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import psycopg
import pytest
from fastapi.testclient import TestClient

from hub.search import towns
from hub.settings import Settings
from hub.web.app import create_app
from hub.web.board_file import load_operator
from tests.support.board_jobs import ALL, JOBS
from tests.support.board_rows import fill
from tests.support.web import TODAY, board_app

pytestmark = pytest.mark.integration

_LISTED = re.compile(
    r'<li><a class="kern-link" href="([^"]+)"><span lang="de">([^<]+)</span></a> ([0-9.]+) Stellen?</li>'
)
_DRAWN = re.compile(r'<a class="jh-map__town" href="([^"]+)" aria-label="([^:"]+): ([0-9.]+) Stellen?"')


def _listed(client: TestClient, path: str) -> dict[str, tuple[str, int]]:
    """Town -> address and hits, as the list says and as the drawing says."""
    html = client.get(path).text
    listed, drawn = (
        {town: (unescape(address), int(hits.replace(".", ""))) for address, town, hits in pattern.findall(html)}
        for pattern in (_LISTED, _DRAWN)
    )
    assert listed == drawn
    return listed


@pytest.mark.parametrize("search", ["", "was=Verkäufer", "arbeitszeit=vz", "was=Krankenschwester&zeitarbeit=false"])
def test_a_town_has_as_many_as_its_list(client: TestClient, search: str) -> None:
    found = _listed(client, f"/karte?{search}")
    totals = {
        town: client.get(address.replace("/stellen", "/api/v1/jobs")).json()["total"]
        for town, (address, _) in found.items()
    }

    assert totals == {town: hits for town, (_, hits) in found.items()}
    assert sum(totals.values()) == client.get(f"/api/v1/jobs?{search}").json()["total"]


def test_a_town_is_the_one_the_list_names(client: TestClient) -> None:
    found = _listed(client, "/karte?was=Verkäufer")

    assert {town: hits for town, (_, hits) in found.items()} == {"Coesfeld": 1, "Münster": 1}
    assert "1 Stelle gefunden" in client.get(found["Coesfeld"][0]).text


def test_words_are_mended_as_in_the_list(client: TestClient) -> None:
    assert _listed(client, "/karte?was=Verkeufer").keys() == {"Coesfeld", "Münster"}


def test_a_card_counts_once(own_client: TestClient, fresh_database: str) -> None:
    before = _listed(own_client, "/karte?wo=Rheine")["Münster"][1]
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        for place, entity in enumerate(("coesfeld:T-3", "muenster:T-5")):
            connection.execute(
                "INSERT INTO board.card_member (entity, card, precedence, lead_entity, rule, score, why)"
                " VALUES (%s, 'coesfeld:T-3', %s, 'coesfeld:T-3', 'DECIDED', 1, '{}')",
                (entity, place),
            )
    address, after = _listed(own_client, "/karte")["Münster"]

    assert (before, after) == (3, 2)
    assert own_client.get(address.replace("/stellen", "/api/v1/jobs")).json()["total"] == 2


def test_what_lies_elsewhere_is_told(fresh_database: str) -> None:
    abroad = {**JOBS[0], "source_id": "T-99", "workplace": {**JOBS[0]["workplace"], "plz": "01067", "place": "Dresden"}}
    fill(fresh_database, *ALL, abroad)
    with TestClient(board_app(fresh_database)) as client:
        html, english = client.get("/karte").text, client.get("/en/karte").text

    assert "Dazu eine Stelle außerhalb des Münsterlands" in html
    assert ("And one job outside" in english, 'href="/en/stellen?wo=Rheine&amp;umkreis=0"' in english) == (True, True)


def test_nothing_found_is_told_and_leads_on(client: TestClient) -> None:
    html = client.get("/karte?was=Gibtesnicht").text

    assert "zurzeit keine Stelle" in html
    assert ("<svg" in html, 'href="/stellen?was=Gibtesnicht"' in html) == (False, True)


def test_the_list_leads_to_the_map_of_the_same_search(client: TestClient) -> None:
    html = client.get("/stellen?was=Koch&wo=Rheine&umkreis=5&arbeitszeit=vz").text

    assert 'href="/karte?was=Koch&amp;arbeitszeit=vz"' in html


@pytest.fixture
def without(fresh_database: str) -> Iterator[TestClient]:
    """The board as deploy/board.yaml has it."""
    fill(fresh_database, *ALL)
    operator = load_operator(Settings().deploy_folder / "board.yaml")
    with TestClient(create_app(fresh_database, TODAY, operator=operator)) as client:
        yield client


def test_it_is_off_unless_it_is_wanted(without: TestClient) -> None:
    assert without.get("/karte").status_code == 404
    assert "/karte" not in without.get("/stellen").text


def test_a_map_that_counts_what_has_ended_would_be_seen(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(towns, "_BY_TOWN", towns._BY_TOWN.replace("WHERE {}", "WHERE {} OR ended"))
    found = _listed(client, "/karte")

    assert sum(hits for _, hits in found.values()) > client.get("/api/v1/jobs").json()["total"]
