"""jobhub check FILE: whether a delivery fits, row by row. Needs no configuration and no network; nothing is sent."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli._options import JsonOutput
from hub.cli.output import Exit, Failure, language, note, print_json, stdout, t

if TYPE_CHECKING:
    from connectors.checked import Checked
    from connectors.recognise.recognised import Recognised
    from schemas.jobcenter import Jobcenter


@dataclass(frozen=True, slots=True)
class Place:
    """A file, and the source it is examined as; without one it has to be recognised."""

    path: Path
    jobcenter: Jobcenter | None = None
    source: str | None = None
    config: Path | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A file examined, what it was taken for if nobody described it, and what to type next."""

    place: Place
    found: Checked
    recognised: Recognised | None
    next: str


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command(
        "check",
        help="Prüft eine Datei oder einen Ordner mit Lieferungen, auch ohne Konfiguration. Gesendet wird nichts.",
    )
    def check(
        path: Annotated[Path, typer.Argument(help="Datei oder Ordner.", metavar="DATEI|ORDNER")],
        config: Annotated[
            Path | None, typer.Option("--config", help="YAML-Datei, die die Datei beschreibt; sonst wird erkannt.")
        ] = None,
        jobcenter: Annotated[
            str | None, typer.Option("--jobcenter", help="Kennung eines eingerichteten Jobcenters.")
        ] = None,
        source: Annotated[str | None, typer.Option("--source", help="Quelle in der Datei des Jobcenters.")] = None,
        report: Annotated[
            Path | None,
            typer.Option("--report", help="Bericht schreiben: .xlsx (Zeilen mit Fehlern), .html oder .xml."),
        ] = None,
        limit: Annotated[int, typer.Option("--limit", min=1, help="Höchstens so viele Ursachen je Datei zeigen.")] = 20,
        mapping: Annotated[bool, typer.Option("--mapping", help="Die ganze Zuordnung zeigen.")] = False,
        as_json: JsonOutput = False,
    ) -> None:
        from hub.cli._check_json import as_object
        from hub.cli._check_text import show

        places = _places(path, config, jobcenter, source)
        if report is not None:
            _refuse_report(report, places)
        results = [_check(place) for place in places]
        if report is not None:
            _write_report(report, results[0])
        if not as_json:
            for result in results:
                show(result, limit, mapping)
            stdout().print(t("Es wurde nichts gesendet.", "Nothing was sent."))
        elif path.is_dir():
            print_json(
                {"files": [{"file": str(result.place.path), **as_object(result)} for result in results], "sent": 0}
            )
        else:
            print_json(as_object(results[0]))
        raise typer.Exit(int(Exit.OK if all(result.found.is_clean for result in results) else Exit.FINDINGS))


# ---------------------------------------------------------------------------------------------- which file as what


def _places(path: Path, config: Path | None, jobcenter: str | None, source: str | None) -> list[Place]:
    """Which file is examined as a delivery of which source."""
    from connectors.checks import candidates, sources_for
    from hub.cli._jobcenters import load_all, load_file, load_one

    if not path.exists():
        what = t(f"{path} gibt es nicht.", f"There is no {path}.")
        why = t("Zu prüfen ist nichts.", "There is nothing to check.")
        raise Failure(Exit.USAGE, "E732", what, why=why)
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    given = load_file(config) if config else load_one(jobcenter) if jobcenter else None
    known = {given.id: given} if given else load_all() if _is_known_folder(files) else {}
    found: list[Place] = []
    for file in files:
        fits = list(candidates(known, file)) if given is None else [(given, one) for one in sources_for(given, file)]
        if given is not None and source is None and not fits and not path.is_dir() and len(given.sources) == 1:
            fits = [(given, next(iter(given.sources)))]
        if source is not None:
            fits = [(owner, name) for owner, name in fits if name == source]
            if not fits and given is not None and source in given.sources:
                fits = [(given, source)]
        if len(fits) == 1:
            found.append(Place(file, *fits[0], config))
        elif path.is_dir() and known:
            note(t(f"{file.name}: gehört zu keiner Quelle", f"{file.name}: belongs to no source"))
        elif given is not None or source is not None:
            raise _unclear(file, fits)
        else:
            found.append(Place(file))
    if not found:  # a check that looked at nothing must not look like a good one
        if not files:
            raise Failure(Exit.USAGE, "E732", t(f"{path} ist leer.", f"{path} is empty."))
        what = t(f"{path}: keine Datei passt zu einer Quelle.", f"{path}: no file fits a source.")
        raise Failure(Exit.USAGE, "E703", what)
    return found


