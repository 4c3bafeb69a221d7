"""Descriptions as PostgreSQL searches them: folded words, and the same words backwards, so that endings are found too.

No dictionary of PostgreSQL is asked: its German one splits no compound and does not join Arzt and Ärztin. Every word
stands as it is folded, for beginnings, and once more from right to left, for endings; so a description is understood
exactly as a title is.
"""

from __future__ import annotations

from collections.abc import Iterable

from hub.search.fold import fold
from hub.search.vocabulary import Meaning, Piece

_BACKWARDS = "<"
"""Before a word that stands from right to left; no folded word has it."""
_INFLECTED = ("", "e", "en", "n", "s", "es", "er", "ern")
_LONGEST = 60
"""No word that anybody searches for is longer; what is, is a line of signs or a link."""


def lexemes(description: str | None) -> list[str]:
    """What a description is found by."""
    words = {word for word in fold(description or "").split() if len(word) <= _LONGEST}
    return sorted(words | {_BACKWARDS + word[::-1] for word in words})


def asked(meaning: Meaning) -> str:
    """What finds a meaning in the lexemes: a tsquery; empty if nothing does."""
    return " | ".join(f"({' & '.join(map(_piece, spelling))})" for spelling in meaning.spellings)


def _piece(piece: Piece) -> str:
    starts, ends = [f"{_quoted(piece.text)}:*"], list(_endings(piece.text))
    match piece.where:
        case "word":
            return _quoted(piece.text)
        case "start":
            found = starts
        case "end":
            found = ends
        case _:
            found = [*starts, *ends]
    return f"({' | '.join(found)})"


def _endings(text: str) -> Iterable[str]:
    return (f"{_quoted(_BACKWARDS + (text + ending)[::-1])}:*" for ending in _INFLECTED)


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
