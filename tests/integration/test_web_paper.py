"""Print view, watch list and the form for barriers over HTTP."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterator

import psycopg
import pytest
from fastapi.testclient import TestClient

from hub.mail import Letter
from hub.web.app import create_app
from tests.support.board_jobs import ALL, JOBS
from tests.support.board_rows import fill, own_database
from tests.support.pages import Seen
from tests.support.web import board_app

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def url(database_url: str) -> Iterator[str]:
    with own_database(database_url) as url:
        fill(url, *ALL)
        yield url


@pytest.fixture
def client(url: str) -> Iterator[TestClient]:
    with TestClient(board_app(url)) as client:
        yield client


@pytest.fixture
def letters() -> list[Letter]:
    return []


@pytest.fixture
def with_mail(url: str, letters: list[Letter]) -> Iterator[TestClient]:
    with TestClient(board_app(url, letters.append)) as client:
        yield client


# ----------------------------------------------------------------------------------------------------------- on paper


def test_each_open_job_gets_a_sheet_and_the_others_are_named(client: TestClient) -> None:
    page = client.get(
        "/druck?stelle=borken:T-2&stelle=borken:T-ENDED&stelle=muenster:T-5&stelle=borken:T-2&stelle=x:1"
    ).text
    read = [text for _, text in Seen(page).texts]

    assert page.count('class="jh-sheet"') == 2
    assert page.index("Verkäuferin") < page.index("IT-Systemadministrator")
    assert "borken:T-ENDED, x:1" in read
    assert "Beendete Stelle" not in page
    assert page.count("Stand: ") == 2


def test_a_sheet_has_what_is_needed_without_the_screen(client: TestClient) -> None:
    page = client.get("/druck?stelle=borken:T-2").text
    read = " ".join(text for _, text in Seen(page).texts)

    assert "bewerbung@terhechte.example" in read
    assert "Arbeitgeberservice Borken (Beispiel)" in read
    assert "0000 000010" in read
    assert "http://testserver/stellen/borken:T-2" in read
    assert page.count('<img src="data:image/svg+xml') == 1


def test_a_sheet_never_names_an_anonymous_employer(client: TestClient) -> None:
    page = client.get("/druck?stelle=warendorf:T-ANON").text

    assert "Arbeitgeber nicht öffentlich (Chiffre)" in page
    assert "Geheimwerk" not in page
    assert "Verborgene Gasse" not in page


def test_at_most_twenty_are_printed_at_once(client: TestClient) -> None:
    asked = [f"stelle=borken:N-{number}" for number in range(21)]

    assert client.get("/druck?" + "&".join(asked[:20])).status_code == 200
    assert client.get("/druck?" + "&".join(asked)).status_code == 422


def test_a_long_description_is_shortened_and_says_so(url: str, client: TestClient) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        text = "\n\n".join(f"Absatz {number} " + "lang " * 100 for number in range(20))
        connection.execute("UPDATE board.job_doc SET description = %s WHERE entity = 'coesfeld:T-3'", (text,))
    page = client.get("/druck?stelle=coesfeld:T-3").text

    assert "Absatz 1 " in page
    assert "Absatz 19" not in page
    assert "Gekürzt." in page


def test_only_the_place_is_told_to_a_map_and_only_if_one_is_set(url: str) -> None:
    app = board_app(url)
    with TestClient(app) as client:
        assert "In der Karte ansehen" not in client.get("/stellen/borken:T-2").text
        for renderer in app.state.site.renderers.values():
            renderer.operator = renderer.operator.model_copy(update={"map_link": "https://karte.example/?q={place}"})
        page = client.get("/stellen/borken:T-2").text
        anonymous = client.get("/stellen/warendorf:T-ANON").text

    assert 'href="https://karte.example/?q=48653%20Coesfeld"' in page
    assert 'href="https://karte.example/?q=48231%20Warendorf"' in anonymous


# ----------------------------------------------------------------------------------------------------------- watch list


def test_buttons_of_the_watch_list_are_hidden_until_a_script_shows_them(client: TestClient) -> None:
    page = client.get("/stellen").text

    assert page.count("data-watch=") == len(JOBS) + 2
    assert page.count('<button type="button" class="jh-watch jh-noprint" hidden') == len(JOBS) + 2


def test_the_watch_list_page_explains_itself_without_javascript(client: TestClient) -> None:
    page = client.get("/merkliste").text

    assert "Die Merkliste braucht JavaScript." in page
    assert "set-cookie" not in client.get("/merkliste").headers


# ------------------------------------------------------------------------------------------------------------- barriers


def test_without_mail_the_page_shows_the_address_and_no_form(client: TestClient) -> None:
    page = client.get("/barriere-melden")

    assert "barrierefrei@musterstelle.example" in page.text
    assert "<textarea" not in page.text
    assert client.post("/barriere-melden", data={"text": "x"}).status_code == 404


def test_a_report_is_sent_on_and_nothing_of_it_is_kept(with_mail: TestClient, letters: list[Letter], url: str) -> None:
    text = "Der Knopf <b>Filter</b> wird nicht vorgelesen."
    answer = with_mail.post(
        "/barriere-melden", data={"text": text, "where": "/stellen", "reply_to": "erika@mustermann.example"}
    )

    assert answer.status_code == 200
    assert "Danke, Ihre Nachricht ist unterwegs." in answer.text
    assert letters == [
        Letter(
            "barrierefrei@musterstelle.example",
            "Barriere auf der Jobbörse gemeldet",
            f"Seite: /stellen\n\n{text}\n",
            "erika@mustermann.example",
        )
    ]
    assert "mustermann" not in answer.text + with_mail.get("/metrics").text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "data, fault",
    [
        ({"text": "  "}, "Schreiben Sie, was nicht geht."),
        ({"text": "x" * 4001}, "Das ist zu lang."),
        ({"text": "x", "reply_to": "erika"}, "Diese E-Mail-Adresse ist nicht vollständig"),
        ({"text": "x", "reply_to": "a@b.example\nBcc: c@d.example"}, "Diese E-Mail-Adresse ist nicht vollständig"),
    ],
)
def test_a_fault_is_shown_at_its_field_and_keeps_what_was_written(
    with_mail: TestClient, letters: list[Letter], data: dict[str, str], fault: str
) -> None:
    answer = with_mail.post("/barriere-melden", data=data)

    assert answer.status_code == 422
    assert answer.text.count(fault) == 2  # in the summary, with a link, and at the field
    assert 'aria-invalid="true"' in answer.text
    assert letters == []


def test_a_machine_that_fills_in_everything_gets_thanks_only(with_mail: TestClient, letters: list[Letter]) -> None:
    answer = with_mail.post("/barriere-melden", data={"text": "buy", "website": "https://spam.example"})

    assert answer.status_code == 200
    assert letters == []


@pytest.mark.parametrize("error", [OSError, smtplib.SMTPServerDisconnected])
def test_a_mail_server_that_is_away_is_told_and_the_text_stays(url: str, error: type[Exception]) -> None:
    def away(_: Letter) -> None:
        raise error

    with TestClient(board_app(url, away)) as client:
        answer = client.post("/barriere-melden", data={"text": "Der Kontrast fehlt."})

    assert answer.status_code == 503
    assert "konnte gerade nicht gesendet werden" in answer.text
    assert "Der Kontrast fehlt." in answer.text


# -------------------------------------------------------------------------------------------------- who runs the board


@pytest.mark.parametrize(
    "path", ["/barrierefreiheit", "/datenschutz", "/impressum", "/leichte-sprache", "/gebaerdensprache"]
)
def test_what_the_operator_must_fill_in_is_marked(url: str, path: str) -> None:
    with TestClient(create_app(url)) as client:
        assert "[Platzhalter, vom Betreiber auszufüllen:" in client.get(path).text
        assert "[Placeholder, to be filled in by the operator:" in client.get("/en" + path).text


def test_made_up_operators_say_so(client: TestClient) -> None:
    assert "Beispielbetrieb" in client.get("/").text
    assert "Erika Mustermann, Leiterin" in client.get("/impressum").text


def test_the_accessibility_statement_says_when_its_review_is_overdue(
    url: str, make_client: Callable[[str], TestClient]
) -> None:
    assert "Die jährliche Überprüfung steht aus." not in make_client("2026-11-24").get("/barrierefreiheit").text
    assert "Die jährliche Überprüfung steht aus." in make_client("2027-12-01").get("/barrierefreiheit").text


@pytest.fixture
def make_client(url: str) -> Callable[[str], TestClient]:
    from datetime import date

    def make(today: str) -> TestClient:
        app = board_app(url)
        app.state.site.board.today = lambda: date.fromisoformat(today)
        return TestClient(app)

    return make
