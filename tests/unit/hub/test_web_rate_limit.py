"""One client cannot use up the board for the others, and no address is kept."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from limits.storage import MemoryStorage

from hub.web import rate_limit
from hub.web.answers import Problem
from hub.web.app import create_app
from hub.web.rate_limit import Clients, Limits

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
PAGE = "/impressum"


def _client(limits: Limits | None, address: str = "192.0.2.7") -> TestClient:
    return TestClient(create_app(NOWHERE, limits=limits), client=(address, 50000))


def _stored(clients: Clients) -> list[str]:
    """Names the storage of the library keeps."""
    storage = clients._window.storage
    assert isinstance(storage, MemoryStorage)
    return list(storage.events)


@pytest.fixture
def client() -> Iterator[TestClient]:
    with _client(Limits(reading=3, sending=1)) as client:
        yield client


def test_who_asks_too_much_is_told_when_to_come_again(client: TestClient) -> None:
    answers = [client.get(PAGE) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert "Zu viele Anfragen" in answers[-1].text
    assert "default-src 'none'" in answers[-1].headers["content-security-policy"]


def test_without_the_rule_nobody_is_refused() -> None:
    with _client(None) as client:
        assert {client.get(PAGE).status_code for _ in range(20)} == {200}


def test_programs_get_a_problem(client: TestClient) -> None:
    answer = [client.get("/api/v1/gibt-es-nicht", headers={"Origin": "https://stadt.example"}) for _ in range(4)][-1]

    assert (answer.status_code, answer.headers["content-type"]) == (429, "application/problem+json")
    assert Problem.model_validate(answer.json()).code == "too-many-requests"
    assert answer.headers["access-control-allow-origin"] == "*"


def test_everybody_is_told_what_is_left(client: TestClient) -> None:
    told = [client.get(PAGE).headers["RateLimit"].partition(";t=")[0] for _ in range(4)]

    assert told == ['"reading";r=2', '"reading";r=1', '"reading";r=0', '"reading";r=0']
    assert client.get(PAGE).headers["RateLimit-Policy"] == '"reading";q=3;w=60'


def test_sending_is_counted_apart_and_more_strictly(client: TestClient) -> None:
    assert [client.post(PAGE).status_code for _ in range(2)] == [405, 429]
    assert client.get(PAGE).status_code == 200


def test_monitoring_and_static_files_are_exempt(client: TestClient) -> None:
    asked = [client.get(path) for path in ("/health/live", "/metrics", "/static/icon.svg") for _ in range(5)]

    assert {answer.status_code for answer in asked} == {200}
    assert not any("RateLimit" in answer.headers for answer in asked)


def test_one_client_does_not_use_up_what_belongs_to_another() -> None:
    clients = Clients(Limits(reading=1))
    asked = [
        "192.0.2.7",
        "192.0.2.8",
        "192.0.2.7",
        "2001:db8::1",
        "2001:db8::2",
        "2001:db8:0:1::1",
        "::ffff:192.0.2.8",
        "",
    ]

    allowed = [standing.allowed for one in asked if (standing := clients.ask(one, "reading"))]
    assert allowed == [True, True, False, True, False, True, False, True]


def test_a_client_that_changes_its_address_at_will_is_noticed_only_by_the_true_one(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is believed a forwarded address; the server does that for proxies it knows (test_cli_web.py)."""
    headers = [{"X-Forwarded-For": f"198.51.100.{n}"} for n in range(4)]

    assert [client.get(PAGE, headers=one).status_code for one in headers] == [200, 200, 200, 429]


def test_after_the_window_everything_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    clients = Clients(Limits(reading=1))
    for n in range(100):
        clients.ask(f"192.0.2.{n}", "reading")
    assert len(clients) == 100
    now[0] += 61

    standing = clients.ask("192.0.2.1", "reading")
    assert standing is not None
    assert standing.allowed
    assert len(clients) == 1
    assert len(_stored(clients)) == 1


def test_no_address_is_in_memory() -> None:
    clients = Clients(Limits())
    clients.ask("203.0.113.77", "reading")
    kept = [*clients._seen, *_stored(clients)]
    gc.collect()

    assert kept
    assert "203.0.113.77" not in repr(kept)


def test_with_plain_addresses_the_check_would_be_red(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit.Clients, "_hash", lambda _, address: address)
    clients = Clients(Limits())
    clients.ask("203.0.113.77", "reading")

    assert "203.0.113.77" in repr([*clients._seen, *_stored(clients)])
