"""Sources that fetch from elsewhere, in the runner and with a real broker: told when rows are safe, not before."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest

from connectors.dry_run import dry_run
from connectors.runner import run
from connectors.sources import http_push
from connectors.state import State
from hub.settings import Settings
from hub.topics import ensure_topics, load_manifest
from schemas.jobcenter import Jobcenter
from tests.support.deliveries import DEPLOY, GOOD, VACANCY_COLUMNS, small_jobcenter
from tests.unit.connectors.test_sql_outbox import OUTBOX

pytestmark = pytest.mark.integration
TOKEN = "Kanarienvogel-Token-0123456789"


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "vendor.sqlite"
    monkeypatch.setenv("TEST_OUTBOX_URL", f"sqlite:///{path}")
    monkeypatch.setenv("TEST_PUSH_TOKEN", TOKEN)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript((Settings().deploy_folder / "outbox" / "sqlite.sql").read_text("utf-8"))
        for number in range(5):
            insert = "INSERT INTO jobhub_outbox (source_id, payload) VALUES (?, ?)"
            connection.execute(insert, (str(number), json.dumps(GOOD)))
    return path


def unmarked(table: Path) -> int:
    with closing(sqlite3.connect(table)) as connection:
        return int(connection.execute("SELECT count(*) FROM jobhub_outbox WHERE published_at IS NULL").fetchone()[0])


def jobcenter(name: str, **more: dict[str, Any]) -> Jobcenter:
    """An outbox in pieces of two, and a service that is away."""
    made = small_jobcenter(name, **{**OUTBOX, "options": {"url_env": "TEST_OUTBOX_URL", "rows_max": 2}})
    away = {"type": "rest_json", "event": "vacancy", "load": "full", "key": "{Nr}", "columns": VACANCY_COLUMNS}
    sources = {**made.model_dump(mode="json")["sources"], "fern": {**away, "options": {"url": "http://127.0.0.1:1/"}}}
    return Jobcenter.model_validate({**made.model_dump(mode="json"), "sources": {**sources, **more}})


async def test_everything_is_taken_though_another_source_is_away(
    bootstrap_servers: str, made_up_jobcenter: str, tmp_path: Path, table: Path
) -> None:
    await ensure_topics(bootstrap_servers, load_manifest(DEPLOY / "topics.yaml"), [made_up_jobcenter])
    told: list[dict[str, Any]] = []
    summary = await run(
        jobcenter(made_up_jobcenter), tmp_path / "none", tmp_path / "state" / "x.sqlite", bootstrap_servers,
        once=True, on_event=told.append,
    )  # fmt: skip

    assert (3, 5, 0, ["fern"]) == (summary.deliveries, summary.counts["sent_new"], unmarked(table), summary.away)
    assert ["E407"] == [event["code"] for event in told if event["event"] == "waiting"]


async def test_what_is_handed_in_while_it_runs_is_taken(
    bootstrap_servers: str, made_up_jobcenter: str, tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ensure_topics(bootstrap_servers, load_manifest(DEPLOY / "topics.yaml"), [made_up_jobcenter])
    ports: list[int] = []
    opened = http_push.Source.open

    def note_port(self: http_push.Source, workplace: Any) -> None:
        opened(self, workplace)
        ports.append(self.port)

    monkeypatch.setattr(http_push.Source, "open", note_port)
    push = {
        "type": "http_push", "event": "vacancy", "load": "delta", "key": "p-{Nr}", "columns": VACANCY_COLUMNS,
        "options": {"port": 0, "token_env": "TEST_PUSH_TOKEN"},
    }  # fmt: skip
    stop, taken = asyncio.Event(), asyncio.Event()

    def on_event(event: dict[str, Any]) -> None:
        if event["event"] == "delivery" and event["source"] == "eingang":
            taken.set()

    one = jobcenter(made_up_jobcenter, eingang=push)
    running = asyncio.create_task(
        run(
            one, tmp_path / "none", tmp_path / "state" / "x.sqlite", bootstrap_servers,
            poll_seconds=0.1, stop=stop, on_event=on_event,
        )
    )  # fmt: skip
    for _ in range(600):
        if ports or running.done():
            break
        await asyncio.sleep(0.05)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx2.AsyncClient(trust_env=False, headers=headers) as client:
        answer = await client.post(f"http://127.0.0.1:{ports[0]}/events", json=GOOD)
        await asyncio.wait_for(taken.wait(), 60)
        receipt = answer.json()["receipt"]
        state = await client.get(f"http://127.0.0.1:{ports[0]}/receipts/{receipt}")
    stop.set()
    await asyncio.wait_for(running, 60)

    assert (202, "taken") == (answer.status_code, state.json()["state"])


def test_a_dry_run_marks_nothing_and_opens_no_port(tmp_path: Path, table: Path) -> None:
    push = {
        "type": "http_push", "event": "vacancy", "load": "delta", "key": "p-{Nr}", "columns": VACANCY_COLUMNS,
        "options": {"port": 1, "token_env": "TEST_PUSH_TOKEN"},
    }  # fmt: skip
    summary = dry_run(jobcenter("testa", eingang=push), tmp_path / "none", tmp_path / "state" / "testa.sqlite")

    assert (2, 5) == (summary.counts["sent_new"], unmarked(table))
    assert not (tmp_path / "state").exists() or [] == State(tmp_path / "state" / "testa.sqlite").deliveries.all()
