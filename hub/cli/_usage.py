"""A command that was typed wrongly, said in the words and the language of all other errors."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hub.cli.output import Exit, Failure, t

_SAID = (
    (
        r"No such command '(?P<what>.*)'\. Did you mean (?P<near>.*)\?",
        "Einen Befehl „{what}“ gibt es nicht. Gemeint: {near}?",
    ),
    (r"No such command '(?P<what>.*)'\.", "Einen Befehl „{what}“ gibt es nicht."),
    (r"Missing command\.", "Der Befehl fehlt."),
    (r"No such option: (?P<what>\S+).*", "Eine Option {what} gibt es nicht."),
    (r"Missing (?:argument|option|parameter)\s*'?(?P<what>[^'.]*)'?\..*", "Es fehlt: {what}"),
    (r"Got unexpected extra arguments?(?:\(s\))? \((?P<what>.*)\)", "Zu viele Angaben: {what}"),
    (r"Option '?(?P<what>\S+?)'? requires an argument\.?", "Nach {what} fehlt die Angabe."),
    (r"Option '?(?P<what>\S+?)'? does not take a value\.?", "Hinter {what} darf nichts stehen."),
    (r"Invalid value: (?P<what>.*)", "{what}"),
    (r"Invalid value for '?(?P<what>[^':]+)'?: .*", "Die Angabe bei {what} ist nicht möglich."),
)
_LOCKED = re.compile(r"path '(.+)' is not (?:readable|writable)")
_WHY = (
    (r"valid integer", "Eine ganze Zahl ist nötig.", "A whole number is needed."),
    (r"valid number", "Eine Zahl ist nötig.", "A number is needed."),
    (r"greater than or equal to (\S+)", r"Mindestens \1.", r"At least \1."),
    (r"less than or equal to (\S+)", r"Höchstens \1.", r"At most \1."),
    (r"does not match the formats? '%Y-%m-%d'", "So schreiben: 2026-11-22", "Write it like this: 2026-11-22"),
)


def as_failure(error: Any) -> Failure:
    """What `jobhub` says of a usage error of its command-line library."""
    said = " ".join(str(error.format_message()).split())
    if locked := _LOCKED.search(said):
        return file_failure(PermissionError(0, "", locked[1]))
    context = getattr(error, "ctx", None)
    return Failure(
        Exit.USAGE,
        "E731",
        t(_in_german(said), said),
        why=_why(said),
        todo=f"{context.command_path if context is not None else 'jobhub'} --help",
    )


def file_failure(error: OSError) -> Failure:
    """What `jobhub` says of a file that cannot be read or written."""
    name = os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes)) else str(error.filename or "stdout")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        todo = t("Platz schaffen oder anderswohin schreiben.", "Make room, or write elsewhere.")
        return Failure(Exit.UNHEALTHY, "E732", name, why=t("Der Datenträger ist voll.", "The disk is full."), todo=todo)
    why = next((t(*texts) for kind, texts in _FILES.items() if isinstance(error, kind)), None)
    why = why or (t(*_FAILED[error.errno]) if error.errno in _FAILED else error.strerror)
    return Failure(Exit.SIGN_IN if isinstance(error, PermissionError) else Exit.USAGE, "E732", name, why=why)


def state_failure(error: Exception, state: Path) -> Failure | None:
    """What `jobhub` says of a connector's state file that cannot be read or written; None of any other error."""
    from connectors.state_away import trouble

    found = trouble(error, state)
    return None if found is None else Failure(state_exit(found.code), found.code, found.what)


@contextmanager
def at_state(path: Path) -> Iterator[None]:
    """Whatever keeps a verb from a state file is told with the name of it."""
    import sqlite3

    try:
        yield
    except sqlite3.Error as error:
        if (found := state_failure(error, path)) is None:
            raise
        raise found from error


def state_exit(code: str) -> Exit:
    """How a verb ends for it: a right that is missing, or something to be mended on the machine."""
    return Exit.SIGN_IN if code == "E711" else Exit.UNHEALTHY


_FAILED: dict[int | None, tuple[str, str]] = {
    errno.EBUSY: ("Ein anderes Programm benutzt sie.", "Another program uses it."),
    errno.EIO: ("Der Datenträger meldet einen Fehler.", "The disk reports an error."),
    errno.EROFS: ("Der Datenträger ist schreibgeschützt.", "The disk is read-only."),
}
_FILES: dict[type[OSError], tuple[str, str]] = {
    PermissionError: ("Das Recht dazu fehlt.", "The right to do so is missing."),
    FileNotFoundError: ("Datei oder Ordner gibt es nicht.", "There is no such file or folder."),
    IsADirectoryError: ("Das ist ein Ordner.", "This is a folder."),
    NotADirectoryError: ("Ein Teil des Wegs dorthin ist kein Ordner.", "A part of the way there is no folder."),
}


def _in_german(said: str) -> str:
    for pattern, german in _SAID:
        if found := re.fullmatch(pattern, said, re.DOTALL):
            return german.format(**{name: text.replace("'", "") for name, text in found.groupdict().items()})
    return said  # texts of our own are German already


def _why(said: str) -> str | None:
    for pattern, german, english in _WHY:
        if found := re.search(pattern, said):
            return found.expand(t(german, english)) if "\\" in german else t(german, english)
    own = re.fullmatch(r"Invalid value for '?[^':]+'?: (.*)", said, re.DOTALL)
    return own[1] if own and not own[1].startswith(("Input should", "Value error")) else None
