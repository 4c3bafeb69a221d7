"""Builds the command from the verbs found in this folder."""

from __future__ import annotations

import importlib
import io
import os
import pkgutil
import sys
from typing import Annotated

import typer

import hub.cli
from hub.cli.output import Exit, Failure, language_of, set_language, show_failure, t

_NOT_VERBS = frozenset({"main", "output"})
_OURS = frozenset({"connectors", "hub", "schemas"})


def build() -> typer.Typer:
    """The command with all its verbs. Each imports its parts when it runs: a connector's install has no hub in it."""
    app = typer.Typer(
        name="jobhub",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=True,
        help="Datendrehscheibe der Jobcenter im Münsterland. (English: --lang en)",
        epilog="Rückgabewerte: 0 gut · 1 Befunde in den Daten · 2 Aufruf · 3 Konfiguration · 4 Anmeldung oder Recht"
        " · 5 nicht erreichbar · 10 nicht gesund",
    )

    @app.callback()
    def _options(
        lang: Annotated[
            str, typer.Option("--lang", help="Sprache der Ausgabe: de oder en.", envvar="JOBHUB_LANG")
        ] = "de",
    ) -> None:
        if lang.lower()[:2] not in ("de", "en"):
            raise typer.BadParameter("de | en", param_hint="--lang")
        set_language(lang)

    for module in sorted(pkgutil.iter_modules(hub.cli.__path__), key=lambda found: found.name):
        if module.name.startswith("_") or module.name in _NOT_VERBS:
            continue
        importlib.import_module(f"hub.cli.{module.name}").register(app)
    return app


def main() -> None:
    """Entry point of `jobhub`."""
    set_language(language_of(os.environ))
    for stream in (sys.stdout, sys.stderr):
        # A Windows pipe in cp1252 knows no arrow: better a question mark than an end in the middle.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        build()(standalone_mode=True)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output went away (`jobhub … | head`); nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(int(Exit.OK))
    except Exception as error:
        failure = error if isinstance(error, Failure) else _failure_of(error)
        if failure is None:
            raise  # a fault of ours: the place where it happened is what helps
        show_failure(failure)
        sys.exit(int(failure.exit_code))


def _failure_of(error: Exception) -> Failure | None:
    """What went wrong around the verbs: parts that are not installed, settings that cannot be read."""
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] not in _OURS:
        return Failure(
            Exit.CONFIGURATION,
            "E701",
            t(f"Das Paket {error.name} ist nicht installiert.", f"The package {error.name} is not installed."),
            why=t(
                "Diese Installation hat die Teile eines Connectors, nicht die des Hubs.",
                "This installation has the parts of a connector, not those of the hub.",
            ),
            todo="pip install 'muensterland-jobhub[hub]'",
        )
    from pydantic import ValidationError

    from hub.settings import Settings

    if isinstance(error, ValidationError) and error.title == Settings.__name__:
        names = ", ".join(sorted({f"JOBHUB_{str(found['loc'][0]).upper()}" for found in error.errors()}))
        return Failure(
            Exit.CONFIGURATION,
            "E701",
            t(f"Die Umgebungsvariable {names} hat keinen gültigen Wert.", f"The variable {names} has no valid value."),
            why="; ".join(found["msg"] for found in error.errors(include_input=False)),
            todo=t("Berichtigen oder entfernen.", "Correct it or remove it."),
        )
    return None


if __name__ == "__main__":
    main()
