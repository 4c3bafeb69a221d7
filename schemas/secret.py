"""Secrets by name: a variable, the file that <VARIABLE>_FILE names, or the keyring's entry in <VARIABLE>_KEYRING.

The value is in none of our files, arguments or messages; what is told of it is only where it came from.
"""

from __future__ import annotations

import importlib
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from schemas.jobcenter import ConfigurationError

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*\Z")

Origin = Literal["environment", "file", "keyring"]


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret and where it came from. Its `repr` does not hold it."""

    value: str = field(repr=False)
    origin: Origin
    where: str
    """Name of the variable, path of the file, or entry of the keyring."""


def read_secret(variable: str, *, account: str | None = None, environment: Mapping[str, str] | None = None) -> Secret:
    """The secret of that name. Exactly one of the three ways is set; an empty variable counts as not set.

    Args:
        variable: name of the variable that would hold it: JOBHUB_KAFKA_PASSWORD.
        account: whose entry of the keyring it is, if <VARIABLE>_KEYRING names only the service.
        environment: where variables are looked up; by default those of this process.

    Raises:
        ConfigurationError: none or several are set, or the place named cannot be read, is empty or open to everybody.
    """
    known = os.environ if environment is None else environment
    ways = {suffix: value for suffix in ("", "_FILE", "_KEYRING") if (value := known.get(variable + suffix))}
    if not ways:
        raise ConfigurationError(
            f"{variable}_FILE",
            f"is missing (or {variable}, or {variable}_KEYRING)",
            de=f"fehlt (oder {variable}, oder {variable}_KEYRING)",
        )
    if len(ways) > 1:
        names = [variable + suffix for suffix in ways]
        raise ConfigurationError(
            names[0],
            f"and {', '.join(names[1:])} are both set; one of them is enough",
            de=f"und {', '.join(names[1:])} sind beide gesetzt; eine davon genügt",
        )
    ((suffix, value),) = ways.items()
    if suffix == "_FILE":
        return Secret(secret_in(f"{variable}_FILE", Path(value)), "file", value)
    if suffix == "_KEYRING":
        return _of_keyring(f"{variable}_KEYRING", value, account)
    return Secret(value, "environment", variable)


def is_variable(text: str) -> bool:
    """Whether a text can be the name of a variable, as they are usually written; a pasted password is not."""
    return _VARIABLE.match(text) is not None


def only_ours(where: str, file: Path) -> None:
    """Refuse a file that every user of this machine can read.

    Raises:
        ConfigurationError: it can be read or written by everybody, or not at all by us.
    """
    try:
        mode = file.stat().st_mode
    except OSError as error:
        raise _unreadable(where, file, error) from None
    # A group may read it: that is how systemd and Kubernetes hand secrets out. Windows has no such bits.
    if os.name == "posix" and mode & (stat.S_IROTH | stat.S_IWOTH):
        raise ConfigurationError(
            where,
            f"{file} is open to every user of this machine; chmod 600 {file}",
            de=f"{file} kann jeder Benutzer dieses Rechners lesen; chmod 600 {file}",
        )


def secret_in(where: str, file: Path) -> str:
    """The secret a file holds.

    Args:
        where: who named the file, for the message.
        file: text; the end of its last line is no part of the secret.

    Raises:
        ConfigurationError: it is open to everybody, empty, or cannot be read.
    """
    only_ours(where, file)
    try:
        # utf-8-sig: Windows' own editors begin a file with a mark that is no part of a password.
        text = file.read_text("utf-8-sig").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(where, file, error) from None
    if not text:
        raise ConfigurationError(where, f"{file} is empty", de=f"{file} ist leer")
    return text


def _of_keyring(where: str, entry: str, account: str | None) -> Secret:
    service, _, user = entry.partition("/")
    user = user or account or ""
    if not user:
        raise ConfigurationError(
            where, "names no account: <service>/<account>", de="nennt kein Konto: <Dienst>/<Konto>"
        )
    try:
        keyring: Any = importlib.import_module("keyring")
    except ModuleNotFoundError:
        raise ConfigurationError(
            where,
            "the package keyring is not installed: pip install 'muensterland-jobhub[keyring]'",
            de="das Paket keyring ist nicht installiert: pip install 'muensterland-jobhub[keyring]'",
        ) from None
    try:
        found = keyring.get_password(service, user)
    except Exception as error:  # each system has its own errors, and their texts are not ours to repeat
        raise ConfigurationError(
            where,
            f"the system's keyring does not answer ({type(error).__name__})",
            de=f"der Anmeldespeicher des Systems antwortet nicht ({type(error).__name__})",
        ) from None
    if not found:
        raise ConfigurationError(
            where,
            f"this user's keyring has no such entry for {user}: keyring set <service> {user}",
            de=f"im Anmeldespeicher dieses Benutzers fehlt der Eintrag für {user}: keyring set <Dienst> {user}",
        )
    return Secret(str(found), "keyring", f"{service}/{user}")


def _unreadable(where: str, file: Path, error: Exception) -> ConfigurationError:
    kind = type(error).__name__
    # A word without a folder is perhaps the password itself, put into the wrong variable.
    is_path = len(file.parts) > 1
    named = str(file) if is_path else "the file named there"
    told = str(file) if is_path else "die dort genannte Datei"
    return ConfigurationError(where, f"{named} cannot be read: {kind}", de=f"{told} ist nicht lesbar: {kind}")
