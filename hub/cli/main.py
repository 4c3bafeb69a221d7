"""Builds the command from the verbs found in this folder."""

from __future__ import annotations

import errno
import importlib
import io
import os
import pkgutil
import sys
import traceback
from typing import Annotated, NoReturn

import typer

import hub.cli
from hub.cli._frame import in_german, set_german_frame
from hub.cli._usage import as_failure, file_failure, state_failure
from hub.cli.output import Exit, Failure, language_of, note, set_language, show_failure, t

_NOT_VERBS = frozenset({"main", "output"})
_OURS = frozenset({"connectors", "hub", "schemas"})
_USAGE = typer.BadParameter.__mro__[1]


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
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who called us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - as long as we run
    for stream in (sys.stdout, sys.stderr):
        # A Windows pipe in cp1252 knows no arrow: better a question mark than an end in the middle.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    set_german_frame()
    command = typer.main.get_command(build())
    in_german(command)
    try:
        code = command(_language_first(sys.argv[1:]), standalone_mode=False)
        sys.exit(code if isinstance(code, int) else int(Exit.OK))
    except SystemExit as ending:
        if isinstance(ending.__context__, BrokenPipeError):  # both libraries that print for us end with 1 then
            _end_of_a_closed_pipe()
        raise
    except (KeyboardInterrupt, typer.Abort):
        note(t("Abgebrochen.", "Stopped."))
        sys.exit(130)
    except BrokenPipeError:
        _end_of_a_closed_pipe()
    except Exception as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            sys.exit(int(Exit.USAGE))  # asking for its text has printed the help already
        failure = error if isinstance(error, Failure) else _of_the_state(error) or _failure_of(error)
        if failure is None:
            failure = _fault_of_ours(error)
        show_failure(failure)
        sys.exit(int(failure.exit_code))


def _of_the_state(error: Exception) -> Failure | None:
    """SQLite is used for nothing but connectors' states: which of them, its error does not say."""
    import sqlite3

    from hub.settings import Settings

    if not isinstance(error, sqlite3.Error):
        return None
    return state_failure(error, Settings().data.absolute() / "connectors")


def _language_first(arguments: list[str]) -> list[str]:
    """--lang may stand behind the verb as well; the language holds for errors in what stands before it, too."""
    places = [place for place, told in enumerate(arguments) if told == "--lang" or told.startswith("--lang=")]
    if not places or "--" in arguments[: places[0]]:
        return arguments
    place = places[0]
    count = 1 if "=" in arguments[place] else 2
    if place + count > len(arguments):
        return arguments
    told = arguments[place : place + count]
    set_language(told[-1].rpartition("=")[2])
    return [*told, *arguments[:place], *arguments[place + count :]]


def _end_of_a_closed_pipe() -> NoReturn:
    """The reader of our output went away (`jobhub … | head`); nothing is wrong."""
    sys.stdout = sys.__stdout__
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(int(Exit.OK))


def _fault_of_ours(error: Exception) -> Failure:
    """The place where it happened is what helps; all of them where nobody sits, or where they are asked for."""
    if not sys.stderr.isatty() or os.environ.get("JOBHUB_TRACEBACK"):
        traceback.print_exception(error)
    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{type(error).__name__}, {os.path.basename(where.filename)}:{where.lineno}"
    return Failure(Exit.UNHEALTHY, "E901", place, todo="jobhub support-bundle")


def _failure_of(error: Exception) -> Failure | None:
    """What went wrong around the verbs: usage, files, parts that are not installed, settings that cannot be read."""
    if isinstance(error, _USAGE):
        return as_failure(error)
    if isinstance(error, OSError) and (error.filename is not None or error.errno in (errno.ENOSPC, errno.EDQUOT)):
        return file_failure(error)
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