def _is_known_folder(files: list[Path]) -> bool:
    """Whether a file lies in a folder named after a Jobcenter that is set up here, as deliveries do."""
    from hub.settings import Settings

    folder = Settings().deploy_folder / "jobcenters"
    return any((folder / f"{file.absolute().parent.name}.yaml").is_file() for file in files)


def _unclear(file: Path, fits: list[tuple[Jobcenter, str]]) -> Failure:
    if not fits:
        return Failure(Exit.USAGE, "E703", t(f"{file.name} passt zu keiner Quelle.", f"{file.name} fits no source."))
    names = ", ".join(f"{owner.id}/{name}" for owner, name in fits)
    return Failure(
        Exit.USAGE,
        "E703",
        t(f"{file.name} passt mehrfach: {names}", f"{file.name} fits several sources: {names}"),
        todo="--source …",
    )


def _check(place: Place) -> Result:
    from connectors.checks import check_file
    from hub.cli._jobcenters import configuration

    if place.jobcenter is not None and place.source is not None:
        with configuration():
            found = check_file(place.jobcenter, place.source, place.path)
        return Result(place, found, None, _next(place, found))
    return _check_unknown(place)


def _check_unknown(place: Place) -> Result:
    from connectors.checks import check_recognised, unreadable
    from connectors.errors import Stop
    from connectors.recognise.recognised import recognise

    try:
        recognised = recognise(place.path)
    except Stop as error:
        found = unreadable(place.path, error)
        return Result(place, found, None, f"jobhub explain {error.code}")
    found = check_recognised(place.path, recognised)
    told = "".join(f" --map {field}=…" for field in recognised.proposal.missing)
    following = "jobhub explain E321" if recognised.proposal.needs_dkz_table else _next(place, found) + told
    return Result(place, found, recognised, following)


def _next(place: Place, found: Checked) -> str:
    file = quoted(place.path)
    if found.refused is not None:
        return f"jobhub explain {found.findings[0].code}"
    if place.jobcenter is None:
        return f"jobhub init {file}"
    if not found.is_clean:
        source = f" --config {quoted(place.config)}" if place.config else ""
        return f"jobhub check {file}{source} --report fehler.xlsx"
    return f"jobhub run {place.jobcenter.id} --dry-run"


def quoted(path: Path) -> str:
    """A path as it is typed: PowerShell and bash both take double quotes."""
    return f'"{path}"' if " " in str(path) else str(path)


# ---------------------------------------------------------------------------------------------- report


def _refuse_report(report: Path, places: list[Place]) -> None:
    if len(places) != 1:
        what = t("Ein Bericht gilt einer Datei.", "A report is about one file.")
        raise Failure(Exit.USAGE, "E731", what, todo="jobhub check DATEI --report fehler.xlsx")
    if report.suffix.lower() not in (".xlsx", ".html", ".xml"):
        what = t(f"{report.name}: unbekannte Endung.", f"{report.name}: unknown ending.")
        raise Failure(Exit.USAGE, "E731", what, todo="--report fehler.xlsx | fehler.html | fehler.xml")
    if report.absolute() == places[0].path.absolute():
        what = t("Der Bericht überschriebe die geprüfte Datei.", "The report would overwrite the file checked.")
        raise Failure(Exit.USAGE, "E731", what, todo="--report fehler.xlsx")


def _write_report(report: Path, result: Result) -> None:
    from connectors.recognise.recognised import SOURCE
    from connectors.reports.junit import write_junit
    from connectors.reports.original_rows import OriginalRows
    from connectors.reports.page import write_page
    from connectors.reports.workbook import write_workbook
    from schemas.rule_set import rule_set

    kind, found = report.suffix.lower(), result.found
    try:
        if kind == ".html":
            write_page(report, found, rule_set(), language())
        elif kind == ".xml":
            write_junit(report, found, rule_set(), language())
        else:
            owner: Any = result.place.jobcenter or (result.recognised.jobcenter() if result.recognised else None)
            readable = owner is not None and found.refused is None
            rows = OriginalRows(owner, result.place.source or SOURCE, result.place.path) if readable else None
            write_workbook(report, found, rows, language())
    except OSError as error:
        with suppress(OSError):
            report.unlink()  # half a report looks like a whole one
        raise OSError(error.errno, error.strerror, str(report)) from error
    note(t(f"Geschrieben: {report}", f"Written: {report}"))
