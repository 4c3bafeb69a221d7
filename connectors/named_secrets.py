"""Secrets by name: the Jobcenter's file names a variable or a file, never the secret itself."""

from __future__ import annotations

import os
from pathlib import Path

from connectors.errors import Stop


def secret(variable: str | None, file: str | None, what: str) -> str | None:
    """The secret that a variable or a file holds; None if neither is named.

    Args:
        variable: name of an environment variable.
        file: path of a file whose first line is the secret.
        what: what it is for, for the message.

    Raises:
        Stop: E402 the variable is not set, or the file cannot be read or is empty.
    """
    if variable:
        found = os.environ.get(variable, "")
        if not found:
            raise Stop("E402", f"{what}: the variable {variable} is not set")
        return found
    if file:
        try:
            found = Path(file).read_text(encoding="utf-8").partition("\n")[0].strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Stop("E402", f"{what}: {file} cannot be read ({type(error).__name__})") from None
        if not found:
            raise Stop("E402", f"{what}: {file} is empty")
        return found
    return None
