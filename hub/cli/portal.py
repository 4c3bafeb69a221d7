"""jobhub portal list|show|accept|refuse|password: the work list of the employer portal on the command line."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from hub.cli.output import Exit, Failure, language, print_json, stderr, stdout, t

if TYPE_CHECKING:
    from hub.portal.acts import Acts
    from hub.portal.store import Connection, Job

T = TypeVar("T")

_DATABASE = typer.Option("--database-url", help="PostgreSQL-Adresse; sonst JOBHUB_DATABASE_URL.")
_PUBLIC = typer.Option("--public-url", help="Adresse der Jobbörse von außen, für die Links in den E-Mails.")
_JSON = typer.Option("--json", help="Ein JSON-Objekt statt Text.")
_JOBCENTER = typer.Argument(help="Kennung.")
_NUMBER = typer.Argument(help="Nummer der Stelle: 17 bei AG-17.")


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    group = typer.Typer(no_args_is_help=True, help="Arbeitgeberportal: list, show, accept, refuse, password.")
    app.add_typer(group, name="portal")

    @group.command("list", help="Stellen, die auf eine Entscheidung warten.")
    def list_(
        jobcenter: Annotated[str, _JOBCENTER],
        database_url: Annotated[str | None, _DATABASE] = None,
        as_json: Annotated[bool, _JSON] = False,
    ) -> None:
        from hub.portal import store

        jobs = _ask(database_url, lambda connection: store.worklist(connection, jobcenter))
        if as_json:
            print_json({"jobcenter": jobcenter, "jobs": [_as_dict(job) for job in jobs]})
        else:
            stdout().print(_table(jobs))

    @group.command("show", help="Eine Stelle mit allem, was der Arbeitgeber angegeben hat.")
    def show(
        jobcenter: Annotated[str, _JOBCENTER],
        number: Annotated[int, _NUMBER],
        database_url: Annotated[str | None, _DATABASE] = None,
        as_json: Annotated[bool, _JSON] = False,
    ) -> None:
        job = _ask(database_url, lambda connection: _one(connection, jobcenter, number))
        if as_json:
            print_json({"jobcenter": jobcenter, **_as_dict(job), "content": job.life.shown})
            return
        stdout().print(_table([job]))
        for name, value in job.life.shown.items():
            stdout().print(f"{name}: {value}", markup=False)

    @group.command("accept", help="Nimmt eine Stelle oder ihre Änderung an.")
    def accept(
        jobcenter: Annotated[str, _JOBCENTER],
        number: Annotated[int, _NUMBER],
        public_url: Annotated[str | None, _PUBLIC] = None,
        database_url: Annotated[str | None, _DATABASE] = None,
        as_json: Annotated[bool, _JSON] = False,
    ) -> None:
        acts = _acts(public_url)

        async def decide(connection: Connection) -> Job:
            job = await _one(connection, jobcenter, number)
            return await acts.accept(connection, jobcenter, number, job.revision, _who())

        _told(_ask(database_url, decide), as_json)

    @group.command("refuse", help="Lehnt eine Stelle oder ihre Änderung ab; der Arbeitgeber bekommt den Grund.")
    def refuse(
        jobcenter: Annotated[str, _JOBCENTER],
        number: Annotated[int, _NUMBER],
        reason: Annotated[str, typer.Option("--reason", help="Grund aus der Liste, zum Beispiel DUPLICATE.")],
        text: Annotated[str, typer.Option("--text", help="Text an den Arbeitgeber.")] = "",
        public_url: Annotated[str | None, _PUBLIC] = None,
        database_url: Annotated[str | None, _DATABASE] = None,
        as_json: Annotated[bool, _JSON] = False,
    ) -> None:
        from hub.portal.letters import REASONS
        from schemas.leak_guard import leak_in

        if reason not in REASONS:
            what = t(f"Den Grund {reason} gibt es nicht.", f"There is no reason {reason}.")
            raise Failure(Exit.USAGE, "E703", what, ", ".join(REASONS))
        if code := leak_in(text):
            raise Failure(Exit.USAGE, code, t("Dieser Text darf nicht hinaus.", "This text must not leave."))
        acts = _acts(public_url)

        async def decide(connection: Connection) -> Job:
            job = await _one(connection, jobcenter, number)
            return await acts.refuse(connection, jobcenter, number, job.revision, _who(), reason, text)

        _told(_ask(database_url, decide), as_json)

    @group.command("password", help="Fragt nach einem Kennwort und gibt die Zeile für JOBHUB_PORTAL_STAFF_… aus.")
    def password(
        name: Annotated[str, typer.Argument(help="Name, mit dem sich jemand anmeldet.")],
        as_json: Annotated[bool, _JSON] = False,
    ) -> None:
        from hub.portal.staff import hashed

        typed = getpass.getpass(t("Kennwort (mindestens 12 Zeichen): ", "Password (at least 12 characters): "))
        try:
            line = hashed(name, typed)
        except ValueError:
            what = t("Name oder Kennwort ist so nicht möglich.", "Name or password is not possible.")
            why = t("Name ohne Leerzeichen und „:“, Kennwort ab 12 Zeichen.", "No blank or colon; 12 characters.")
            raise Failure(Exit.USAGE, "E703", what, why) from None
        if as_json:
            print_json({"line": line})
        else:
            stdout().print(line, markup=False)


def _acts(public_url: str | None) -> Acts:
    from hub.portal.acts import Acts
    from hub.portal.setup import SECRET, read_setup
    from hub.settings import Settings
    from schemas.jobcenter import ConfigurationError, load_jobcenters

    settings = Settings()
    try:
        participants = list(load_jobcenters(settings.deploy_folder / "jobcenters").values())
        setup = read_setup(participants, public_url, os.environ)
    except ConfigurationError as error:
        raise Failure(Exit.CONFIGURATION, error.code, f"{error.where} {t(error.de, error.what)}") from error
    if setup is None:
        what = t(f"Das Arbeitgeberportal ist aus: {SECRET} fehlt.", f"The employer portal is off: {SECRET} is missing.")
        raise Failure(Exit.CONFIGURATION, "E701", what)
    return Acts(setup.letters, lambda: settings.day)


def _ask(database_url: str | None, question: Callable[[Connection], Awaitable[T]]) -> T:
    from psycopg import AsyncConnection

    from hub.cli._database import database, reachable
    from hub.portal.lifecycle import NotNow
    from hub.settings import Settings

    address = database(database_url, Settings())

    async def asking() -> T:
        async with await AsyncConnection.connect(address, autocommit=True) as connection:
            return await question(connection)

    with reachable():
        try:
            return asyncio.run(asking())
        except NotNow as error:
            what = t("Das passt nicht zum Stand der Stelle.", "That does not fit the state of the job.")
            raise Failure(Exit.FINDINGS, "E703", what, str(error)) from error


async def _one(connection: Connection, jobcenter: str, number: int) -> Job:
    from hub.portal import store

    job = await store.at_desk(connection, jobcenter, number)
    if job is None:
        what = t(f"{jobcenter} hat keine Stelle {number}.", f"{jobcenter} has no job {number}.")
        raise Failure(Exit.USAGE, "E703", what, todo=f"jobhub portal list {jobcenter}")
    return job


def _who() -> str:
    """Who sits at this command line, for the history."""
    return f"{getpass.getuser()} (jobhub)"


def _told(job: Job, as_json: bool) -> None:
    if as_json:
        print_json({"jobcenter": job.jobcenter, **_as_dict(job)})
    else:
        stderr().print(t("Der Arbeitgeber bekommt eine E-Mail.", "The employer gets an e-mail."), markup=False)
        stdout().print(_table([job]))


def _as_dict(job: Job) -> dict[str, Any]:
    return {"id": f"AG-{job.id}", "number": job.id, "state": job.state, "version": job.version}


def _table(jobs: list[Job]) -> Table:
    table = Table(box=None, pad_edge=False)
    for de, en in (("Nummer", "number"), ("Zustand", "state"), ("Titel", "title"), ("Arbeitgeber", "employer"),
                   ("seit", "since")):  # fmt: skip
        table.add_column(t(de, en), no_wrap=True)
    for job in jobs:
        shown = job.life.shown
        since = f"{job.changed_at:%d.%m.%Y}" if language() == "de" else f"{job.changed_at:%Y-%m-%d}"
        employer = (shown.get("employer") or {}).get("name", "")
        table.add_row(str(job.id), job.state, escape(shown.get("title", "")), escape(employer), since)
    return table
