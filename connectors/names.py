"""Names that others chose, of columns and of files, in the form in which they are compared or shown."""

from __future__ import annotations

import unicodedata
from typing import Any


def heading(text: Any) -> str:
    """A column header in the one form names are compared in: NFC, no blanks around, single blanks inside."""
    return " ".join(unicodedata.normalize("NFC", "" if text is None else str(text)).replace("\ufeff", "").split())


def plain(text: str) -> str:
    """A name without control characters, so that it can neither forge a log line nor a header."""
    return "".join(char if char.isprintable() else "?" for char in unicodedata.normalize("NFC", text))
