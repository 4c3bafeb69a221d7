"""Answers to searches are remembered, and yet nothing that ended is in one of them from the commit that ended it."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator

import psycopg
import pytest
from fastapi.testclient import TestClient

from hub.search import jobs, moment
from hub.search.jobs import Found
from hub.search.query import JobQuery
from hub.web import broad
from hub.web.app import create_app
from hub.web.remembered import Answers
from tests.support.board_rows import fill
from tests.support.events import vacancy
from tests.support.match import ALONE, BORKEN, COESFELD, match
from tests.support.sinks import wait_until
from tests.support.web import NAMES, TODAY

pytestmark = pytest.mark.integration

QUIET_SECONDS = 60.0
"""So long nobody else on the server writes without a pause."""
LAST_DAY = datetime.date(2026, 11, 30)
ENDS = vacancy(source_id="ENDS", title="Koch im Gasthof", published_until=LAST_DAY)
STAYS = vacancy(source_id="STAYS", title="Köchin im Gasthof", published_until=None)
FORMS = ("/api/v1/jobs?was=Koch", "/api/v1/jobs?was=Koch&jobcenter=borken", "/stellen?was=Koch", "/en/stellen",
         "/stellen.atom?was=Koch", "/")  # fmt: skip


class Remembered:
    """Counts how many answers came from memory."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times, at = 0, Answers.at

        def counting(answers: Answers, asked: object, now: str | None) -> Found | None:
            found = at(answers, asked, now)
            self.times += found is not None
            return found

        monkeypatch.setattr(Answers, "at", counting)


@pytest.fixture
def day() -> list[datetime.date]:
    return [TODAY]


@pytest.fixture
def client(fresh_database: str, day: list[datetime.date]) -> Iterator[TestClient]:
    fill(fresh_database, ENDS, STAYS)
    with TestClient(create_app(fresh_database, lambda: day[0], jobcenters=NAMES)) as client:
        yield client


@pytest.fixture
def remembered(monkeypatch: pytest.MonkeyPatch) -> Remembered:
    return Remembered(monkeypatch)


def shows(client: TestClient, path: str, remembered: Remembered | None = None) -> bool:
    """Whether the job that ends is in an answer; with `remembered`, in one that came from memory."""
    # Something else on the server may write between two questions, and then nothing is remembered.
    until = time.monotonic() + QUIET_SECONDS
    while time.monotonic() < until:
        before = remembered.times if remembered else 0
        answer = client.get(path)
        assert answer.status_code == 200
        assert "STAYS" in answer.text
        if remembered is None or remembered.times > before:
            return "ENDS" in answer.text
    raise AssertionError("nothing was remembered")


def end(connection: psycopg.Connection[object]) -> None:
    connection.execute("UPDATE board.job SET ended = true WHERE source_id = 'ENDS'")


@pytest.mark.parametrize("path", FORMS)
def test_what_ended_leaves_a_remembered_answer_at_once(
    client: TestClient, fresh_database: str, remembered: Remembered, path: str
) -> None:
    assert shows(client, path, remembered)
    with psycopg.connect(fresh_database) as connection:
        end(connection)
        assert shows(client, path)

    assert not shows(client, path)
    assert not shows(client, path, remembered)


def test_it_leaves_too_if_its_end_was_written_before_the_answer_was_made(
    client: TestClient, fresh_database: str, remembered: Remembered
) -> None:
    with psycopg.connect(fresh_database) as ending, psycopg.connect(fresh_database, autocommit=True) as other:
        end(ending)
        other.execute("SELECT pg_current_xact_id()")  # younger, and over sooner
        assert shows(client, FORMS[0], remembered)
        ending.commit()

        assert not shows(client, FORMS[0])


def test_what_has_had_its_last_day_leaves_at_midnight(
    client: TestClient, day: list[datetime.date], remembered: Remembered
) -> None:
    day[0] = LAST_DAY
    assert shows(client, FORMS[0], remembered)

    day[0] += datetime.timedelta(days=1)
    assert not shows(client, FORMS[0])


def test_a_count_that_is_some_seconds_old_is_not_remembered_for_longer(
    client: TestClient, fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broad, "BROAD_HITS", 0)
    assert shows(client, FORMS[0])
    with psycopg.connect(fresh_database) as connection:
        end(connection)
    assert client.get(FORMS[0]).json()["total"] == 2  # its number may be; the job itself is gone
    monkeypatch.setattr(broad, "SECONDS", 0)

    assert client.get(FORMS[0]).json()["total"] == 1


def test_what_the_matcher_folded_is_one_card_at_once(fresh_database: str, remembered: Remembered) -> None:
    fill(fresh_database, BORKEN, COESFELD, ALONE)
    with TestClient(create_app(fresh_database, TODAY, jobcenters=NAMES)) as client:
        totals = set[int]()

        def is_remembered() -> bool:
            totals.add(client.get("/api/v1/jobs").json()["total"])
            return remembered.times > 0

        wait_until(is_remembered, QUIET_SECONDS)
        match(fresh_database)

        assert totals == {3}
        assert client.get("/api/v1/jobs").json()["total"] == 2


def test_a_server_that_started_anew_is_believed_nothing_of_before(fresh_database: str) -> None:
    assert _kept_after_a_break(fresh_database) == {"Maurer"}


def test_a_memory_that_outlives_its_connections_would_be_noticed(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Answers, "forget", lambda _: None)

    assert _kept_after_a_break(fresh_database) == {"Koch", "Maurer"}


def _kept_after_a_break(database_url: str) -> set[str]:
    """What is remembered after all connections broke and one question was answered."""
    fill(database_url, ENDS, STAYS)
    app = create_app(database_url, TODAY, jobcenters=NAMES)
    with TestClient(app) as client, psycopg.connect(database_url, autocommit=True) as other:
        answers: Answers = app.state.site.board.answers

        def is_kept(was: str) -> bool:
            # What was asked on a connection that is gone fails; the pool then makes another.
            return client.get(f"/api/v1/jobs?was={was}").status_code == 200 and (JobQuery(was=was), TODAY) in answers

        wait_until(lambda: is_kept("Koch"), QUIET_SECONDS)
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        wait_until(lambda: is_kept("Maurer"), QUIET_SECONDS)
        return {was for was in ("Koch", "Maurer") if (JobQuery(was=was), TODAY) in answers}


def test_a_memory_that_asks_for_no_moment_would_be_noticed(
    client: TestClient, fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Answers, "at", lambda answers, asked, _: answers._kept.get(asked))

    with pytest.raises(AssertionError, match="assert not True"):
        test_what_ended_leaves_a_remembered_answer_at_once(client, fresh_database, Remembered(monkeypatch), FORMS[0])


def test_a_moment_that_counts_only_the_youngest_transaction_would_be_noticed(
    client: TestClient, fresh_database: str, remembered: Remembered, monkeypatch: pytest.MonkeyPatch
) -> None:
    youngest = "pg_snapshot_xmax(pg_current_snapshot())::text"
    monkeypatch.setattr(jobs, "MOMENT", youngest)
    monkeypatch.setattr(moment, "_ASK", f"SELECT {youngest}")

    def over_and_over() -> None:
        # Something else on the server may write and so be younger, but not each time.
        for _ in range(50):
            test_it_leaves_too_if_its_end_was_written_before_the_answer_was_made(client, fresh_database, remembered)
            with psycopg.connect(fresh_database) as connection:
                connection.execute("UPDATE board.job SET ended = false WHERE source_id = 'ENDS'")

    with pytest.raises(AssertionError, match="assert not True"):
        over_and_over()
