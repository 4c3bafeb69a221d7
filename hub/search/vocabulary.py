"""The words of synonyms.yaml and of the KldB 2010, folded: what they mean, what they are made of, what is near them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from rapidfuzz import fuzz, process

from hub.search.fold import fold, fold_query, plain
from schemas.codelists import municipalities, occupations

Where = Literal["start", "end", "both", "word"]
"""Where a word must stand in a compound; "both": at its start or at its end."""

Phrase = tuple[str, ...]

_SHORT = 4
"""A shorter word counts only alone: "it" is in "Zeit"."""
_SHORTEST_PART = 3
_LINKS = ("", "s", "n", "en", "es", "er", "e")
_ALIKE = 78.0
"""Likeness from 0 to 100 (rapidfuzz.fuzz.ratio) from which a word may be meant: two letters of nine are wrong."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A word to be found in a text, and where in a word of it."""

    text: str
    where: Where


@dataclass(frozen=True, slots=True)
class Meaning:
    """What finds a word: any of the spellings (each: all its pieces), any of the occupations, or a fact."""

    spellings: tuple[tuple[Piece, ...], ...] = ()
    codes: frozenset[str] = frozenset()
    fact: tuple[str, str] | None = None

    def __or__(self, other: Meaning) -> Meaning:
        spellings = tuple(dict.fromkeys((*self.spellings, *other.spellings)))
        return Meaning(spellings, self.codes | other.codes, self.fact or other.fact)


@cache
def _data() -> Mapping[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("synonyms.yaml").read_text(encoding="utf-8"))
    return loaded


@cache
def _names() -> Mapping[str, Any]:
    """Names of occupations and workplaces by the beginnings of the codes they stand for."""
    loaded: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("occupations.yaml").read_text(encoding="utf-8"))
    return loaded


@cache
def meanings() -> dict[Phrase, Meaning]:
    """Folded words, one or several in the order of the alphabet, and what they mean."""
    places: dict[Phrase, Where] = {}
    for group in _data()["groups"]:
        for word in group["words"]:
            places.setdefault(_phrase(word), group.get("match", "both"))
    found: dict[Phrase, Meaning] = {}
    for group in _data()["groups"]:
        phrases = list(dict.fromkeys(map(_phrase, group["words"])))
        others = [*phrases, *map(_phrase, group.get("also", ()))]
        meaning = Meaning(tuple(pieces(one, places.get(one, "both")) for one in others), _codes(group.get("kldb", ())))
        for phrase in phrases:
            own = Meaning((pieces(phrase, places[phrase]),))
            key = tuple(sorted(phrase))
            found[key] = found.get(key, own) | meaning
    _add_names(found)
    for fact in _data()["facts"]:
        for phrase in map(_phrase, fact["words"]):
            found[tuple(sorted(phrase))] = Meaning((pieces(phrase, "start"),), fact=(fact["column"], fact["value"]))
    return found


def _add_names(found: dict[Phrase, Meaning]) -> None:
    """Names of occupations and workplaces that are no everyday words of ours yet."""
    own = frozenset(found)
    # The thing itself stands at the end of a compound, a place of work at its start too: "Klinikkoch" works there.
    edges: tuple[tuple[str, Where], ...] = (("occupations", "end"), ("workplaces", "both"))
    for kind, where in edges:
        for patterns, names in _names()[kind].items():
            codes = _codes(patterns.split())
            for phrase in map(_phrase, names):
                if (key := tuple(sorted(phrase))) not in own:
                    found[key] = found.get(key, Meaning()) | Meaning((pieces(phrase, where),), codes)


def meaning_of(words: Iterable[str]) -> Meaning | None:
    """What one word or several, in any order, mean together; None if nothing of their own."""
    return meanings().get(tuple(sorted(words)))


def pieces(phrase: Phrase, where: Where) -> tuple[Piece, ...]:
    """The pieces of a word or of several; several may stand in any order, each at the edge of a word."""
    several = len(phrase) > 1
    return tuple(Piece(one, "word" if len(one) < _SHORT else "both" if several else where) for one in phrase)


