"""What all verbs share: language, exit codes, errors in four parts. stdout is the result, stderr everything else."""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

from rich.console import Console

from schemas.codes import Language, explain

VERSION = 1
"""Version of every JSON object a verb prints."""

_WIDTH_OF_A_FILE = 120

_language: Language = "de"


class Exit(IntEnum):
    """Exit codes of `jobhub`."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    CONFIGURATION = 3
    SIGN_IN = 4
    UNREACHABLE = 5
    UNHEALTHY = 10


class Failure(Exception):
    """A verb cannot do its work. Shown in four parts: what happened (place, value), why, what to do, code."""

    def __init__(self, exit_code: Exit, code: str, what: str, why: str | None = None, todo: str | None = None) -> None:
        super().__init__(f"{code} {what}")
        self.exit_code, self.code, self.what, self.why, self.todo = exit_code, code, what, why, todo


def set_language(language: str) -> None:
    """Language of all output from here on; anything but "en" is German."""
    global _language
    _language = "en" if language.lower().startswith("en") else "de"


def language() -> Language:
    """Language of the output."""
    return _language


def language_of(environment: Mapping[str, str]) -> str:
    """Language from JOBHUB_LANG, otherwise German."""
    return environment.get("JOBHUB_LANG", "de")


def t(de: str, en: str) -> str:
    """The text in the language of the output."""
    return de if _language == "de" else en


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Whose reader went away ends well; the library would end with 1, which means findings in the data."""
        self.quiet = True
        raise BrokenPipeError


def stdout() -> Console:
    """Console for the result. Made anew each time, so that tests can redirect it."""
    # A table that wraps tells nothing; a file or a pipe is as wide as need be.
    width = None if sys.stdout.isatty() else _WIDTH_OF_A_FILE
    return _Console(file=sys.stdout, highlight=False, soft_wrap=True, width=width)


def stderr() -> Console:
    """Console for notes, progress and errors."""
    return _Console(file=sys.stderr, highlight=False, soft_wrap=True)


def print_json(value: Mapping[str, Any], *, indent: int | None = None) -> None:
    """One JSON object on stdout, with its version; flushed, since programs wait for it."""
    sys.stdout.write(json.dumps({"version": VERSION, **value}, ensure_ascii=False, indent=indent, default=str) + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """A line for people, on stderr. If a full disk has no room for it, the work goes on without."""
    with unless_full():
        stderr().print(text, markup=False)


@contextmanager
def unless_full() -> Iterator[None]:
    """What is printed in here is left out where the disk it goes to is full."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise


def show_failure(failure: Failure) -> None:
    """The four parts of an error on stderr."""
    texts = explain(failure.code)
    lines = [f"{t('FEHLER', 'ERROR')}  {failure.code}  {failure.what}"]
    lines.append(f"{t('Warum', 'Why'):6}{failure.why or texts.text(_language)}")
    lines.append(f"{t('Tun', 'Do'):6}{failure.todo or texts.next_step(_language)}")
    lines.append(f"{t('Mehr', 'More'):6}jobhub explain {failure.code}")
    note("\n".join(lines))
