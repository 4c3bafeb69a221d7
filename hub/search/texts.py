"""Texts as PostgreSQL searches them: folded words, and the same words backwards, so that endings are found too.

No dictionary of PostgreSQL is asked: its German one splits no compound and does not join Arzt and Ärztin. Every word
stands as it is folded, for beginnings, and from right to left, for endings: once whole, and once without each ending
of a plural or a case that it has. So one look finds all words that end with a word, in whatever form; an index goes
through its entries once for each look, and a word with its synonyms takes many.
"""

from __future__ import annotations

from hub.search.fold import fold
from hub.search.vocabulary import Meaning, Piece

_BACKWARDS = "<"
"""Before a word that stands from right to left; no folded word has it."""
_INFLECTED = ("e", "en", "n", "s", "es", "er", "ern")
_LONGEST = 60
"""No word that anybody searches for is longer; what is, is a line of signs or a link."""


def lexemes(description: str | None) -> list[str]:
    """What a description is found by."""
    words = {word for word in fold(description or "").split() if len(word) <= _LONGEST}
    endless = {word.removesuffix(ending) for word in words for ending in _INFLECTED}
    return sorted(words | {_BACKWARDS + word[::-1] for word in words | endless})


def _in_sql(text: str) -> str:
    backwards = f"'{_BACKWARDS}' || replace(reverse({text}), ' ', ' {_BACKWARDS}')"
    endless = (f"replace({backwards}, '{_BACKWARDS}{ending[::-1]}', '{_BACKWARDS}')" for ending in _INFLECTED)
    every = " || ' ' || ".join((text, backwards, *endless))
    return f"array_to_tsvector(array_remove(string_to_array({every}, ' '), ''))"


TITLE_LEXEMES = _in_sql("fold")
"""The same for what is folded already, in SQL; words of titles are short enough. A change of it is a migration."""


def asked(meaning: Meaning) -> str:
    """What finds a meaning in the lexemes: a tsquery; empty if nothing does."""
    return " | ".join(f"({' & '.join(map(_piece, spelling))})" for spelling in meaning.spellings)


def _piece(piece: Piece) -> str:
    start, end = f"{_quoted(piece.text)}:*", f"{_quoted(_BACKWARDS + piece.text[::-1])}:*"
    match piece.where:
        case "word":
            return _quoted(piece.text)
        case "start":
            return start
        case "end":
            return end
        case _:
            return f"({start} | {end})"


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
