"""jobhub keys create|show: the key pair with which a Jobcenter opens what the hub refused."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli._options import JsonOutput
from hub.cli.output import Exit, Failure, print_json, stdout, t
from schemas.topics import JOBCENTER_ID

AsJson = JsonOutput


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(
        no_args_is_help=True, help="Schlüssel eines Jobcenters für abgewiesene Originale: create, show."
    )
    app.add_typer(verbs, name="keys")

    @verbs.command(
        "create", help="Erzeugt ein Schlüsselpaar: <jobcenter>.key bleibt im Haus, <jobcenter>.pub geht an den Hub."
    )
    def create(
        jobcenter: Annotated[str, typer.Argument(help="Kennung.")],
        folder: Annotated[Path | None, typer.Option("--folder", help="Ordner; sonst JOBHUB_DATA/keys.")] = None,
        as_json: AsJson = False,
    ) -> None:
        from hub.settings import Settings
        from schemas.sealed import fingerprint, read_key, write_keypair

        if not JOBCENTER_ID.match(jobcenter):
            what = t(f"{jobcenter!r} ist keine Kennung.", f"{jobcenter!r} is not an id.")
            todo = t("Kleinbuchstaben und Ziffern, wie borken.", "Lower-case letters and digits, like borken.")
            why = t("Sie wird Teil der Namen von Topics.", "It becomes part of the names of topics.")
            raise Failure(Exit.USAGE, "E702", what, why, todo)
        place = folder or Settings().data / "keys"
        try:
            private, public = write_keypair(place, jobcenter)
        except FileExistsError as error:
            raise _exists(error.filename) from error
        except OSError as error:
            what = t(f"In {place} kann nicht geschrieben werden.", f"Cannot write in {place}.")
            raise Failure(Exit.CONFIGURATION, "E701", what, why=error.strerror, todo="--folder") from error
        mark = fingerprint(read_key(public))
        if as_json:
            print_json({"jobcenter": jobcenter, "fingerprint": mark, "private": str(private), "public": str(public)})
            return
        lines = [
            f"{private}  "
            + t("bleibt im Haus, gesichert, für niemanden sonst", "stays in the house, backed up, for nobody else"),
            f"{public}  "
            + t("an den Betrieb des Hubs (worker --public-keys)", "to the hub's operators (worker --public-keys)"),
            t(f"Fingerabdruck  {mark}", f"Fingerprint  {mark}"),
            t("Am Telefon vergleichen: jobhub keys show ORDNER", "Compare by telephone: jobhub keys show FOLDER"),
        ]
        stdout().print("\n".join(lines), markup=False)

    @verbs.command("show", help="Fingerabdrücke der öffentlichen Schlüssel eines Ordners.")
    def show(
        folder: Annotated[Path, typer.Argument(help="Ordner mit <jobcenter>.pub.", metavar="ORDNER")],
        as_json: AsJson = False,
    ) -> None:
        from schemas.sealed import fingerprint, read_public_keys

        if not folder.is_dir():
            what = t(f"Den Ordner {folder} gibt es nicht.", f"There is no folder {folder}.")
            why = t("Darin liegt je Jobcenter ein <jobcenter>.pub.", "It holds a <jobcenter>.pub for each Jobcenter.")
            raise Failure(Exit.USAGE, "E703", what, why, "jobhub keys create")
        try:
            marks = {name: fingerprint(key) for name, key in read_public_keys(folder).items()}
        except (OSError, ValueError) as error:
            raise Failure(Exit.CONFIGURATION, "E701", str(error), todo="jobhub keys create") from error
        if as_json:
            print_json({"folder": str(folder), "keys": marks})
        elif marks:
            stdout().print("\n".join(f"{name:20}{mark}" for name, mark in marks.items()), markup=False)
        else:
            stdout().print(t(f"In {folder} liegt kein Schlüssel.", f"There is no key in {folder}."), markup=False)


def _exists(file: str) -> Failure:
    return Failure(
        Exit.USAGE,
        "E701",
        t(f"{file} gibt es schon; nichts wurde geändert.", f"{file} exists already; nothing was changed."),
        why=t(
            "Ein neuer Schlüssel öffnet nicht, was für den alten versiegelt wurde.",
            "A new key does not open what was sealed for the old one.",
        ),
        todo=t(
            "Den vorhandenen benutzen, oder einen neuen in einem anderen Ordner erzeugen und den alten aufheben.",
            "Use that one, or make a new one in another folder and keep the old one.",
        ),
    )
