"""Builds the command from the verbs found in this folder."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from typing import Annotated

import typer

import hub.cli
from hub.cli.output import Exit, Failure, language_of, set_language, show_failure

_NOT_VERBS = frozenset({"main", "output"})


def build() -> typer.Typer:
    """The command with all its verbs. A verb whose parts are not installed is left out (a connector needs no hub)."""
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
        set_language(lang)

    for module in sorted(pkgutil.iter_modules(hub.cli.__path__), key=lambda found: found.name):
        if module.name.startswith("_") or module.name in _NOT_VERBS:
            continue
        importlib.import_module(f"hub.cli.{module.name}").register(app)
    return app


def main() -> None:
    """Entry point of `jobhub`."""
    set_language(language_of(os.environ))
    try:
        build()(standalone_mode=True)
    except Failure as failure:
        show_failure(failure)
        sys.exit(int(failure.exit_code))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output went away (`jobhub … | head`); nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(int(Exit.OK))


if __name__ == "__main__":
    main()
