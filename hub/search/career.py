"""Whether the text of an offer itself says that people from other occupations are welcome (Quereinstieg)."""

from __future__ import annotations

import re

_WORD = re.compile("quereinst", re.IGNORECASE)
_DENIED = re.compile(
    "(?:kein|nicht).{0,25}quereinst|quereinst.{0,40}(?:nicht|ausgeschlossen|leider)", re.IGNORECASE | re.DOTALL
)


def welcomes_career_changers(description: str | None) -> bool:
    """The text says "Quereinsteiger" or "Quereinstieg", and does not deny it."""
    return bool(description and _WORD.search(description) and not _DENIED.search(description))