def of_occupations(piece: Piece) -> frozenset[str]:
    """Codes of the occupations of the KldB in whose name the word stands."""
    return frozenset(code for code, words in _occupation_words().items() if any(stands_in(piece, one) for one in words))


@lru_cache(10_000)
def split(word: str) -> tuple[str, str] | None:
    """A compound's two parts by our vocabulary: lagerhelfer -> lager, helfer; None if it is none we know."""
    first_parts, last_parts = _parts()
    for at in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
        # The longest last part is tried first: "fachkraft" rather than "kraft".
        last = word[at:]
        if last not in last_parts:
            continue
        for link in _LINKS:
            first = word[:at].removesuffix(link) if word[:at].endswith(link) else ""
            if first in first_parts:
                return first, last
    return None


def nearest(word: str) -> str | None:
    """The word of the vocabulary that somebody who mistyped may have meant; None if none is near or it is known."""
    if len(word) < _SHORT or word in known() or split(word):
        return None
    same = [one for one in known() if one[0] == word[0] and abs(len(one) - len(word)) <= 2]
    for words in (same, known()):
        if found := process.extractOne(word, words, scorer=fuzz.ratio, score_cutoff=_ALIKE):
            return str(found[0])
    return None


def written(word: str) -> str:
    """A folded word as people write it, as far as we know."""
    return known().get(word, word)


@cache
def known() -> dict[str, str]:
    """All folded words we know, with a way to write each: everyday words first, then occupations and towns."""
    groups = (word for group in _data()["groups"] for word in (*group["words"], *group.get("also", ())))
    facts = (word for fact in _data()["facts"] for word in fact["words"])
    names = (name for kind in _names().values() for some in kind.values() for name in some)
    own = (*groups, *facts, *names, *_data()["parts"], *_data()["heads"])
    official = (_name(title) for title in occupations().values())
    found: dict[str, str] = {}
    for text in (*own, *municipalities().values(), *official):
        for word in text.replace("/", " ").replace(",", " ").replace("(", " ").replace(")", " ").split():
            # Also as it stands: what is mistyped does not become "krankenpfleger".
            for spelling in (fold(word), plain(word)):
                if len(spelling) >= _SHORT and spelling.isalnum():
                    found.setdefault(spelling, word.rstrip("-"))
    return found


def _phrase(text: str) -> Phrase:
    return tuple(fold_query(text))


def _codes(patterns: Iterable[str]) -> frozenset[str]:
    every = [code for code in occupations() if len(code) == 5]
    return frozenset(code for pattern in patterns for code in every if fnmatchcase(code, f"{pattern}*"))


def _name(title: str) -> str:
    """Name of an occupation without what every name ends with: "– fachlich ausgerichtete Tätigkeiten"."""
    return title.split(" – ")[0] if not title.startswith(("Aufsichtskräfte", "Führungskräfte")) else title


@cache
def _occupation_words() -> dict[str, tuple[str, ...]]:
    filler = {"berufe", "ohne", "spezialisierung", "sonstige", "spezifische", "taetigkeitsangabe", "ausser"}
    return {
        code: tuple(word for word in fold(_name(title)).split() if word not in filler)
        for code, title in occupations().items()
        if len(code) == 5
    }


def stands_in(piece: Piece, word: str) -> bool:
    """Whether a folded word of a text has the piece at the right edge."""
    match piece.where:
        case "word":
            return word == piece.text
        case "start":
            return word.startswith(piece.text)
        case "end":
            return word.endswith(piece.text)
        case _:
            return word.startswith(piece.text) or word.endswith(piece.text)


@cache
def _parts() -> tuple[frozenset[str], frozenset[str]]:
    """Words that a compound may begin with, and end with."""
    first = {fold(word) for word in _data()["parts"]}
    first |= {part.removesuffix("e") for part in first if len(part) > _SHORT}
    last = {fold(word) for word in _data()["heads"]}
    return frozenset(first), frozenset(last | {phrase[0] for phrase in meanings() if len(phrase) == 1})
