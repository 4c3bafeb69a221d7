"""What fields are called for people."""

from __future__ import annotations

from connectors.recognise.known import known
from schemas.codes import Language


def label(path: str, language: Language = "de") -> str:
    """Name of a field in a language; the path itself if it has none."""
    told = known("labels").get(path)
    return str(told[0 if language == "de" else 1]) if told else path
