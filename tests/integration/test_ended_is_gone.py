"""The promise end to end: a job that ended is gone from every place within a minute. Real worker, sink and web."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from hub.audit.board import AuditOptions, Auditor, Report
from hub.search.jobs import Found
from hub.search.query import JobQuery
from hub.settings import Settings
from hub.store.migrate import upgrade
from hub.topics import ensure_topics, load_manifest
from hub.web import broad, queries
from hub.web.app import create_app
from schemas import topics
from schemas.codec import codec
from tests.support.events import ended, vacancy
from tests.support.load import Sent
from tests.support.raw import headers_of
from tests.support.sinks import running, wait_until
from tests.support.web import NAMES, serving
from tests.support.workers import Feeder, workers

pytestmark = pytest.mark.integration

PROMISED_SECS = 60
LAST_DAY = datetime.date(2027, 1, 25)
ENDS = vacancy(source_id="ENDS", title="Koch im Gasthof", published_until=None)
STAYS = vacancy(source_id="STAYS", title="Köchin im Gasthof", published_until=None)
EXPIRES = vacancy(source_id="EXPIRES", title="Koch auf Zeit", published_until=LAST_DAY)


@dataclass
class Board:
    """A web, asked as a browser asks that has seen everything before."""

    address: str
    day: list[datetime.date]
    kafka: str
    database: str
    feeder: Feeder
    kept: dict[str, tuple[str, str]] = field(default_factory=dict)

    def happens(self, *events: dict[str, Any]) -> None:
        """A connector sends events."""
        self.feeder.send(_sent(event) for event in events)

    def shows(self, source_id: str) -> set[str]:
        """Places that show a job."""
        path = f"borken:{source_id}"
        places = {
            "list": "/api/v1/jobs", "search": "/api/v1/jobs?was=Koch", "results": "/stellen?was=Koch",
            "feed": "/stellen.atom", "feed of a search": "/stellen.atom?was=Koch", "sitemap": "/sitemap/stellen-1.xml",
        }  # fmt: skip
        found = {place for place, address in places.items() if path in self._text(address)}
        details = {
            "page": f"/stellen/{path}",
            "answer": f"/api/v1/jobs/{path}",
            "form": f"/fehler-melden?stelle={path}",
        }
        found |= {place for place, address in details.items() if self._text(address)}
        return found | ({"JSON-LD"} if "ld+json" in self._text(details["page"]) else set())

    def _text(self, path: str) -> str:
        """What a browser has that asks whether anything changed; nothing for what is gone."""
        tag, text = self.kept.get(path, ("", ""))
        answer = httpx2.get(f"{self.address}{path}", headers={"If-None-Match": tag})
        if answer.status_code == 304:
            return text
        self.kept[path] = (answer.headers.get("etag", ""), answer.text)
        return "" if answer.status_code in (404, 410) else answer.text


def _sent(event: dict[str, Any]) -> Sent:
    key = f"borken:{event['source_id']}"
    value = codec("vacancy").encode(event)
    return Sent(topics.raw("borken", "vacancy"), key.encode(), value, headers_of("vacancy", key), "NEW")


@pytest.fixture
def board(
    fresh_broker: Callable[[], str], fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Board]:
    # The memory for broad searches must have its part in it, however small the board.
    monkeypatch.setattr(broad, "BROAD_HITS", 0)
    kafka = fresh_broker()
    asyncio.run(ensure_topics(kafka, load_manifest(Settings().deploy_folder / "topics.yaml"), ["borken"]))
    upgrade(fresh_database)
    day = [datetime.date(2026, 11, 24)]
    app = create_app(fresh_database, lambda: day[0], jobcenters=NAMES)
    with workers() as start, running(kafka, fresh_database, tmp_path / "sink") as sink, serving(app) as address:
        start(kafka, ["borken"], tmp_path / "worker").wait_ready()
        sink.wait_ready()
        yield Board(address, day, kafka, fresh_database, Feeder(kafka))


EVERYWHERE = {
    "list", "search", "results", "feed", "feed of a search", "sitemap", "page", "answer", "form", "JSON-LD",
}  # fmt: skip


def test_what_ended_is_gone_everywhere_within_a_minute(board: Board) -> None:
    board.happens(ENDS, STAYS, EXPIRES)
    wait_until(lambda: all(board.shows(one) == EVERYWHERE for one in ("ENDS", "STAYS", "EXPIRES")), 60)

    board.happens(ended(ENDS))
    wait_until(lambda: board.shows("ENDS") == set(), PROMISED_SECS)
    assert board.shows("STAYS") == EVERYWHERE

    # Nothing happens at midnight but the day.
    board.day[0] = LAST_DAY
    assert board.shows("EXPIRES") == EVERYWHERE
    board.day[0] = LAST_DAY + datetime.timedelta(days=1)
    assert board.shows("EXPIRES") == set()
    assert board.shows("STAYS") == EVERYWHERE

    report = asyncio.run(_audit(board))
    vacancies = report.checked["vacancy"]
    assert (report.findings, vacancies["topic"], vacancies["list"]) == ([], 3, 1)


async def _audit(board: Board) -> Report:
    options = AuditOptions(
        board.kafka, board.database, board.address, lambda: board.day[0], per_second=500, grace_secs=0
    )
    async with Auditor(options) as auditor:
        return await auditor.round()


def test_a_memory_that_does_not_forget_would_be_noticed(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    board.happens(ENDS, STAYS)
    wait_until(lambda: board.shows("ENDS") == EVERYWHERE == board.shows("STAYS"), 60)
    # Numbers are remembered, jobs never; here whole answers are.
    answers: dict[JobQuery, Found] = {}
    find = queries.Board.find

    async def remembering(self: queries.Board, query: JobQuery) -> Found:
        if query not in answers:
            answers[query] = await find(self, query)
        return answers[query]

    monkeypatch.setattr(queries.Board, "find", remembering)
    assert board.shows("ENDS") == EVERYWHERE
    board.happens(ended(ENDS))
    wait_until(lambda: "page" not in board.shows("ENDS"), PROMISED_SECS)

    assert "list" in board.shows("ENDS")
