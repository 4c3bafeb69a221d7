"""jobhub init FILE: describe a delivery, or a view, in a commented YAML file. Asks only what it cannot tell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli._options import JsonOutput
from hub.cli.output import Exit, Failure, language, note, print_json, stdout, t

if TYPE_CHECKING:
    from connectors.checked import Checked
    from connectors.recognise.recognised import Recognised
    from hub.cli._init_answers import Answers
    from hub.cli._init_origin import Origin
    from schemas.jobcenter import Jobcenter


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command("init", help="Beschreibt eine Lieferung in einer YAML-Datei mit Kommentaren. Gesendet wird nichts.")
    def init(
        path: Annotated[
            Path | None, typer.Argument(help="Eine Lieferung des Fachverfahrens.", metavar="DATEI", show_default=False)
        ] = None,
        sql: Annotated[
            str | None,
            typer.Option(
                "--sql", help="Statt der Datei: Variable mit der Adresse einer Datenbank.", metavar="VARIABLE"
            ),
        ] = None,
        view: Annotated[str | None, typer.Option("--view", help="Mit --sql: Sicht oder Tabelle.")] = None,
        schema: Annotated[str | None, typer.Option("--schema", help="Mit --sql: Schema der Sicht.")] = None,
        jobcenter: Annotated[
            str | None, typer.Option("--jobcenter", help="Kennung des Jobcenters: Kleinbuchstaben und Ziffern.")
        ] = None,
        name: Annotated[str | None, typer.Option("--name", help="Name der Quelle; sonst stellen, massnahmen …")] = None,
        load: Annotated[
            str | None, typer.Option("--load", help="full: jede Datei enthält alles; delta: nur Änderungen.")
        ] = None,
        visibility: Annotated[
            str | None,
            typer.Option("--visibility", help="Sagt keine Spalte, wer Stellen sieht: public, anonymous oder internal."),
        ] = None,
        kreis: Annotated[str | None, typer.Option("--kreis", help="Kreisschlüssel mit fünf Ziffern.")] = None,
        title: Annotated[str | None, typer.Option("--title", help="Name des Jobcenters für Menschen.")] = None,
        files: Annotated[
            str | None, typer.Option("--files", help="Muster der Dateinamen; sonst aus dem Namen der Datei.")
        ] = None,
        codes: Annotated[
            list[str] | None, typer.Option("--code", help='Bedeutung eines Werts: "Spalte:Wert=SYMBOL". Mehrfach.')
        ] = None,
        mapped: Annotated[
            list[str] | None, typer.Option("--map", help='Spalte eines Feldes: "kldb2010=Berufsnr". Mehrfach.')
        ] = None,
        fixed: Annotated[
            list[str] | None,
            typer.Option("--fixed", help='Sagt es keine Spalte, für alle Zeilen: "openings=1". Mehrfach.'),
        ] = None,
        out: Annotated[
            Path | None, typer.Option("--out", help="Zieldatei; sonst deploy/jobcenters/KENNUNG.yaml.")
        ] = None,
        add: Annotated[
            bool, typer.Option("--add", help="Die Quelle in die vorhandene YAML-Datei dazuschreiben.")
        ] = False,
        yes: Annotated[bool, typer.Option("--yes", "-y", help="Nichts fragen, Vorschläge annehmen.")] = False,
        force: Annotated[bool, typer.Option("--force", help="Eine vorhandene Datei ersetzen.")] = False,
        as_json: JsonOutput = False,
    ) -> None:
        from connectors.recognise.yaml_text import added
        from hub.cli._init_answers import Answers, Office
        from hub.cli._init_origin import origin

        described = origin(path, sql, view, schema)
        recognised = described.recognised
        answers = Answers(recognised, asks=not yes and not as_json)
        answers.map_columns(mapped or [])
        answers.fix(fixed or [])
        answers.set_codes(codes or [])
        answers.ask_missing()
        present = _present(out, jobcenter) if add else None
        office = (
            Office(present.id, present.name, present.kreis)
            if present
            else answers.office(jobcenter or _named(out), title, kreis)
        )
        answers.ask_codes()
        answers.ask_visibility(visibility)
        target = _target(out, office.id, force or add)
        called = name or _source_name(recognised)
        if present and called in present.sources:
            what = t(f"{target} hat schon eine Quelle {called}.", f"{target} has a source {called} already.")
            raise Failure(Exit.USAGE, "E721", what, todo="--name …")
        source = recognised.source(files or described.files, answers.load(load))
        answers.doubt_ends(source)
        text = _text(described, answers, office, name, source)
        if present:
            text = added(target.read_text(encoding="utf-8"), text)
        found = _write(target, text, described, name or _source_name(recognised))
        _end(described.following(target), target, found, answers, as_json)


def _source_name(recognised: Recognised) -> str:
    from connectors.recognise.office import source_name

    return source_name(recognised.proposal.event)


def _named(out: Path | None) -> str | None:
    """The Jobcenter a file is named after."""
    from schemas.topics import JOBCENTER_ID

    return out.stem if out is not None and JOBCENTER_ID.match(out.stem) else None


def _place(out: Path | None, jobcenter: str) -> Path:
    from hub.settings import Settings

    folder = Settings().deploy_folder / "jobcenters"
    # What an installation brought along is not ours to write to.
    return out or (Path("deploy/jobcenters") if folder.parent.name == "_deploy" else folder) / f"{jobcenter}.yaml"


def _present(out: Path | None, jobcenter: str | None) -> Jobcenter:
    """The file a source is added to."""
    from hub.cli._jobcenters import load_file

    if out is None and jobcenter is None:
        what = t("Zu welcher Datei?", "To which file?")
        raise Failure(Exit.USAGE, "E722", what, todo="--out borken.yaml | --jobcenter borken")
    return load_file(_place(out, jobcenter or ""))


def _target(out: Path | None, jobcenter: str, force: bool) -> Path:
    target = _place(out, jobcenter)
    if target.stem != jobcenter or target.suffix != ".yaml":
        what = t(
            f"{target.name}: der Dateiname ist die Kennung, also {jobcenter}.yaml.",
            f"{target.name}: the name of the file is the id, so {jobcenter}.yaml.",
        )
        raise Failure(Exit.USAGE, "E722", what, todo=f"--out {target.with_name(f'{jobcenter}.yaml')}")
    if target.exists() and not force:
        raise Failure(Exit.USAGE, "E721", t(f"{target} gibt es schon.", f"{target} exists already."))
    return target


def _text(described: Origin, answers: Answers, office: Any, name: str | None, source: dict[str, Any]) -> str:
    from connectors.recognise.yaml_text import Told, yaml_text

    recognised = described.recognised
    told = Told(
        name=office.name,
        kreis=office.kreis,
        source=name or _source_name(recognised),
        file=described.title,
        following=described.following(Path(f"{office.id}.yaml"), anywhere=True),
        lookups=recognised.lookups,
        doubts=answers.open_points(),
        persons=recognised.proposal.persons,
    )
    return yaml_text(told, source, language())


def _write(target: Path, text: str, described: Origin, name: str) -> Checked:
    """Write the file, after the description in it has been tried on the delivery."""
    from connectors.recognise.yaml_text import parsed
    from hub.cli._jobcenters import configuration, load_file

    with configuration():
        found = described.check(parsed(text, target.stem), name)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    with configuration():
        load_file(target)  # what stands there is what was tried
    return found


def _end(following: str, target: Path, found: Checked, answers: Answers, as_json: bool) -> None:
    open_points = answers.open_points()
    if as_json:
        print_json(
            {
                "written": str(target),
                "rows": found.rows,
                "valid": found.valid,
                "open": open_points,
                "mapping": {path: names[0] for path, names in found.mapping.items()},
                "next": following,
            }
        )
        return
    for field, what in open_points.items():
        note(t(f"BITTE PRÜFEN  {field}: {what}", f"PLEASE CHECK  {field}: {what}"))
    if found.rows and not found.valid:
        what = t("So ist keine Zeile gültig. Warum, zeigt:", "No row is valid like this. Why, shows:")
        note(f"{what} {following}")
    lines = [
        t(f"Geschrieben  {target}", f"Written      {target}"),
        t(
            f"Geprüft      {found.valid} von {found.rows} Zeilen sind damit gültig",
            f"Checked      {found.valid} of {found.rows} rows are valid with it",
        ),
        t(f"Weiter       {following}", f"Next         {following}"),
        t("Es wurde nichts gesendet.", "Nothing was sent."),
    ]
    stdout().print("\n".join(lines), markup=False)
