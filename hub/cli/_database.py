"""Which database a verb works with, and what it says when it is not to be found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg

from hub.cli.output import Exit, Failure, t
from hub.settings import Settings


def database(option: str | None, settings: Settings) -> str:
    """Address of the database, from the option or JOBHUB_DATABASE_URL."""
    address = option or settings.database_url
    if not address:
        what = t("Die Adresse der Datenbank fehlt.", "The address of the database is missing.")
        raise Failure(Exit.USAGE, "E406", what)
    return address


@contextmanager
def database_or_demo(option: str | None, settings: Settings) -> Iterator[str]:
    """Address of the database for a verb that only reads: otherwise that of the running, or the last, demo."""
    given = option or settings.database_url
    if given:
        yield given
        return
    from hub.demo.place import Place
    from hub.demo.store import NoDemoError, demo_database
    from hub.embedded import EmbeddedError

    with ExitStack() as opened:
        place = Place(settings.data.absolute())
        try:
            address = opened.enter_context(demo_database(place))
        except NoDemoError as error:
            what = t(f"In {place.root} ist noch keine Demo gelaufen.", f"No demo has run in {place.root} yet.")
            raise Failure(Exit.UNREACHABLE, "E406", what) from error
        except EmbeddedError as error:
            raise Failure(Exit.UNREACHABLE, "E406", str(error)) from error
        yield address


@contextmanager
def reachable() -> Iterator[None]:
    """A database that does not answer ends the verb with 5, one without our tables with 3."""
    try:
        yield
    except psycopg.OperationalError as error:
        # The address holds a password, and so may the driver's message.
        what = t("Die Datenbank antwortet nicht.", "The database does not answer.")
        raise Failure(Exit.UNREACHABLE, "E404", what) from error
    except psycopg.errors.UndefinedTable as error:
        what = t("In der Datenbank fehlen die Tabellen.", "The database has no tables yet.")
        todo = t("jobhub sink starten; es legt sie an.", "Start jobhub sink; it makes them.")
        raise Failure(Exit.CONFIGURATION, "E701", what, todo=todo) from error
