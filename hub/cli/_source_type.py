"""jobhub test --source FILE.py: whether a source type somebody wrote keeps the contract. Nothing is sent."""

from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from hub.cli.output import Exit, Failure, print_json, stdout, t

if TYPE_CHECKING:
    from connectors.conformance import Tried


def try_type(source: Path, as_json: bool) -> None:
    """Try it, show what was found, and end with the exit code for it.

    Raises:
        Failure: the file cannot be tried.
    """
    tried = _try(source)
    if as_json:
        print_json({"source": source.name, "checked": tried.checked, "failures": tried.failures, "sent": 0})
    else:
        _show(tried)
    raise typer.Exit(int(Exit.FINDINGS if tried.failures else Exit.OK))


def _try(path: Path) -> Tried:
    from connectors.conformance import try_source

    sample = getattr(_loaded(path), "sample", None)
    if sample is None:
        raise Failure(
            Exit.USAGE,
            "E703",
            t(f"{path.name} hat keine Funktion sample(folder).", f"{path.name} has no function sample(folder)."),
            todo=t("Vorlage: docs/handbook/sources.md", "A pattern: docs/handbook/sources.md"),
        )
    with tempfile.TemporaryDirectory(prefix="jobhub-") as folder, sample(Path(folder)) as prepared:
        return try_source(prepared)


def _loaded(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path) if path.is_file() else None
    if spec is None or spec.loader is None:
        raise Failure(Exit.USAGE, "E703", t(f"{path} ist keine Python-Datei.", f"{path} is no Python file."))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _show(tried: Tried) -> None:
    broken = {failure.partition(":")[0] for failure in tried.failures}
    for rule in tried.checked:
        if rule not in broken:
            stdout().print(f"OK      {rule}", markup=False)
    for failure in tried.failures:
        stdout().print(f"{t('FEHLER', 'ERROR'):8}{failure}", markup=False)
    stdout().print(
        t(
            f"{len(tried.checked)} Regeln geprüft, {len(broken)} verletzt. Es wurde nichts gesendet.",
            f"{len(tried.checked)} rules checked, {len(broken)} broken. Nothing was sent.",
        ),
        markup=False,
    )
