"""The auditor against a real topic, a real database and a real web: quiet when all is well, loud when it is not."""

from __future__ import annotations

import asyncio
import datetime
import json
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from prometheus_client import REGISTRY
from psycopg.sql import SQL

from hub.audit import compare
from hub.audit.board import AUDITED, AuditOptions, Auditor, Report
from hub.audit.compare import PLACES
from hub.audit.rows import Row
from hub.audit.shown import BoardAway, Shown
from hub.audit.topic import Audited, State
from hub.cli import audit
from hub.embedded import Services
from hub.steps.fan_out import public_vacancy
from hub.web import queries
from schemas import topics
from schemas.codec import codec
from tests.support.board_jobs import ANONYMOUS, ENDED, EXPIRED, INTERNAL, JOBS, LAST_DAY, MEASURES
from tests.support.board_rows import fill, own_database
from tests.support.events import ended, measure, vacancy
from tests.support.sink_log import Curated
from tests.support.sinks import create_topics, feed
from tests.support.spoken import next_line
from tests.support.web import TODAY, board_app, serving

Record = dict[str, Any]

pytestmark = pytest.mark.integration

FILLED = ended(vacancy(jobcenter="borken", source_id="T-1", version=2, title="Koch/Köchin (m/w/d)"))
CANCELLED = ended(measure(version=1), "WITHDRAWN")
WORK = measure(source_id="M-AGH", title="Arbeitsgelegenheit im Stadtpark", instrument="AGH", theme="BESCHAEFTIGUNG",
               end_on=None)  # fmt: skip
EVENTS = [*JOBS, ANONYMOUS, INTERNAL, ENDED, EXPIRED, LAST_DAY, *MEASURES, WORK]


@dataclass
class Place:
    """A board that is as its topic says."""

    database: str
    options: AuditOptions

    def happens(self, *events: Record) -> None:
        """The hub publishes events, and no sink takes notice."""
        asyncio.run(feed(self.options.bootstrap_servers, [self._curated(event) for event in events]))

    def _curated(self, event: Record) -> Curated:
        key = f"{event['jobcenter']}:{event['source_id']}".encode()
        if "instrument" in event:
            return Curated(codec("measure").encode(event), key, topic=self.options.topics["measure"])
        view = public_vacancy(event, had_public_view=True)
        value = codec("vacancy").encode(dict(view)) if view else None
        return Curated(value, key, topic=self.options.topics["vacancy"])


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    """A broker whose public vacancies nobody else writes."""
    folder = Path(tempfile.mkdtemp(prefix="jobhub-test-"))
    try:
        with Services(folder, postgres=False) as endpoints:
            yield endpoints.bootstrap_servers
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _place(kafka: str, database_url: str, names: Mapping[Audited, str]) -> Iterator[Place]:
    asyncio.run(create_topics(kafka, list(names.values())))
    with own_database(database_url) as url:
        fill(url, *EVENTS)
        with serving(board_app(url)) as web:
            place = Place(url, AuditOptions(kafka, url, web, lambda: TODAY, per_second=500, grace_secs=0, topics=names))
            place.happens(*EVENTS)
            yield place


@pytest.fixture
def place(broker: str, database_url: str) -> Iterator[Place]:
    own = secrets.token_hex(6)
    with _place(broker, database_url, {event: f"test.{own}.{event}" for event in AUDITED}) as place:
        yield place


def _audit(options: AuditOptions) -> Report:
    async def once() -> Report:
        async with Auditor(options) as auditor:
            return await auditor.round()

    return asyncio.run(once())


def _findings(options: AuditOptions) -> set[tuple[str, str, str]]:
    return {(one.kind, one.place, one.key) for one in _audit(options).findings}


def test_a_board_that_is_right_is_left_in_peace(place: Place) -> None:
    report = _audit(place.options)

    assert (report.findings, report.pending) == ([], [])
    for event, shown in zip(AUDITED, (9, 4), strict=True):
        checked = report.checked[event]
        assert checked["list"] == checked["sitemap"] == checked["feed"] == shown
        assert checked["page"] >= shown
        labels = {"event": event, "place": "list"}
        assert REGISTRY.get_sample_value("jobhub_audit_dead_advertised", labels) == 0
    assert (REGISTRY.get_sample_value("jobhub_audit_last_run_timestamp_seconds") or 0) > 1_700_000_000


