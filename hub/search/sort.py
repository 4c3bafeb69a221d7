"""Sort keys by DIN 5007-1 (ä like a), since the database's own order puts Ä after Z."""

from __future__ import annotations

import re
import unicodedata

_BETWEEN = re.compile(r"[^a-z0-9]+")


def sort_key(text: str) -> str:
    """Text to order by: without case, accents and punctuation; ß counts as ss."""
    letters = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode().casefold()
    return _BETWEEN.sub(" ", letters).strip()
