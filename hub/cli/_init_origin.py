"""What `jobhub init` describes: a file, or a view in a database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.cli.output import Exit, Failure, language, t

if TYPE_CHECKING:
    from connectors.checked import Checked
    from connectors.recognise.recognised import Recognised
    from schemas.jobcenter import Jobcenter


@dataclass(frozen=True, slots=True)
class Origin:
    """A delivery recognised."""

    recognised: Recognised
    title: str
    """Name of the file or the view, as the written file tells it."""
    files: str | None
    """Pattern of the files' names; None for a view."""
    path: Path | None

    def check(self, jobcenter: Jobcenter, name: str) -> Checked:
        """Try a description on it."""
        from connectors.checks import check_file, check_view

        if self.path is not None:
            return check_file(jobcenter, name, self.path)
        return check_view(jobcenter, name, Path())

    def following(self, target: Path, *, anywhere: bool = False) -> str:
        """What to type next; `anywhere` without the folders of this machine."""
        from hub.cli.check import quoted

        if self.path is None:
            return f"jobhub run {target.stem} --dry-run"
        path, target = (Path(self.path.name), Path(target.name)) if anywhere else (self.path, target)
        return f"jobhub check {quoted(path)} --config {quoted(target)}"


def origin(path: Path | None, variable: str | None, view: str | None, schema: str | None) -> Origin:
    """Recognise what was named: a file, or the variable with a database's address and a view in it.

    Raises:
        Failure: neither or both were named, or it cannot be taken for anything.
    """
    if (path is None) == (variable is None) or (variable is None) != (view is None):
        what = t("Eine Datei angeben, oder --sql und --view.", "Name a file, or --sql and --view.")
        raise Failure(Exit.USAGE, "E731", what, todo="jobhub init --sql JOBHUB_FACHVERFAHREN_URL --view V_HUB_STELLEN")
    return _file(path) if path is not None else _view(str(variable), str(view), schema)


def _file(path: Path) -> Origin:
    from connectors.errors import Stop
    from connectors.recognise.office import pattern_of
    from connectors.recognise.recognised import recognise

    if not path.is_file():
        what = t(f"{path} gibt es nicht.", f"There is no {path}.")
        if path.exists():
            what = t(f"{path} ist keine Datei.", f"{path} is not a file.")
        raise Failure(Exit.USAGE, "E732", what)
    try:
        return Origin(recognise(path), path.name, pattern_of(path.name), path)
    except Stop as error:
        raise Failure(Exit.FINDINGS, error.code, f"{path.name}: {_in_words(error.what)}") from error


def _view(variable: str, view: str, schema: str | None) -> Origin:
    from connectors.errors import Retry, Stop
    from connectors.recognise.table_sample import recognise_view

    if set(variable) & set(":/@"):  # the address itself, perhaps with a password: not to be repeated
        what = t("--sql nennt eine Variable, nicht die Adresse.", "--sql names a variable, not the address.")
        raise Failure(Exit.USAGE, "E731", what, todo="--sql JOBHUB_FACHVERFAHREN_URL")
    options: dict[str, Any] = {"url_env": variable, "view": view} | ({"schema": schema} if schema else {})
    try:
        return Origin(recognise_view(options), view, None, None)
    except Stop as error:
        exits = {"E403": Exit.SIGN_IN, "E404": Exit.CONFIGURATION, "E701": Exit.CONFIGURATION}
        why = None
        if error.code == "E303":
            why = t(
                "Die Datenbank hat sie nicht, oder dieses Konto sieht sie nicht.",
                "Not in the database for this account.",
            )
        raise Failure(exits.get(error.code, Exit.FINDINGS), error.code, _in_words(error.what), why=why) from error
    except Retry as error:
        raise Failure(Exit.UNREACHABLE, error.code, f"{view}: {_in_words(error.what)}") from error


def _in_words(what: str) -> str:
    from connectors.reports.detail import in_words

    return in_words(what, language())
