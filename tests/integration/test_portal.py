"""The employer portal over HTTP, on a real database: from the form to the listing that a connector reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient

from hub.store.migrate import upgrade
from tests.support.portal import FORM, STAFF, Office, answers, office
from tests.support.web import board_app

pytestmark = pytest.mark.integration


@pytest.fixture
def desk(fresh_database: str, tmp_path: Path) -> Iterator[Office]:
    upgrade(fresh_database)
    with office(fresh_database, tmp_path / "outbox") as opened:
        yield opened


def _state(database_url: str) -> list[tuple[str, int]]:
    with psycopg.connect(database_url) as connection:
        return connection.execute("SELECT state, version FROM portal.job ORDER BY id").fetchall()


def test_first_the_form_is_looked_over_and_nothing_is_kept(desk: Office, fresh_database: str) -> None:
    page = desk.post("/arbeitgeber/stelle-melden", answers())

    assert (200, "no-store", []) == (page.status_code, page.headers["cache-control"], _state(fresh_database))
    assert "Stimmt alles?" in page.text
    assert "Jobcenter Kreis Borken" in page.text
    assert 'name="title" value="Fachkraft für Lagerlogistik (m/w/d)"' in page.text


def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_lost(desk: Office) -> None:
    page = desk.post("/arbeitgeber/stelle-melden", answers(plz="48143", town="Borken", pay_minimum="viel", title=""))

    assert page.status_code == 422
    for told in (
        'href="#town"', "Dort liegt: Münster.", 'href="#pay_minimum"', "Bitte eine Zahl", 'href="#title"',
        'aria-describedby="title-hinweis title-fehler" aria-invalid="true"', 'value="viel"', 'value="Borken"',
        "Sie nehmen Waren an.", 'value="51312" checked',
    ):  # fmt: skip
        assert told in page.text, told


def test_a_client_number_in_the_description_is_refused_before_anything_is_kept(
    desk: Office, fresh_database: str
) -> None:
    page = desk.report(description="Bitte 31701BG0012345 ansprechen.")

    assert (422, []) == (page.status_code, _state(fresh_database))
    assert "E510" in page.text


def test_the_way_of_a_job(desk: Office, fresh_database: str) -> None:
    assert desk.report().headers["location"] == "/arbeitgeber/gesendet"
    (letter,) = desk.letters()
    confirm = desk.link("bestaetigen", letter)
    assert desk.waiting("borken") == []
    assert "an das Jobcenter geben" in desk.client.get(confirm).text
    manage = desk.post(confirm, {}).headers["location"]
    (path,) = desk.waiting("borken")
    assert desk.listing("borken").json()["stellen"] == []
    assert desk.decide("borken", path).headers["location"] == "/mitarbeitende/borken/stellen"

    body = desk.listing("borken").json()
    (listed,) = body["stellen"]
    assert (1, None) == (body["anzahl"], body["weiter"])
    assert {
        "version": 1, "status": "ACTIVE", "title": FORM["title"][0], "published_from": "2026-11-24",
        "working_time": ["VOLLZEIT", "SCHICHT_NACHT_WOCHENENDE"], "weekly_hours": 38.5,
        "pay": {"minimum": "15.50", "maximum": "17", "currency": "EUR", "period": "HOUR"},
    }.items() <= listed.items()  # fmt: skip
    assert listed["id"].startswith("AG-")
    assert "Angenommen" in desk.client.get(manage).text
    assert desk.press(manage, "besetzt").status_code == 303
    ended = desk.listing("borken").json()["stellen"]
    assert [{"id": listed["id"], "version": 2, "status": "ENDED", "end_reason": "FILLED"}] == ended
    subjects = [one["subject"] for one in desk.letters()]
    assert [("bestätigen" in subjects[0]), ("liegt beim" in subjects[1]), ("angenommen" in subjects[2]),
            ("beendet" in subjects[3])] == [True] * 4  # fmt: skip
    with psycopg.connect(fresh_database) as connection:
        steps = connection.execute("SELECT action, actor FROM portal.step ORDER BY id").fetchall()
        kept = connection.execute("SELECT accepted::text FROM portal.job").fetchone()
    assert [("REPORT", "employer"), ("CONFIRM", "employer"), ("ACCEPT", "eva"), ("FILL", "employer")] == steps
    assert kept is not None
    assert "bewerbung@terhechte.example" not in kept[0]


def test_a_change_waits_and_what_was_accepted_stays(desk: Office) -> None:
    manage = desk.accepted()
    form = desk.client.get(f"{manage}/aendern").text
    assert 'value="20.01.2027"' in form
    assert 'value="38,5"' in form
    stand = {"stand": ["2"], "schritt": ["senden"]}
    changed = desk.post(f"{manage}/aendern", {**answers(title="Lagerfachkraft (m/w/d)", openings="5"), **stand})
    assert changed.status_code == 303

    assert [(1, 2)] == [(one["version"], one["openings"]) for one in desk.listing("borken").json()["stellen"]]
    (path,) = desk.waiting("borken")
    assert "Das soll sich ändern" in desk.client.get(path, headers=STAFF).text
    desk.decide("borken", path)
    assert [(2, 5)] == [(one["version"], one["openings"]) for one in desk.listing("borken").json()["stellen"]]


def test_a_refused_change_leaves_the_job_as_it_was(desk: Office) -> None:
    manage = desk.accepted()
    desk.post(f"{manage}/aendern", {**answers(openings="5"), "stand": ["2"], "schritt": ["senden"]})
    (path,) = desk.waiting("borken")
    answer = desk.decide("borken", path, entscheidung="ablehnen", grund="INCOMPLETE", text="Wie viele wirklich?")

    assert answer.status_code == 303
    assert [(1, 2)] == [(one["version"], one["openings"]) for one in desk.listing("borken").json()["stellen"]]
    letter = desk.letters()[-1].get_content()
    assert "Es fehlen Angaben" in letter
    assert "Wie viele wirklich?" in letter


def test_a_refusal_needs_a_reason_of_the_list_and_holds_no_client_number(desk: Office, fresh_database: str) -> None:
    desk.confirmed()
    (path,) = desk.waiting("borken")
    without = desk.decide("borken", path, entscheidung="ablehnen", grund="", text="")
    leaking = desk.decide("borken", path, entscheidung="ablehnen", grund="DUPLICATE", text="siehe 31701BG0012345")

    assert (422, 422, [("WAITING", 0)]) == (without.status_code, leaking.status_code, _state(fresh_database))


def test_a_job_goes_to_the_body_of_its_municipality(desk: Office) -> None:
    desk.accepted("coesfeld", plz="48308", town="Senden")
    desk.accepted("muenster", plz="48143", town="Münster")

    (senden,) = desk.listing("coesfeld").json()["stellen"]
    (muenster,) = desk.listing("muenster").json()["stellen"]
    assert ("05558044", None) == (senden["organisational_unit"], muenster["organisational_unit"])


def test_a_change_cannot_move_a_job_to_another_jobcenter(desk: Office) -> None:
    manage = desk.accepted()
    fields = {**answers(plz="48143", town="Münster"), "stand": ["2"], "schritt": ["senden"]}
    answer = desk.post(f"{manage}/aendern", fields)

    assert answer.status_code == 422
    assert "gehört zu einem anderen Jobcenter" in answer.text


def test_extended_in_its_last_days_and_not_before(desk: Office) -> None:
    late, early = desk.accepted(published_until="10.12.2026"), desk.accepted(published_until="20.02.2027")

    assert (303, 409) == (desk.press(late, "verlaengern").status_code, desk.press(early, "verlaengern").status_code)
    listed = desk.listing("borken").json()["stellen"]
    assert [(2, "2027-01-23"), (1, "2027-02-20")] == [(one["version"], one["published_until"]) for one in listed]


def test_the_listing_comes_in_pages_with_an_etag_and_for_its_token_only(desk: Office) -> None:
    for _ in range(3):
        desk.accepted()
    first = desk.listing("borken", "?size=2")
    second = desk.listing("borken", f"?size=2&ab={first.json()['weiter']}")
    again = desk.client.get(
        "/arbeitgeber/api/v1/borken/stellen?size=2",
        headers={**first.request.headers, "If-None-Match": first.headers["etag"]},
    )
    stranger = desk.client.get("/arbeitgeber/api/v1/borken/stellen", headers={"Authorization": "Bearer falsch"})

    assert (3, 3) == (first.json()["anzahl"], second.json()["anzahl"])
    ids = [one["id"] for page in (first, second) for one in page.json()["stellen"]]
    assert (3, None) == (len(set(ids)), second.json()["weiter"])
    assert (304, 401, "Bearer") == (again.status_code, stranger.status_code, stranger.headers["www-authenticate"])
    assert desk.listing("coesfeld").json()["stellen"] == []


def test_no_more_letters_go_to_an_address_that_does_not_answer(desk: Office) -> None:
    said = [desk.report().status_code for _ in range(6)]

    assert [303] * 5 + [429] == said


def test_the_first_letter_carries_nothing_that_somebody_typed(desk: Office) -> None:
    desk.report(title="Kaufen Sie jetzt", employer_name="Gewinnspiel Nord")
    (letter,) = desk.letters()

    text = f"{letter['subject']} {letter.get_content()}"
    assert [word for word in ("Kaufen", "Gewinnspiel") if word in text] == []


def test_a_form_that_is_too_large_or_of_another_kind_is_refused(desk: Office) -> None:
    large = desk.client.post(
        "/arbeitgeber/stelle-melden",
        content=b"title=" + b"x" * 400_000,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    other = desk.client.post("/arbeitgeber/stelle-melden", json={"title": "x"})
    many = desk.post("/arbeitgeber/stelle-melden", {f"f{number}": ["x"] for number in range(200)})

    assert [413, 415, 422] == [one.status_code for one in (large, other, many)]


def test_without_a_setup_the_pages_say_so_kindly(fresh_database: str) -> None:
    upgrade(fresh_database)
    with TestClient(board_app(fresh_database)) as client:
        start = client.get("/arbeitgeber")
        closed = [client.get(path) for path in ("/arbeitgeber/stelle-melden", "/mitarbeitende/borken/stellen",
                                                "/arbeitgeber/api/v1/borken/stellen")]  # fmt: skip

    assert start.status_code == 200
    assert "zurzeit nicht online" in start.text
    assert [503] * 3 == [one.status_code for one in closed]
    assert "telefonisch" in closed[0].text
