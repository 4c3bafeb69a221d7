"""jobhub check FILE: whether a delivery fits, row by row. Nothing is sent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.output import Exit, Failure, language, note, print_json, stdout, t
from schemas.codes import explain

if TYPE_CHECKING:
    from connectors.checks import Checked, CheckFinding
    from schemas.jobcenter import Jobcenter

_EVENTS = {
    "vacancy": ("Stellen", "vacancies"),
    "measure": ("Maßnahmen", "measures"),
    "placement": ("Vermittlungen", "placements"),
}


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @app.command("check", help="Prüft eine Datei oder einen Ordner mit Lieferungen. Gesendet wird nichts.")
    def check(
        path: Annotated[Path, typer.Argument(help="Datei oder Ordner.", metavar="DATEI|ORDNER")],
        jobcenter: Annotated[
            str | None, typer.Option("--jobcenter", help="Kennung; sonst nach Ordner oder Dateiname.")
        ] = None,
        source: Annotated[str | None, typer.Option("--source", help="Quelle in der Datei des Jobcenters.")] = None,
        limit: Annotated[int, typer.Option("--limit", min=1, help="Höchstens so viele Befunde je Datei zeigen.")] = 20,
        mapping: Annotated[bool, typer.Option("--mapping", help="Die ganze Zuordnung zeigen.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Ein JSON-Objekt statt Text.")] = False,
    ) -> None:
        results = [_check(*place) for place in _places(path, jobcenter, source)]
        if as_json:
            print_json({"files": [_as_dict(found, limit) for found in results], "sent": 0})
        else:
            for found in results:
                _show(found, limit, mapping)
            stdout().print(t("Es wurde nichts gesendet.", "Nothing was sent."))
        raise typer.Exit(int(Exit.OK if all(found.is_clean for found in results) else Exit.FINDINGS))


def _places(path: Path, jobcenter: str | None, source: str | None) -> list[tuple[Jobcenter, str, Path]]:
    """Which file is examined as a delivery of which source."""
    from connectors.checks import candidates
    from hub.cli._jobcenters import load_all, load_one

    if not path.exists() and not path.is_symlink():
        what = t(f"{path} gibt es nicht.", f"There is no {path}.")
        raise Failure(
            Exit.USAGE,
            "E703",
            what,
            why=t("Zu prüfen ist nichts.", "There is nothing to check."),
            todo="jobhub check --help",
        )
    known = {jobcenter: load_one(jobcenter)} if jobcenter else load_all()
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    found: list[tuple[Jobcenter, str, Path]] = []
    for file in files:
        fits = list(candidates(known, file))
        if source is not None:
            fits = [(owner, name) for owner, name in fits if name == source]
            if not fits and jobcenter and source in known[jobcenter].sources:
                fits = [(known[jobcenter], source)]
        if len(fits) == 1:
            found.append((*fits[0], file))
        elif path.is_dir():
            note(t(f"{file.name}: gehört zu keiner Quelle", f"{file.name}: belongs to no source"))
        else:
            raise _unclear(file, fits)
    return found


def _unclear(file: Path, fits: list[tuple[Jobcenter, str]]) -> Failure:
    if not fits:
        return Failure(Exit.USAGE, "E703", t(f"{file.name} passt zu keiner Quelle.", f"{file.name} fits no source."))
    names = ", ".join(f"{owner.id}/{name}" for owner, name in fits)
    return Failure(
        Exit.USAGE,
        "E703",
        t(f"{file.name} passt mehrfach: {names}", f"{file.name} fits several sources: {names}"),
        todo="--jobcenter …, --source …",
    )


def _check(jobcenter: Jobcenter, source: str, path: Path) -> Checked:
    from connectors.checks import check_file
    from hub.cli._jobcenters import configuration

    with configuration():
        return check_file(jobcenter, source, path)


# ---------------------------------------------------------------------------------------------- as text


def _show(found: Checked, limit: int, mapping: bool) -> None:
    kind = _EVENTS[found.event]
    load = t("Vollabzug", "full load") if found.load == "full" else t("Änderungen", "changes")
    size = f"{_megabytes(found.size)} MB · {_number(found.rows)} {t('Zeilen', 'rows')}"
    lines = [
        f"{t('Datei', 'File'):12}{found.file} · {size}",
        f"{t('Format', 'Format'):12}{found.format or '–'}",
        f"{t('Zuordnung', 'Mapping'):12}{found.jobcenter} / {found.source}: {t(*kind)}, {load}; "
        + t(f"{len(found.mapping)} Felder zugeordnet", f"{len(found.mapping)} fields mapped")
        + ("" if mapping else t(" (alle: --mapping)", " (all: --mapping)")),
    ]
    if mapping:
        lines += [f"{'':12}{', '.join(columns)} → {field}" for field, columns in found.mapping.items()]
    if found.unmapped:
        names = ", ".join(found.unmapped[:10]) + (" …" if len(found.unmapped) > 10 else "")
        lines.append(f"{t('Ungelesen', 'Unread'):12}{names}  {t('HINWEIS', 'NOTE')}  W310")
    lines.append("")
    for finding in found.findings[:limit]:
        lines += _lines(finding, found)
    hidden = sum(found.codes.values()) - len(found.findings[:limit])
    if hidden > 0:
        lines.append(t(f"… und {hidden} weitere Befunde (--limit)", f"… and {hidden} more findings (--limit)"))
    lines += [_totals(found), ""]
    stdout().print("\n".join(lines), markup=False)


def _lines(finding: CheckFinding, found: Checked) -> list[str]:
    entry = explain(finding.code)
    place = t("Datei", "File") if finding.line is None else t(f"Zeile {finding.line}", f"Row {finding.line}")
    column = f", {t('Spalte', 'column')} {finding.column}" if finding.column else ""
    value = f' "{finding.value}"' if finding.value is not None else ""
    severity = t("FEHLER", "ERROR") if finding.is_error else t("HINWEIS", "NOTE")
    lines = [f"{place}{column}:{value} {entry.text(language())}  {severity}  {finding.code}"]
    if finding.line is None and found.refused:
        lines.append(f"{'':10}{found.refused}")
    return [*lines, f"{'':10}{entry.next_step(language())}"]


def _totals(found: Checked) -> str:
    notes = sum(count for code, count in found.codes.items() if code.startswith("W"))
    errors = sum(found.codes.values()) - notes
    return t(
        f"{_number(found.valid)} von {_number(found.rows)} Zeilen sind gültig: {errors} Fehler, {notes} Hinweise.",
        f"{_number(found.valid)} of {_number(found.rows)} rows are valid: {errors} errors, {notes} notes.",
    )


def _number(value: int) -> str:
    return f"{value:,}" if language() == "en" else f"{value:,}".replace(",", ".")


def _megabytes(size: int) -> str:
    return t(f"{size / 1e6:.1f}".replace(".", ","), f"{size / 1e6:.1f}")


# ---------------------------------------------------------------------------------------------- as JSON


def _as_dict(found: Checked, limit: int) -> dict[str, Any]:
    def finding(entry: CheckFinding) -> dict[str, Any]:
        texts = explain(entry.code)
        return {
            "code": entry.code,
            "severity": "error" if entry.is_error else "note",
            "row": entry.line,
            "column": entry.column,
            "value": entry.value,
            "message": texts.text(language()),
            "fix": texts.next_step(language()),
        }

    return {
        "jobcenter": found.jobcenter,
        "source": found.source,
        "event": found.event,
        "file": found.file,
        "load": found.load,
        "format": found.format,
        "complete": found.complete,
        "rows": found.rows,
        "valid": found.valid,
        "refused": found.refused,
        "codes": dict(sorted(found.codes.items())),
        "findings": [finding(entry) for entry in found.findings[:limit]],
        "unmapped_columns": found.unmapped,
        "mapping": found.mapping,
    }
