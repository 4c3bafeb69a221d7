"""jobhub trace ID: the life of one offer, from the row in a file to the job board."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli._options import DatabaseOrDemo, JsonOutput
from hub.cli.output import Exit, Failure, language, note, print_json, stdout, t

if TYPE_CHECKING:
    from hub.settings import Settings
    from hub.store.trail import Trail


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command("trace", help="Verfolgt ein Angebot von der Zeile der Datei bis zur Jobbörse: borken:BOR-0025147")
    def trace(
        entity: Annotated[str, typer.Argument(metavar="ID", help="<jobcenter>:<Kennung>, zum Beispiel borken:M003")],
        database_url: DatabaseOrDemo = None,
        as_json: JsonOutput = False,
    ) -> None:
        from hub.cli._trail import life
        from hub.demo.place import Addresses, Place
        from hub.settings import Settings
        from schemas.topics import JOBCENTER_ID

        jobcenter, _, source_id = entity.partition(":")
        if not source_id or not JOBCENTER_ID.match(jobcenter):
            raise Failure(
                Exit.USAGE,
                "E731",
                t(f"{entity!r}: das Jobcenter fehlt.", f"{entity!r}: the Jobcenter is missing."),
                todo=t("So schreiben: borken:BOR-0025147", "Write it like this: borken:BOR-0025147"),
            )
        settings = Settings()
        place = Place(settings.data.absolute())
        addresses = Addresses.load(place.addresses)
        with _trail(database_url or settings.database_url, place, settings) as trail:
            found = life(jobcenter, source_id, place.connectors, trail, addresses.web if addresses else None)
        if as_json:
            print_json({"found": found is not None, **(found or {"id": entity})})
        elif found is not None:
            _show(found)
        if found is None:
            note(t(f"{entity} wurde nie geliefert.", f"{entity} was never delivered."))
            raise typer.Exit(int(Exit.FINDINGS))


@contextmanager
def _trail(database_url: str | None, place: Any, settings: Settings) -> Iterator[Trail | None]:
    """The hub's side; at a Jobcenter there is none, and the connector's side is told all the same."""
    try:
        import psycopg
    except ModuleNotFoundError:  # the install of a connector
        yield None
        return
    from hub.demo.store import demo_database
    from hub.embedded import EmbeddedError
    from hub.store.trail import Trail

    try:
        with nullcontext(database_url) if database_url else demo_database(place) as address:
            try:
                connection = psycopg.connect(address, connect_timeout=5)
            except psycopg.OperationalError as error:
                what = t("Die Datenbank antwortet nicht.", "The database does not answer.")
                raise Failure(Exit.UNREACHABLE, "E404", what) from error
            with connection:
                yield Trail(connection)
    except EmbeddedError as error:
        if not place.connectors.is_dir():
            what = t(f"In {place.root} ist noch keine Demo gelaufen.", f"No demo has run in {place.root} yet.")
            raise Failure(Exit.UNREACHABLE, "E406", what) from error
        yield None


def _show(found: dict[str, Any]) -> None:
    console = stdout()
    console.print(f"{found['id']}  {_word(found['outcome'])}", markup=False)
    for version in found["versions"]:
        place = f"{version['file']}:{version['line']}" if version["line"] else version["file"] or ""
        parts = [
            f"  {t('Version', 'version')} {version['version']}" if version["version"] else "  –",
            _word(version["outcome"]),
            place,
        ]
        if version["code"]:
            parts.append(version["code"] + (f" ({version['column']})" if version["column"] else ""))
        if raw := version["raw"]:
            parts.append(f"{raw['topic']}[{raw['partition']}]@{raw['offset']}")
        console.print("  ".join(parts), markup=False)
    if found["reason"]:
        console.print(f"{t('Warum', 'Why'):6}{found['reason'][language()]}", markup=False)
        console.print(f"{t('Tun', 'Do'):6}{found['reason'][f'next_{language()}']}", markup=False)
    if found["board"]:
        console.print(f"{t('Jobbörse', 'Board')}  {found['board']}", markup=False)


_WORDS = {
    "published": ("veröffentlicht", "published"),
    "changed": ("geändert", "changed"),
    "ended": ("beendet", "ended"),
    "duplicate": ("doppelt", "duplicate"),
    "stale": ("veraltet", "stale"),
    "conflict": ("Widerspruch", "conflict"),
    "rejected": ("abgelehnt", "rejected"),
    "pending": ("unterwegs", "on its way"),
    "expired_unread": ("ungelesen verfallen", "expired unread"),
}


def _word(outcome: str) -> str:
    return t(*_WORDS.get(outcome, (outcome, outcome)))
