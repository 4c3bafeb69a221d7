"""Occupations that a job title may mean, to choose from: nobody should have to know a code."""

from __future__ import annotations

import re
from functools import cache

from rapidfuzz import fuzz, process

from hub.search.fold import fold
from hub.search.words import terms
from schemas.codelists import occupations

MOST = 12
_FEW = 30
_GOOD_ENOUGH = 60
_STEM = 6  # "tischler" and "tischlerei", "pflegefachkraft" and "pflege" begin alike for so long
_EMPTY = frozenset(
    [
        "berufe",
        "helfer",
        "fachkraft",
        "mitarbeiter",
        "spezialisierung",
        "ohne",
        "sonstige",
        "spezifische",
        "in",
        "der",
        "im",
        "und",
    ]
)
_LEVEL = re.compile(r" – .*$")


def is_occupation(code: str) -> bool:
    """Whether a code stands for one occupation: five digits of the list."""
    return len(code) == 5 and code in occupations()


def likely(*texts: str) -> list[tuple[str, str]]:
    """Code and title of the occupations that fit the texts best, best first; level of requirement in the title.

    What the search takes a word for comes before what is merely spelt like it: a Krankenschwester is a Pflegefachkraft.
    """
    wanted = fold(" ".join(texts))
    if not wanted:
        return []
    found = process.extract(wanted, _folded(), scorer=_likeness, limit=MOST, score_cutoff=_GOOD_ENOUGH)
    spelt_alike = [code for _, _, code in found]
    codes = list(dict.fromkeys((*_meant(wanted), *spelt_alike)))[:MOST]
    return [(code, occupations()[code]) for code in codes]


def _meant(wanted: str) -> list[str]:
    """Occupations that words of the search mean: the most certain word first, and the usual level of training."""
    few = sorted((term.meaning.codes for term in terms(wanted) if len(term.meaning.codes) <= _FEW), key=len)
    return [code for codes in few for code in sorted(codes, key=lambda code: (code[-1] != "2", code))]


@cache
def _folded() -> dict[str, str]:
    return {code: fold(_LEVEL.sub("", title)) for code, title in occupations().items() if len(code) == 5}


def _likeness(wanted: str, title: str, **_: object) -> float:
    """The best pair of words decides: equal, begun alike, or one inside the other; then how alike the whole is."""
    offered = [word for word in title.split() if word not in _EMPTY]
    words = [word for word in wanted.split() if word not in _EMPTY] or wanted.split()
    best = max((_alike(word, other) for word in words for other in offered), default=0.0)
    return best * 0.85 + fuzz.token_set_ratio(wanted, title) * 0.15


def _alike(word: str, other: str) -> float:
    stem, other_stem = word[:_STEM], other[:_STEM]
    if len(word) > 3 and (stem in other or other_stem in word) and len(other) > 3:
        return 100.0 if other.startswith(stem) else 90.0
    return fuzz.ratio(stem, other_stem)
