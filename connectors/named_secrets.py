"""Secrets by name: the Jobcenter's file names a variable or a file, never the secret itself."""

from __future__ import annotations

from pathlib import Path

from connectors.errors import Stop
from schemas.jobcenter import ConfigurationError
from schemas.secret import read_secret, secret_in


def secret(variable: str | None, file: str | None, what: str) -> str | None:
    """The secret that a variable or a file holds; None if neither is named.

    Args:
        variable: name of the variable that holds it; its file or its entry in the keyring may be named instead.
        file: path of a file that holds it.
        what: what it is for, for the message.

    Raises:
        Stop: E402 it is not set, or its place cannot be read, is empty, or open to everybody.
    """
    try:
        if variable:
            return read_secret(variable).value
        return secret_in(what, Path(file)) if file else None
    except ConfigurationError as error:
        raise Stop("E402", f"{what}: {error.where} {error.what}", de=f"{error.where} {error.de}") from None
