"""One real broker and one real PostgreSQL for a whole test run; more only for tests that must own everything."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from hub.embedded import Endpoints, Services
from hub.settings import Settings
from schemas.jobcenter import known_jobcenters
from tests.support.guarded import Guarded, guarded_broker


def _data_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="jobhub-test-"))


@pytest.fixture(scope="session")
def services() -> Iterator[Endpoints]:
    """Real Kafka and real PostgreSQL, shared by all tests of the run."""
    folder = _data_folder()
    try:
        with Services(folder) as endpoints:
            yield endpoints
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def bootstrap_servers(services: Endpoints) -> str:
    """Address of the shared broker."""
    return services.bootstrap_servers


@pytest.fixture(scope="session")
def database_url(services: Endpoints) -> str:
    """Address of the shared database `jobhub`."""
    return services.database_url


@pytest.fixture
def fresh_database(database_url: str) -> Iterator[str]:
    """A new empty database on the shared server, dropped afterwards."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield database_url.rsplit("/", 1)[0] + f"/{name}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def fresh_broker() -> Iterator[Callable[[], str]]:
    """Starts a further broker with empty topics; each call starts one more, all end with the test."""
    with ExitStack() as stack:

        def start() -> str:
            folder = _data_folder()
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            return stack.enter_context(Services(folder, postgres=False)).bootstrap_servers

        yield start


@pytest.fixture(scope="session")
def guarded() -> Iterator[Guarded]:
    """A broker that lets in whom it knows."""
    with guarded_broker() as found:
        yield found


@pytest.fixture(scope="session")
def jobcenter_ids() -> list[str]:
    """The participants set up in deploy/jobcenters."""
    return known_jobcenters(Settings().deploy_folder / "jobcenters")


@pytest.fixture
def made_up_jobcenter() -> str:
    """An id no other test uses, so that its topics are this test's alone."""
    return f"t{secrets.token_hex(5)}"
