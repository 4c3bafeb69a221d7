"""The database of the running or the last demo."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from hub.demo.place import Place
from hub.embedded import EmbeddedError, Services
from hub.embedded.folder import DataFolder
from hub.embedded.postgres import EmbeddedPostgres


class NoDemoError(EmbeddedError):
    """In this folder no demo has run."""


@contextmanager
def demo_database(place: Place) -> Iterator[str]:
    """Address of the demo's database; it is started for as long as it is needed if no demo runs.

    Raises:
        EmbeddedError: there never was a demo in this folder, or its database cannot be started.
    """
    if not (place.services / "embedded.json").exists():
        raise NoDemoError(f"no demo has run in {place.root}; start one, or set JOBHUB_DATA to its folder")
    # Only read: whoever claims ports gets others while the demo runs on these.
    state = DataFolder(place.services).remembered()
    running = EmbeddedPostgres(place.services / "postgres", state.postgres_port, state.password).database_url
    if _answers(running):
        yield running
        return
    with Services(place.services, kafka=False) as endpoints:
        yield endpoints.database_url


def _answers(address: str) -> bool:
    try:
        psycopg.connect(address, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
