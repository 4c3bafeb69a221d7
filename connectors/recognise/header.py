"""How well a column's header fits a name it may go by: 1 the same word, 0 nothing in common."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import cache, lru_cache

from connectors.recognise.known import known

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "€": " eur ", "§": " "})
_CAMEL = re.compile(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])")
_CUT = re.compile(r"([A-Za-zÄÖÜäöüß]{3,})\.")
_ARTICLES = ("des", "der", "die", "das", "fuer", "the", "of")
# Words that say only what the whole file is about.
_FILLERS = frozenset(("stelle", "stellen", "sta", "vac", "vacancy", "job", "angebot", "feld", "ang", *_ARTICLES))
# Words that say only that it is a code, a day or a text.
_MARKERS = frozenset(("kz", "kennzeichen", "datum", "kzz", "flag"))
_SAME, _FILLED, _PART_OF, _HAS_PART, _CONTAINS, _ALIKE = 1.0, 0.9, 0.72, 0.55, 0.5, 0.6
_LATER = 0.004
"""What a name loses for each one that stands before it in the list: the first ones are the most telling."""


@lru_cache(maxsize=8192)
def words(text: str) -> tuple[str, ...]:
    """Words of a header: without case, umlauts and punctuation, "StellenNr" split as "Stellen Nr"."""
    plain = unicodedata.normalize("NFC", _CAMEL.sub(" ", text)).casefold().translate(_UMLAUTS)
    found = [part for word in re.findall(r"[a-z]+|[0-9]+", plain) for part in _spelt_out(word)]
    return tuple(word for word in found if word not in _MARKERS) or tuple(found)


@lru_cache(maxsize=8192)
def _cut_short(text: str) -> frozenset[str]:
    """Words of a header that a full stop cuts short: "Veröff. bis" has one."""
    return frozenset(word for cut in _CUT.findall(text) for word in words(cut)) - {"nr"}


@cache
def _short_forms() -> dict[str, str]:
    forms: dict[str, str] = known("fields")["short_forms"]
    return {short: "".join(re.findall(r"[a-z]+", long.translate(_UMLAUTS))) for short, long in forms.items()}


@cache
def _spelt_out(word: str) -> tuple[str, ...]:
    """A word with its short forms written out; one made of short forms alone ("AZSTD") is taken apart."""
    forms = _short_forms()
    if word in forms:
        return (forms[word],)
    for cut in range(2, len(word) - 1):
        if word[:cut] in forms and word[cut:] in forms:
            return (forms[word[:cut]], forms[word[cut:]])
    return (word,)


def folded(text: str) -> str:
    """The words of a text in one."""
    return "".join(words(text))


def likeness(header: str, names: Sequence[str]) -> float:
    """How well the best of some names fits a header, 0 to 1."""
    return max((_one(header, name) - _LATER * place for place, name in enumerate(names)), default=0.0)


@lru_cache(maxsize=65536)
def _one(header: str, name: str) -> float:
    ours, theirs = words(header), words(name)
    if not ours or not theirs:
        return 0.0
    # A word cut short stands for the one it is the beginning of.
    if cut := _cut_short(header):
        ours = tuple(
            next((long for long in theirs if long.startswith(word)), word) if word in cut else word for word in ours
        )
    if "".join(ours) == "".join(theirs):
        return _SAME
    told = tuple(word for word in ours if word not in _FILLERS) or ours
    if "".join(told) == "".join(theirs):
        return _FILLED
    if set(theirs) <= set(ours):
        return _PART_OF
    if set(told) <= set(theirs):
        return _HAS_PART
    one, other = "".join(ours), "".join(theirs)
    if min(len(one), len(other)) >= 4 and (one in other or other in one):
        return _CONTAINS
    ratio = SequenceMatcher(None, one, other).ratio()
    return _ALIKE * ratio if ratio >= 0.84 else 0.0
