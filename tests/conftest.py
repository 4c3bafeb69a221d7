"""One real broker and one real PostgreSQL for a whole test run; more only for tests that must own everything."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from hub.embedded import Endpoints, Services
from hub.settings import Settings
from schemas.jobcenter import known_jobcenters
from tests.support import lines, tries
from tests.support.guarded import Guarded
from tests.support.shared import Desk, Shared, ask, data_folder

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling
    from xdist.workermanage import WorkerController

tries.set_up()

_DESK = pytest.StashKey[Desk]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In several lines the long pieces come first; in one, the order is that of the folders."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: lines.turn_of(item.nodeid.partition("::")[0]))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Work is given out by pieces, whatever --dist says."""
    from tests.support.by_piece import ByPiece

    config.option.loadscopereorder = False
    return ByPiece(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerController) -> None:
    """The process that hands out the work owns what the run shares."""
    stash = node.config.stash
    if _DESK not in stash:
        stash[_DESK] = Desk(Shared())
    node.workerinput["desk"] = stash[_DESK].address


def pytest_unconfigure(config: pytest.Config) -> None:
    """Also after Ctrl-C."""
    if desk := config.stash.get(_DESK, None):
        desk.close()


@pytest.fixture(scope="session")
def shared(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Any]]:
    """What this run shares, by its kind."""
    if given := getattr(request.config, "workerinput", None):
        yield partial(ask, given["desk"])
    else:
        with Shared() as own:
            yield own


@pytest.fixture(scope="session")
def services(shared: Callable[[str], Any]) -> Endpoints:
    """Real Kafka and real PostgreSQL, shared by all tests of the run."""
    endpoints: Endpoints = shared("services")
    return endpoints


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
            folder = data_folder()
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            return stack.enter_context(Services(folder, postgres=False)).bootstrap_servers

        yield start


@pytest.fixture(scope="session")
def guarded(shared: Callable[[str], Any]) -> Guarded:
    """A broker that lets in whom it knows."""
    found: Guarded = shared("guarded")
    return found


@pytest.fixture(scope="session")
def jobcenter_ids() -> list[str]:
    """The participants set up in deploy/jobcenters."""
    return known_jobcenters(Settings().deploy_folder / "jobcenters")


@pytest.fixture
def made_up_jobcenter() -> str:
    """An id no other test uses, so that its topics are this test's alone."""
    return f"t{secrets.token_hex(5)}"
