"""The whole way on real services: form → confirmed → accepted → connector → worker → sink → board; ended → 410."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx2
import pytest
import yaml

from connectors.runner import run
from connectors.sources import rest_json
from hub.store.migrate import upgrade
from hub.topics import ensure_topics, load_manifest
from hub.web.app import create_app
from schemas.jobcenter import Jobcenter
from tests.support import sinks
from tests.support.deliveries import DEPLOY
from tests.support.portal import TOKEN, Office, setup
from tests.support.web import TODAY, serving
from tests.support.workers import workers

pytestmark = pytest.mark.integration

EXAMPLE = DEPLOY / "jobcenters" / "_arbeitgeberportal.yaml"
HAMM = "05915"


def portal_source(name: str, address: str) -> Jobcenter:
    """A Jobcenter whose only source is that of the portal."""
    given = yaml.safe_load(EXAMPLE.read_text("utf-8"))
    given["sources"]["arbeitgeberportal"]["options"] |= {"url": f"{address}/arbeitgeber/api/v1/{name}/stellen"}
    return Jobcenter.model_validate({"id": name, **given})


def test_a_reported_job_comes_to_the_board_and_leaves_it(
    bootstrap_servers: str, fresh_database: str, made_up_jobcenter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = made_up_jobcenter
    asyncio.run(ensure_topics(bootstrap_servers, load_manifest(DEPLOY / "topics.yaml"), [name]))
    upgrade(fresh_database)
    monkeypatch.setenv("JOBHUB_PORTAL_TOKEN", TOKEN)
    # It asks once in five minutes; here once in each run.
    due: list[bool] = []
    monkeypatch.setattr(rest_json.Source, "_is_due", lambda *_: bool(due) and due.pop())
    app = create_app(fresh_database, TODAY, portal=setup(tmp_path / "outbox", **{name: HAMM}))

    with (
        workers() as start,
        sinks.running(bootstrap_servers, fresh_database, tmp_path / "sink") as sink,
        serving(app) as address,
        httpx2.Client(base_url=address, trust_env=False) as client,
    ):
        start(bootstrap_servers, [name], tmp_path / "worker").wait_ready()
        sink.wait_ready()
        office = Office(client, app.state.site.portal, tmp_path / "outbox", fresh_database)
        jobcenter = portal_source(name, address)

        def deliver() -> int:
            due[:] = [True]
            arguments = (jobcenter, tmp_path / "none", tmp_path / "state" / "x.sqlite", bootstrap_servers)
            return asyncio.run(run(*arguments, once=True, today=TODAY)).published

        manage = office.confirmed(plz="59065", town="Hamm")
        deliver()
        assert office.decide(name, office.waiting(name)[0]).status_code == 303
        (listed,) = office.listing(name).json()["stellen"]
        board = f"/stellen/{name}:{listed['id']}"
        assert client.get(board).status_code == 404

        deliver()
        sinks.wait_until(lambda: client.get(board).status_code == 200)
        page = client.get(board).text
        job = client.get(f"/api/v1/jobs/{name}:{listed['id']}").json()
        again = deliver()
        assert office.press(manage, "zurueckziehen").status_code == 303
        deliver()
        sinks.wait_until(lambda: client.get(board).status_code == 410)

    assert "Fachkraft für Lagerlogistik" in page
    assert ("Terhechte Logistik GmbH & Co. KG", "Hamm", 38.5) == (job["employer"], job["place"], job["weekly_hours"])
    assert again <= 2, "begun and ended are reported, the job is not sent once more"
