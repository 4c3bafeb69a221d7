"""The words of synonyms.yaml and of the KldB 2010, folded: what they mean, what they are made of, what is near them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache

from hub.search.data import KINDS, Where, every_word, named, synonyms
from hub.search.fold import fold, fold_query, plain
from schemas.codelists import municipalities, occupations

Phrase = tuple[str, ...]

_SHORT = 4
"""A shorter word counts only alone: "it" is in "Zeit"."""
_SHORTEST_PART = 3
_LINKS = ("", "s", "n", "en", "es", "er", "e")


@dataclass(frozen=True, slots=True)
class Piece:
    """A word to be found in a text, and where in a word of it."""

    text: str
    where: Where


@dataclass(frozen=True, slots=True)
class Meaning:
    """What finds a word: any of the spellings (each: all its pieces), any of the occupations, or a fact.

    `hint`: how little the word says of the work itself. 0: its name (Koch); 1: a place or a thing (Altenheim, Haare);
    2: something one does (schneiden).
    """

    spellings: tuple[tuple[Piece, ...], ...] = ()
    codes: frozenset[str] = frozenset()
    fact: tuple[str, str] | None = None
    hint: int = 0

    def __or__(self, other: Meaning) -> Meaning:
        spellings = tuple(dict.fromkeys((*self.spellings, *other.spellings)))
        return Meaning(spellings, self.codes | other.codes, self.fact or other.fact, max(self.hint, other.hint))


@cache
def meanings() -> dict[Phrase, Meaning]:
    """Folded words, one or several in the order of the alphabet, and what they mean."""
    places: dict[Phrase, Where] = {}
    for group in synonyms()["groups"]:
        for word in group["words"]:
            places.setdefault(_phrase(word), group.get("match", "both"))
    found: dict[Phrase, Meaning] = {}
    for group in synonyms()["groups"]:
        phrases = list(dict.fromkeys(map(_phrase, group["words"])))
        others = [*phrases, *map(_phrase, group.get("also", ()))]
        meaning = Meaning(tuple(pieces(one, places.get(one, "both")) for one in others), _codes(group.get("kldb", ())))
        for phrase in phrases:
            own = Meaning((pieces(phrase, places[phrase]),))
            key = tuple(sorted(phrase))
            found[key] = found.get(key, own) | meaning
    _add_names(found)
    for fact in synonyms()["facts"]:
        for phrase in map(_phrase, fact["words"]):
            found[tuple(sorted(phrase))] = Meaning((pieces(phrase, "start"),), fact=(fact["column"], fact["value"]))
    return found


def _add_names(found: dict[Phrase, Meaning]) -> None:
    """Names of occupations, workplaces, things and tasks that no surer file has."""
    for kind in KINDS:
        surer = frozenset(found)
        for patterns, names in named(kind.file).items():
            codes = _codes(patterns.split())
            for phrase in map(_phrase, names):
                if (key := tuple(sorted(phrase))) not in surer:
                    own = Meaning((pieces(phrase, kind.where),), codes, hint=kind.hint)
                    found[key] = found[key] | own if key in found else own


def meaning_of(words: Iterable[str]) -> Meaning | None:
    """What one word or several, in any order, mean together; None if nothing of their own."""
    return meanings().get(tuple(sorted(words)))


def pieces(phrase: Phrase, where: Where) -> tuple[Piece, ...]:
    """The pieces of a word or of several; several may stand in any order, each at the edge of a word."""
    several = len(phrase) > 1
    return tuple(Piece(one, "word" if len(one) < _SHORT else "both" if several else where) for one in phrase)


@lru_cache(10_000)
def of_occupations(piece: Piece) -> frozenset[str]:
    """Codes of the occupations of the KldB in whose name the word stands."""
    return frozenset(code for word, codes in _occupation_words().items() if stands_in(piece, word) for code in codes)


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


def written(word: str) -> str:
    """A folded word as people write it, as far as we know."""
    return known().get(word, word)


@cache
def known() -> dict[str, str]:
    """All folded words we know, with a way to write each: everyday words first, then occupations and towns."""
    official = (_name(title) for title in occupations().values())
    found: dict[str, str] = {}
    for text in (*every_word(), *municipalities().values(), *official):
        for word in text.replace("/", " ").replace(",", " ").replace("(", " ").replace(")", " ").split():
            # Also as it stands: what is mistyped does not become "krankenpfleger".
            for spelling in (fold(word), plain(word)):
                if len(spelling) >= _SHORTEST_PART and spelling.isalnum():
                    found.setdefault(spelling, word.rstrip("-"))
    return found


def _phrase(text: str) -> Phrase:
    return tuple(fold_query(text))


def _codes(patterns: Iterable[str]) -> frozenset[str]:
    return frozenset(code for pattern in patterns for code in _occupations_of(pattern))


@cache
def _occupations_of(pattern: str) -> list[str]:
    """Codes of five digits that begin so; "?" is any digit."""
    every = _occupations()
    if "?" in pattern:
        return [code for code in every if fnmatchcase(code, f"{pattern}*")]
    return every[bisect_left(every, pattern) : bisect_left(every, pattern + ":")]  # ":" comes after the digits


@cache
def _occupations() -> list[str]:
    return sorted(code for code in occupations() if len(code) == 5)


def _name(title: str) -> str:
    """Name of an occupation without what every name ends with: "– fachlich ausgerichtete Tätigkeiten"."""
    return title.split(" – ")[0] if not title.startswith(("Aufsichtskräfte", "Führungskräfte")) else title


@cache
def _occupation_words() -> dict[str, list[str]]:
    """Words of the names of occupations -> their codes."""
    filler = {"berufe", "ohne", "spezialisierung", "sonstige", "spezifische", "taetigkeitsangabe", "ausser"}
    found: dict[str, list[str]] = {}
    for code in _occupations():
        for word in fold(_name(occupations()[code])).split():
            if word not in filler:
                found.setdefault(word, []).append(code)
    return found


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
    first = {fold(word) for word in synonyms()["parts"]}
    first |= {part.removesuffix("e") for part in first if len(part) > _SHORT}
    last = {fold(word) for word in synonyms()["heads"]}
    return frozenset(first), frozenset(last | {phrase[0] for phrase in meanings() if len(phrase) == 1})
