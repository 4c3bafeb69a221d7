"""Errors that readers report: from the form through a real Kafka to the Jobcenter, and nothing about the sender."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from html import unescape

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from hub.cli.main import build
from hub.settings import Settings
from hub.topics import ensure_topics, load_manifest
from hub.web import remarks
from hub.web.app import create_app
from hub.web.mailbag import Mailbag
from schemas import topics
from schemas.codec import codec
from tests.support.board_jobs import ENDED
from tests.support.board_rows import fill
from tests.support.events import vacancy
from tests.support.web import TODAY
from tests.support.workers import read_all

pytestmark = pytest.mark.integration

Board = tuple[TestClient, str, str]


@pytest.fixture
def board(bootstrap_servers: str, fresh_database: str, made_up_jobcenter: str) -> Iterator[Board]:
    """A board with one job of a Jobcenter of this test alone, its address, and the broker."""
    manifest = load_manifest(Settings().deploy_folder / "topics.yaml")
    asyncio.run(ensure_topics(bootstrap_servers, manifest, [made_up_jobcenter]))
    fill(fresh_database, vacancy(jobcenter=made_up_jobcenter, source_id="J 1", version=3), ENDED)
    with TestClient(_app(fresh_database, made_up_jobcenter, Mailbag(bootstrap_servers))) as client:
        yield client, f"/fehler-melden?stelle={made_up_jobcenter}:J%201", made_up_jobcenter


def _app(database_url: str, jobcenter: str, mailbag: Mailbag | None, contact: str | None = None) -> FastAPI:
    names = {jobcenter: "Jobcenter Musterkreis"}
    contacts = {jobcenter: contact} if contact else {}
    return create_app(database_url, TODAY, jobcenters=names, contacts=contacts, mailbag=mailbag)


def _events(bootstrap_servers: str, jobcenter: str) -> list[dict[str, object]]:
    return [codec("remark").decode(one.value()) for one in read_all(bootstrap_servers, [topics.remark(jobcenter)])]


def _listed(bootstrap_servers: str, jobcenter: str, *options: str) -> str:
    done = CliRunner().invoke(
        build(), ["remarks", "list", jobcenter, "--bootstrap-servers", bootstrap_servers, *options]
    )
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_remark_reaches_its_jobcenter_and_names_no_sender(board: Board, bootstrap_servers: str) -> None:
    client, address, jobcenter = board
    page = client.get(f"/stellen/{jobcenter}:J 1").text
    assert f'href="/fehler-melden?stelle={jobcenter}%3AJ+1"' in page

    answer = client.post(
        address, data={"grund": "FILLED", "text": "Seit Montag vergeben."}, headers={"User-Agent": "Spuren"}
    )
    assert "Vielen Dank für Ihren Hinweis" in answer.text
    assert [one.status_code for one in answer.history] == [303]

    [event] = _events(bootstrap_servers, jobcenter)
    made_at = event.pop("made_at")
    assert event == {
        "jobcenter": jobcenter, "source_id": "J 1", "epoch": 0, "version": 3, "reason": "FILLED",
        "text": "Seit Montag vergeben.",
    }  # fmt: skip
    [record] = read_all(bootstrap_servers, [topics.remark(jobcenter)])
    assert (record.key(), record.headers()) == (f"{jobcenter}:J 1".encode(), None)
    shown = json.loads(_listed(bootstrap_servers, jobcenter, "--json"))
    assert (shown["version"], shown["total"]) == (1, 1)
    assert shown["remarks"][0] == {**event, "made_at": made_at.isoformat()}  # type: ignore[attr-defined]
    assert "schon besetzt" in _listed(bootstrap_servers, jobcenter)


PERSONAL = [
    "Meine Nummer ist 02555 123456.",
    "Rufen Sie an: +49 (0) 2555/1234-56",
    "Schreiben Sie an eva@post.example",
    "Kundennummer 123A456789",
    "BG 12345BG7654321",
    "DE89 3704 0044 0532 0130 00",
]


@pytest.mark.parametrize("text", PERSONAL)
def test_personal_data_is_refused_before_it_is_stored(board: Board, bootstrap_servers: str, text: str) -> None:
    client, address, jobcenter = board
    answer = client.post(address, data={"grund": "OTHER", "text": text})

    assert answer.status_code == 422
    assert "persönliche Daten" in answer.text
    assert text in unescape(answer.text)
    assert _events(bootstrap_servers, jobcenter) == []


def test_without_the_guard_it_would_be_stored(
    board: Board, bootstrap_servers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remarks, "is_personal", lambda _: False)
    client, address, jobcenter = board
    client.post(address, data={"grund": "OTHER", "text": PERSONAL[3]})

    assert [event["text"] for event in _events(bootstrap_servers, jobcenter)] == [PERSONAL[3]]


@pytest.mark.parametrize(
    "data, fault",
    [
        ({"text": "x"}, "wählen Sie aus"),
        ({"grund": "BOESE", "text": "x"}, "wählen Sie aus"),
        ({"grund": "FILLED", "text": "x" * 301}, "Der Text ist zu lang"),
        ({f"feld{n}": "x" for n in range(20)}, "wählen Sie aus"),
    ],
)
def test_what_the_form_does_not_offer_is_refused(
    board: Board, bootstrap_servers: str, data: dict[str, str], fault: str
) -> None:
    client, address, jobcenter = board
    answer = client.post(address, data=data)

    assert (answer.status_code, fault in answer.text) == (422, True)
    assert _events(bootstrap_servers, jobcenter) == []


def test_more_than_the_form_can_hold_is_not_read(board: Board) -> None:
    client, address, _ = board

    assert client.post(address, content=b"x" * 10_001).status_code == 413


def test_what_ended_or_never_was_has_no_form(board: Board) -> None:
    client = board[0]

    assert client.get("/fehler-melden?stelle=borken:T-ENDED").status_code == 410
    assert client.post("/fehler-melden?stelle=borken:T-ENDED", data={"grund": "FILLED"}).status_code == 410
    assert client.get("/fehler-melden?stelle=borken:NIE").status_code == 404


def test_a_kafka_that_is_away_is_told_kindly_and_the_text_is_kept(fresh_database: str, made_up_jobcenter: str) -> None:
    fill(fresh_database, vacancy(jobcenter=made_up_jobcenter, source_id="J"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        nowhere = f"127.0.0.1:{free.getsockname()[1]}"
    with TestClient(_app(fresh_database, made_up_jobcenter, Mailbag(nowhere))) as client:
        address = f"/fehler-melden?stelle={made_up_jobcenter}:J"
        answer = client.post(address, data={"grund": "WRONG_PAY", "text": "Es sind 2.400 bis 2.800 Euro."})

    assert (answer.status_code, answer.headers["cache-control"]) == (503, "no-store")
    assert "konnte gerade nicht angenommen werden" in answer.text
    assert "Es sind 2.400 bis 2.800 Euro." in answer.text


@pytest.mark.parametrize(
    "contact, shown",
    [
        ("https://musterkreis.example/kontakt", 'href="https://musterkreis.example/kontakt"'),
        ("jobcenter@musterkreis.example", 'href="mailto:jobcenter@musterkreis.example"'),
        ("javascript:alert(1)", "javascript:alert(1)"),
        (None, "Bitte wenden Sie sich an: Jobcenter Musterkreis."),
    ],
)
def test_without_a_kafka_the_form_says_whom_to_ask(
    fresh_database: str, made_up_jobcenter: str, contact: str | None, shown: str
) -> None:
    fill(fresh_database, vacancy(jobcenter=made_up_jobcenter, source_id="J"))
    with TestClient(_app(fresh_database, made_up_jobcenter, None, contact)) as client:
        page = client.get(f"/fehler-melden?stelle={made_up_jobcenter}:J").text
        status = client.post(f"/fehler-melden?stelle={made_up_jobcenter}:J", data={"grund": "FILLED"}).status_code

    assert (shown in page, "<form" in page, 'href="javascript' in page, status) == (True, False, False, 503)
