"""Headers on every route and every status; HEAD as GET without a body; no body larger than a form."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import Mount

from hub.web.queries import open_pool
from tests.support.board_jobs import ALL
from tests.support.board_rows import fill, own_database
from tests.support.pages import PAGES
from tests.support.web import board_app

pytestmark = pytest.mark.integration

EXPECTED = {
    "strict-transport-security": r"max-age=31536000; includeSubDomains",
    "x-content-type-options": r"nosniff",
    "referrer-policy": r"no-referrer",
    "x-frame-options": r"DENY",
    "cross-origin-opener-policy": r"same-origin",
    "cross-origin-resource-policy": r"same-origin",
    "permissions-policy": r"camera=\(\), geolocation=\(\), microphone=\(\), payment=\(\), usb=\(\)",
    "content-security-policy": r"default-src 'none'; script-src 'self'( 'sha256-[\w+/=]+')?; style-src 'self';"
    r" img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
    r" frame-ancestors 'none'",
}
_FILLED = {"entity": "borken:T-2"}


@pytest.fixture(scope="module")
def client(database_url: str) -> Iterator[TestClient]:
    with own_database(database_url) as url:
        fill(url, *ALL)
        app = board_app(url)
        with TestClient(app, raise_server_exceptions=False) as client:
            yield client


def _routes(app: FastAPI) -> Iterator[APIRoute]:
    for part in app.routes:
        # Newer FastAPI keeps an included router as one part.
        for route in getattr(getattr(part, "original_router", None), "routes", [part]):
            if isinstance(route, APIRoute):
                yield route
            else:
                assert isinstance(route, Mount) or getattr(route, "path", "") == "/openapi.json"


def _addresses(client: TestClient) -> list[str]:
    """One address of every route, a static file, the registry, and addresses that give other statuses."""
    app = client.app
    assert isinstance(app, FastAPI)
    paths = [re.sub(r"\{(\w+)(:path)?\}", lambda name: _FILLED.get(name[1], "x"), one.path) for one in _routes(app)]
    assert {"/", "/stellen/borken:T-2", "/api/v1/jobs", "/metrics", "/druck", "/barriere-melden"} <= set(paths)
    others = ["/static/jobhub.css", "/static/none", "/registry/subjects", "/registry/none", "/gibt-es-nicht"]
    return [*paths, *others, "/openapi.json", *PAGES, *("/en" + path for path in PAGES), "/api/v1/jobs/borken:T-ENDED"]


def _wrong(headers: object) -> list[str]:
    return [name for name, value in EXPECTED.items() if not re.fullmatch(value, headers.get(name, ""))]  # type: ignore[attr-defined]


def test_every_route_and_status_has_all_headers_and_no_cookie(client: TestClient) -> None:
    statuses, wrong = set(), {}
    for address in _addresses(client):
        for method in ("GET", "HEAD", "POST", "DELETE"):
            answer = client.request(method, address, follow_redirects=False)
            statuses.add(answer.status_code)
            if _wrong(answer.headers) or "set-cookie" in answer.headers:
                wrong[f"{method} {address} {answer.status_code}"] = _wrong(answer.headers)

    assert wrong == {}
    assert statuses >= {200, 404, 405, 410, 422}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_check_sees_a_header_that_is_missing(client: TestClient, name: str) -> None:
    headers = dict(client.get("/").headers)
    assert _wrong(headers) == []
    del headers[name]

    assert _wrong(headers) == [name]


def test_refused_broken_and_unchanged_answers_have_them_too(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError

    etag = client.get("/").headers["etag"]
    answers = {
        304: client.get("/", headers={"If-None-Match": etag}),
        411: client.post("/barriere-melden", content=iter([b"text=x"])),
        413: client.post("/barriere-melden", content=b"x" * 300_000),
    }
    monkeypatch.setattr("hub.web.queries.Board.job", broken)
    answers[500] = client.get("/stellen/borken:T-2")
    english = client.get("/en/stellen/borken:T-2")

    assert {status: (answer.status_code, _wrong(answer.headers)) for status, answer in answers.items()} == {
        status: (status, []) for status in answers
    }
    assert "Something went wrong on our side." in english.text


def test_head_is_get_without_the_body(client: TestClient) -> None:
    for address in ("/api/v1/jobs", "/api/v1/jobs/borken:T-2", "/api/v1/jobs/borken:T-ENDED", "/", "/sitemap.xml",
                    "/static/jobhub.css", "/en/stellen"):  # fmt: skip
        got, head = client.get(address), client.head(address)

        assert (head.status_code, head.content) == (got.status_code, b"")
        assert head.headers.get("etag") == got.headers.get("etag")
        assert head.headers["content-type"] == got.headers["content-type"]


async def test_no_question_to_the_database_runs_longer_than_five_seconds_or_writes(database_url: str) -> None:
    async with open_pool(database_url) as pool, pool.connection() as connection:
        settings = await connection.execute(
            "SELECT current_setting('statement_timeout'), current_setting('default_transaction_read_only')"
        )

        assert await settings.fetchone() == ("5s", "on")
