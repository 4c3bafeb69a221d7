"""What may have been meant by a word nobody knows: mistyped, written as heard, or a compound that says too much."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from rapidfuzz import fuzz, process

from hub.search.data import named
from hub.search.fold import fold
from hub.search.forms import understood
from hub.search.sound import sound
from hub.search.vocabulary import known, meaning_of, split

_SHORT = 4
_SHORT_HINT = 5
_SHORTEST = 3
"""So long a word is mended by its sound alone: LKV."""
_SURE = 88.0
"""Likeness from 0 to 100 (rapidfuzz.fuzz.ratio) of a word that is mistyped and no other: one letter of nine."""
_ALIKE = 78.0
"""Likeness from which a word may be meant: two letters of nine are wrong."""
_HEARD = {2: 70.0}
"""Likeness that is enough for a word that sounds the same, by the number of sounds; one sound is never enough."""
_LONG_HEARD = 50.0


def nearest(word: str, *, sure: bool = False) -> str | None:
    """The word of the vocabulary that was meant by an unknown one; None if none is near, or it is known.

    `sure`: only if it is all but certain.
    """
    if len(word) < _SHORTEST or word in known() or understood(word) or split(word):
        return None
    if len(word) < _SHORT:
        return _heard(word)
    if found := _spelt(word, _SURE, _begun_alike(word)) or _spelt(word, _SURE, known()) or _heard(word):
        return found
    return None if sure else wider(word) or _spelt(word, _ALIKE, among=_begun_alike(word)) or _beginning(word)


def _spelt(word: str, likeness: float, among: Iterable[str]) -> str | None:
    found = process.extractOne(word, among, scorer=fuzz.ratio, score_cutoff=likeness)
    return str(found[0]) if found else None


def _begun_alike(word: str) -> list[str]:
    """Words of about this length with the same first letter: that one is hardly ever mistyped."""
    return [one for one in known() if one[0] == word[0] and abs(len(one) - len(word)) <= 2]


def _heard(word: str) -> str | None:
    heard = sound(word)
    if len(heard) < 2:
        return None
    enough = _HEARD.get(len(heard), _LONG_HEARD)
    found = process.extractOne(word, _by_sound().get(heard, ()), scorer=fuzz.ratio, score_cutoff=enough)
    return str(found[0]) if found else None


def wider(word: str) -> str | None:
    """The last part of a compound, if it means something alone: who finds no Möbelverkäufer may like a Verkäufer."""
    for at in range(1, len(word) - _SHORT + 1):
        last = word[at:]
        # A short place or thing is in too many words: no Impfzentrum, no Kraftwerk is meant.
        if (meaning := meaning_of((last,))) and (not meaning.hint or len(last) > _SHORT_HINT):
            return last
    return None


def _beginning(word: str) -> str | None:
    """The first part of a compound whose last part nobody knows: Wareneingangskontrolle has to do with Wareneingang."""
    for at in range(len(word) - _SHORTEST, _SHORT, -1):
        if meaning_of((word[:at],)):
            return word[:at]
    return None


@cache
def _by_sound() -> dict[str, tuple[str, ...]]:
    """German words by their sound; nobody hears an English one written so."""
    english = {fold(word) for names in named("english.yaml").values() for name in names for word in name.split()}
    found: defaultdict[str, list[str]] = defaultdict(list)
    for word in known():
        if word in english:
            continue
        found[sound(word)].append(word)
    return {heard: tuple(words) for heard, words in found.items()}