def test_an_end_that_the_sink_lost_is_found_everywhere(place: Place) -> None:
    place.happens(FILLED)

    assert _findings(place.options) == {("dead", where, "borken:T-1") for where in PLACES}
    labels = {"event": "vacancy", "place": "sitemap"}
    assert REGISTRY.get_sample_value("jobhub_audit_dead_advertised", labels) == 1


def test_a_board_that_ignores_ends_is_found(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.web.queries.Board.job_is_over", lambda *_: False)

    assert {key for kind, where, key in _findings(place.options) if (kind, where) == ("dead", "page")} == {
        "borken:T-ENDED",
        "borken:T-EXPIRED",
    }


@pytest.mark.usefixtures("no_memory")
def test_a_list_and_a_feed_without_the_condition_are_found(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.search.conditions.OPEN", "%(today)s::date IS NOT NULL")
    found = _findings(place.options)

    assert {("dead", where, "borken:T-EXPIRED") for where in ("list", "feed")} <= found
    assert not [one for one in found if one[1] in ("row", "page", "sitemap")]


def test_a_sitemap_without_the_condition_is_found(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_OPEN", {"job": SQL("%(today)s::date IS NOT NULL"), "measure": SQL("true")})

    assert ("dead", "sitemap", "borken:T-ENDED") in _findings(place.options)


def test_an_auditor_that_believes_the_board_would_see_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.happens(FILLED)
    monkeypatch.setattr(compare, "_dead", lambda *_: set())

    assert not [one for one in _findings(place.options) if one[1] in ("list", "feed", "sitemap")]


def test_what_is_missing_or_out_of_date_is_found(place: Place) -> None:
    with psycopg.connect(place.database, autocommit=True) as connection:
        connection.execute("DELETE FROM board.job WHERE entity = 'borken:T-2'")
    place.happens({**JOBS[2], "version": 2, "title": "Neuer Titel"})

    assert _findings(place.options) == {
        *(("missing", where, "borken:T-2") for where in PLACES if where != "feed"),
        ("missing", "row", "coesfeld:T-3"),
    }


def test_a_job_that_left_the_public_view_is_dead(place: Place) -> None:
    place.happens({**JOBS[1], "version": 2, "visibility": "INTERNAL"})

    assert ("dead", "list", "borken:T-2") in _findings(place.options)


def test_midnight_ends_a_job_without_an_event(place: Place) -> None:
    tomorrow = TODAY.replace(day=TODAY.day + 1)

    assert ("dead", "page", "borken:T-LASTDAY") in _findings(replace(place.options, today=lambda: tomorrow))


# ------------------------------------------------------------------------------------------------------------ measures


def test_a_course_that_was_cancelled_is_found_everywhere(place: Place) -> None:
    place.happens(CANCELLED)
    report = _audit(place.options)

    expected = {("dead", where, "coesfeld:M-2026-0815", "measure") for where in PLACES}
    assert expected == {tuple(one) for one in report.findings}
    labels = {"event": "measure", "place": "json_ld"}
    assert REGISTRY.get_sample_value("jobhub_audit_dead_advertised", labels) == 1


def test_a_course_that_is_missing_or_out_of_date_is_found(place: Place) -> None:
    with psycopg.connect(place.database, autocommit=True) as connection:
        connection.execute("DELETE FROM board.measure WHERE entity = 'coesfeld:M-COACH'")
    place.happens(measure(version=2, title="Neuer Titel"))

    assert _findings(place.options) == {
        *(("missing", where, "coesfeld:M-COACH") for where in PLACES if where != "feed"),
        ("missing", "row", "coesfeld:M-2026-0815"),
    }


def test_a_course_ends_with_its_last_day(place: Place) -> None:
    after = datetime.date(2027, 6, 8)
    found = _findings(replace(place.options, today=lambda: after))

    # The row says so itself; what shows it all the same is the board, which still lives in November.
    expected = {("dead", where, "coesfeld:M-2026-0815") for where in PLACES if where != "row"}
    assert expected == {one for one in found if one[2] == "coesfeld:M-2026-0815"}


def test_pages_of_courses_that_ignore_ends_are_found(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.web.queries.Board.measure_is_over", lambda *_: False)

    over = ("coesfeld:M-OVER", "coesfeld:M-ENDED")
    expected = {("dead", where, key) for where in ("page", "json_ld", "api") for key in over}
    assert expected == _findings(place.options)


def test_a_page_that_tells_search_engines_nothing_is_found(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.web.json_ld.course", lambda *_: None)

    found = _findings(place.options)
    assert {where for _, where, _ in found} == {"json_ld"}
    assert "coesfeld:M-AGH" not in {key for _, _, key in found}  # job creation is no course


def test_a_job_and_a_course_of_the_same_number_are_two_things(place: Place) -> None:
    place.happens(vacancy(jobcenter="coesfeld", source_id="M-2026-0815"))

    found = _audit(place.options).findings
    assert ({"vacancy"}, {"missing"}) == ({one.event for one in found}, {one.kind for one in found})


def test_what_is_on_its_way_is_no_finding_before_a_minute_is_over(place: Place) -> None:
    now = [0.0]

    async def rounds() -> list[tuple[int, int]]:
        told = []
        async with Auditor(replace(place.options, grace_secs=60), lambda: now[0]) as auditor:
            for moment in (0, 59, 60):
                now[0] = moment
                report = await auditor.round()
                told.append((len(report.findings), len(report.pending)))
            fill_again(place.database)
            report = await auditor.round()
            told.append((len(report.findings), len(report.pending)))
        return told

    def fill_again(url: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("UPDATE board.job SET ended = true, version = 2 WHERE entity = 'borken:T-1'")

    place.happens(FILLED)
    assert asyncio.run(rounds()) == [(0, 7), (0, 7), (7, 0), (0, 0)]


def test_an_entry_that_tells_of_others_leaves_none_of_them_missing() -> None:
    states = {key: State((0, 1), active=True, until=None, at_ms=0) for key in ("a:1", "b:1")}
    rows = {key: _row(key) for key in states}
    shown = Shown(listed={"a:1"}, covered={"a:1", "b:1"}, newest=["a:1"], feed={"a:1"}, sitemap={"a:1"})

    assert compare.compare(states, rows, shown, {}, TODAY) == set()
    shown.covered.remove("b:1")
    assert {one[:2] for one in compare.compare(states, rows, shown, {}, TODAY)} == {
        ("missing", "list"),
        ("missing", "sitemap"),
    }


def _row(key: str) -> Row:
    return Row(key, 0, 1, ended=False, removed=False, visibility="PUBLIC", until=None)


def test_a_board_that_does_not_answer_is_no_finding_but_told(place: Place) -> None:
    with pytest.raises(BoardAway, match="/api/v1/jobs"):
        _audit(replace(place.options, web="http://127.0.0.1:9"))


# ---------------------------------------------------------------------------------------------------------- the verb


def test_the_verb_once_and_round_and_round(broker: str, database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    with _place(broker, database_url, {event: topics.curated(event) for event in AUDITED}) as place:
        command = [sys.executable, "-m", "hub.cli.main", "audit", "board", "--json", "--per-second", "500"]
        command += ["--bootstrap-servers", broker, "--database-url", place.database, "--web", place.options.web]
        environment = {"PATH": "/usr/bin:/bin", "JOBHUB_TODAY": TODAY.isoformat(), "JOBHUB_LANG": "en"}
        once = subprocess.run(
            [*command, "--once"], env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        process = subprocess.Popen(
            [*command, "--every-secs", "1", "--metrics-port", port],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        with process:
            first = json.loads(next_line(process))
            place.happens(FILLED)
            while not (later := json.loads(next_line(process)))["pending"]:
                assert later["ok"]
            metrics = httpx2.get(f"http://127.0.0.1:{port}/metrics").text
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=60)

    assert (once.returncode, json.loads(once.stdout)["ok"]) == (0, True), once.stderr
    assert (first["ok"], first["findings"], later["pending"]) == (True, [], 7)
    assert 'jobhub_audit_missing{event="vacancy",place="row"} 0.0' in metrics
    assert (process.returncode, err) == (0, "")


def test_a_finding_is_told_with_code_and_remedy(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.happens(FILLED)
    report = _audit(place.options)
    audit._show(report, as_json=True)
    told = json.loads(capsys.readouterr().out)
    audit._show(report, as_json=False)

    assert (told["ok"], {one["code"] for one in told["findings"]}) == (False, {"E911"})
    assert {one["key"] for one in told["findings"]} == {"borken:T-1"}
    assert all(one["message"] and one["fix"] for one in told["findings"])
    assert "E911  list    vacancy  borken:T-1" in capsys.readouterr().out
