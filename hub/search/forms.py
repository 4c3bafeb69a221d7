"""A word in another form than our files have it: its endings, and what only says how or where one does the work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from hub.search.data import synonyms
from hub.search.fold import fold
from hub.search.vocabulary import Meaning, meaning_of, meanings, pieces
from schemas.codelists import occupations

_SHORTEST_ROOT = 4
_ENDINGS = re.compile(r"(?:(?<=.{5})ung(?:en)?|erei(?:en)?|ei(?:en)?|ern|ens|end|en|er|es|e|n|s)$")
_UMLAUT = re.compile("([aou])e(?!r$)")
_PLURAL = re.compile("(?:en|n|s)$")
_LINKS = ("", "s", "n", "en", "es", "er", "e")
_SHORTEST_REST = 3


def root(word: str) -> str:
    """What the forms of a word have in common: backen, Bäcker, Bäckerei; Dachdecker, Dachdeckerei; Haar, Haare."""
    short = word
    while (cut := _ENDINGS.sub("", short)) != short and len(cut) >= _SHORTEST_ROOT:
        short = cut
    return _UMLAUT.sub(r"\1", short)


@lru_cache(10_000)
def understood(word: str) -> Meaning | None:
    """What a folded word means: as it stands, in another form, or without what only says how or where one works."""
    return _in_some_form(word) or _without_additions(word)


def _in_some_form(word: str) -> Meaning | None:
    return meaning_of((word,)) or _by_root().get(root(word))


@cache
def _by_root() -> dict[str, Meaning]:
    found: dict[str, Meaning] = {}
    for phrase, meaning in meanings().items():
        if len(phrase) == 1 and len(short := root(phrase[0])) >= _SHORTEST_ROOT:
            # The surest words come first.
            found.setdefault(short, meaning)
    return found


def _without_additions(word: str) -> Meaning | None:
    """Aushilfskellner, Maurergeselle, Malerhelfer are Kellner, Maurer, Maler; an Umzugsfirma has to do with Umzug."""
    for rest, level in (*_bare(word), *_bare(_PLURAL.sub("", word))):
        if (meaning := _in_some_form(rest)) and not meaning.fact:
            return Meaning((pieces((word,), "both"),)) | _at(level, meaning)
    return None


def _bare(word: str) -> Iterator[tuple[str, str]]:
    """What may remain of a word without an addition, and the level of the KldB that the addition stands for."""
    for last, level in _additions("after"):
        if word.endswith(last):
            for link in _LINKS:
                rest = word[: -len(last)]
                if rest.endswith(link) and len(rest) - len(link) >= _SHORTEST_REST:
                    yield rest.removesuffix(link), level
    for first, level in _additions("before"):
        if word.startswith(first) and len(word) - len(first) >= _SHORTEST_REST:
            yield word[len(first) :], level


@cache
def _additions(side: str) -> tuple[tuple[str, str], ...]:
    """Additions before or after a word, the longest first."""
    told = {fold(word): level for level, words in synonyms()["additions"][side].items() for word in words}
    return tuple(sorted(told.items(), key=lambda one: -len(one[0])))


def _at(level: str, meaning: Meaning) -> Meaning:
    """The meaning, and the same occupations on the level of a helper or of a master (fourth and fifth digit 9, 3).

    A helper at a place or with a thing is nothing but a helper: a Versandhelfer is no Lagerist.
    """
    match level:
        case "helper":
            helpers = frozenset(code[:4] + "1" for code in meaning.codes) & _every_code()
            codes = helpers if meaning.hint and helpers else meaning.codes | helpers
        case "master":
            codes = meaning.codes | frozenset(code[:3] + "93" for code in meaning.codes) & _every_code()
        case _:
            codes = meaning.codes
    return Meaning(meaning.spellings, codes, hint=meaning.hint)


@cache
def _every_code() -> frozenset[str]:
    return frozenset(occupations())
