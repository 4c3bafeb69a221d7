"""The frame of help pages in German, as the texts in it are: titles of its boxes and the options every verb has."""

from __future__ import annotations

from typing import Any

import typer
from typer import rich_utils

_OPTIONS = {
    "--help": "Diese Hilfe zeigen.",
    "--install-completion": "Vervollständigung für diese Shell einrichten.",
    "--show-completion": "Vervollständigung für diese Shell zeigen, zum Kopieren.",
}


def set_german_frame() -> None:
    """Titles of boxes."""
    rich_utils.ARGUMENTS_PANEL_TITLE = "Angaben"
    rich_utils.OPTIONS_PANEL_TITLE = "Optionen"
    rich_utils.COMMANDS_PANEL_TITLE = "Befehle"
    rich_utils.DEFAULT_STRING = "[sonst: {}]"
    rich_utils.ENVVAR_STRING = "[Umgebungsvariable: {}]"
    rich_utils.REQUIRED_LONG_STRING = "[nötig]"


def in_german(command: Any) -> None:
    """Texts of the options the library adds to every verb."""
    own = command.get_help_option(typer.Context(command))
    for option in [*command.params, *([own] if own is not None else [])]:
        for name in option.opts:
            option.help = _OPTIONS.get(name, getattr(option, "help", None))
    for verb in getattr(command, "commands", {}).values():
        in_german(verb)
