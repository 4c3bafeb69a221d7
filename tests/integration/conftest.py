"""The board as most tests of the web want it, and a topic of one's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from fastapi.testclient import TestClient

from hub.web.remembered import Answers
from tests.support.board_jobs import ALL
from tests.support.board_rows import fill, own_database
from tests.support.web import board_app


@pytest.fixture(scope="module")
def client(database_url: str) -> Iterator[TestClient]:
    """The board, for tests that only read it."""
    with own_database(database_url) as url:
        fill(url, *ALL)
        with TestClient(board_app(url)) as client:
            yield client


@pytest.fixture
def own_client(fresh_database: str) -> Iterator[TestClient]:
    """A board for a test that changes it."""
    fill(fresh_database, *ALL)
    with TestClient(board_app(fresh_database)) as client:
        yield client


@pytest.fixture
def no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that break the search: what was answered before does not hide it, nor does what they are answered."""
    monkeypatch.setattr(Answers, "at", lambda *_: None)
    monkeypatch.setattr(Answers, "keep", lambda *_: None)


@pytest.fixture
def topic(bootstrap_servers: str, made_up_jobcenter: str) -> Iterator[str]:
    """A topic with four partitions that no other test uses, deleted afterwards."""
    name = f"test.{made_up_jobcenter}"
    admin = AdminClient({"bootstrap.servers": bootstrap_servers})
    admin.create_topics([NewTopic(name, 4, 1)])[name].result()
    yield name
    admin.delete_topics([name])[name].result()
