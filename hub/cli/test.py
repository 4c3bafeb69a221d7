"""jobhub test YAML… | --source FILE.py: a mapping by its own tests, or a source type by its contract. Sends nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli._options import JsonOutput
from hub.cli._source_type import try_type
from hub.cli.output import Exit, Failure, print_json, stdout, t

if TYPE_CHECKING:
    from connectors.mapping_tests import TestRun
    from schemas.jobcenter import Jobcenter


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command(
        "test",
        help="Führt die Tests aus, die in der YAML-Datei eines Jobcenters stehen (tests:); mit --source prüft es eine"
        " selbst geschriebene Quellenart gegen ihren Vertrag. Gesendet wird nichts.",
    )
    def test(
        files: Annotated[
            list[Path] | None, typer.Argument(help="YAML-Dateien oder Kennungen von Jobcentern.", metavar="YAML…")
        ] = None,
        source: Annotated[
            Path | None,
            typer.Option(
                "--source",
                help="Python-Datei mit Ihrer Quellenart und der Funktion sample.",
                metavar="DATEI.py",
            ),
        ] = None,
        tables: Annotated[
            Path | None, typer.Option("--tables", help="Ordner mit den Übersetzungstabellen (lookups).")
        ] = None,
        as_json: JsonOutput = False,
    ) -> None:
        if (source is None) == (not files):
            raise typer.BadParameter(t("YAML-Dateien oder --source angeben.", "Give YAML files, or --source."))
        if source is not None:
            try_type(source, as_json)
        files = files or []
        runs = [run for file in files for run in _run(file, tables)]
        failed = [run for run in runs if not run.passed]
        following = f"jobhub check DATEI --config {files[0]}" if not failed else "jobhub explain E723"
        if as_json:
            print_json({"ok": not failed, "tests": [_as_dict(run) for run in runs], "next": following})
        else:
            _show(runs, failed, following)
        raise typer.Exit(int(Exit.FINDINGS if failed else Exit.OK))


def _run(file: Path, tables: Path | None) -> list[TestRun]:
    from connectors.errors import Stop
    from connectors.lookups import read_lookups
    from connectors.mapping_tests import run_tests
    from hub.cli._jobcenters import configuration, load_file, load_one

    jobcenter = load_file(file) if file.suffix or file.exists() else load_one(str(file))
    try:
        with configuration():
            found = read_lookups(jobcenter.lookups, tables or _tables(jobcenter, file))
            return [run for name in jobcenter.sources for run in run_tests(jobcenter, name, found)]
    except Stop as error:
        raise Failure(Exit.CONFIGURATION, error.code, error.what, todo="--tables ORDNER") from error


def _tables(jobcenter: Jobcenter, file: Path) -> Path:
    """Where the tables are: beside the file, or with the example deliveries."""
    from hub.settings import Settings

    examples = Settings().deploy_folder / "demo" / "deliveries" / jobcenter.id
    beside = all((file.parent / table.file).is_file() for table in jobcenter.lookups.values())
    return file.parent if beside or not examples.is_dir() else examples


def _show(runs: list[TestRun], failed: list[TestRun], following: str) -> None:
    lines: list[str] = []
    for run in runs:
        word = t("gut", "ok") if run.passed else t("FEHLER", "FAILED")
        lines.append(f"{word:8}{run.source} · {run.name}" + ("" if run.passed else "  E723"))
        for difference in run.differences:
            lines.append(f"{'':8}{difference.what}")
            lines.append(f"{'':10}{t('erwartet', 'expected'):9} {_told(difference.expected, difference.what)}")
            lines.append(f"{'':10}{t('bekommen', 'actual'):9} {_told(difference.actual, difference.what)}")
    if runs:
        lines.append("")
    lines.append(
        t(
            f"{len(runs)} Tests: {len(runs) - len(failed)} gut, {len(failed)} fehlgeschlagen.",
            f"{len(runs)} tests: {len(runs) - len(failed)} ok, {len(failed)} failed.",
        )
        if runs
        else t("Die Datei hat keine Tests (tests:).", "The file has no tests (tests:).")
    )
    lines.append(f"{t('Weiter', 'Next'):8}{following}")
    stdout().print("\n".join(lines), markup=False)


def _told(value: Any, what: str) -> str:
    if value is None:
        return t("angenommen", "accepted") if what == "code" else t("nichts", "nothing")
    return str(value)


def _as_dict(run: TestRun) -> dict[str, Any]:
    return {
        "source": run.source,
        "name": run.name,
        "ok": run.passed,
        "differences": [{"what": one.what, "expected": one.expected, "actual": one.actual} for one in run.differences],
    }
