"""Folds German text for search: umlauts, gender forms and sister words become one spelling. Idempotent."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})

# (m/w/d), (w|m|x), (gn), (all genders), m/w/d without brackets
_ANY_GENDER = re.compile(
    r"\(\s*(?:[mwdfxi]\s*[/|,*:]\s*){1,3}[mwdfxia]\s*\)|\((?:[mwdfx]{3}|gn|all genders|alle geschlechter)\)"
    r"|(?<![\w/])[mwd](?:\s?[/|]\s?[mwdfx]){1,2}(?![\w/])"
)
# Verkäufer/in, Verkäufer:innen, Verkäufer*in, Verkäufer_in, Verkäufer/-in, Verkäufer(in), Kaufmann/-frau, Beamte(r)
_APPENDED = re.compile(r"(?<=\w)(?:[/:*_·]\s?-?(?:innen|in|frau|mann|r|n)\b|\((?:innen|in|r|n)\))")
_INNER_I = re.compile(r"(?<=[a-zäöüß])In(?:nen)?\b")
_WORD = re.compile(r"[a-z0-9+#]+")

_IRREGULAR = (
    # The feminine word has an umlaut or another stem; only endings, so that Chefköchin and Zahnärztin follow.
    (re.compile(r"koechin(?:nen)?$"), "koch"),
    (re.compile(r"aerztin(?:nen)?$"), "arzt"),
    (re.compile(r"anwaeltin(?:nen)?$"), "anwalt"),
    (re.compile(r"baeuerin(?:nen)?$"), "bauer"),
    (re.compile(r"beamtin(?:nen)?$"), "beamter"),
    (re.compile(r"(kranken|kinder|alten)schwestern?$"), r"\1pfleger"),
    (re.compile(r"eus(?:e|en)$"), "eur"),
    (re.compile(r"(..(?:log|gog|nom))en?$"), r"\1"),
    (re.compile(r"(angestellt|auszubildend|beauftragt|selbstaendig)e[rn]$"), r"\1e"),
    (re.compile(r"(.{3})(?:frau|frauen|leute|maenner)$"), r"\1mann"),
)
_FEMININE = (re.compile(r"(..(?:er|eur|ist|ent|ant|at|kt|or|log|gog|nom|wirt|graf|graph|peut))in(?:nen)?$"), r"\1")

_STOP_WORDS = frozenset(
    word
    for line in (
        "als am an arbeit auf bei beim das dem den der des die ein eine einem einen einer fuer gesucht im in job jobs",
        "mit oder stelle stellen suche und vom von zum zur",
    )
    for word in line.split()
)
_MOST_TOKENS = 10


def fold(text: str) -> str:
    """The searchable spelling of a text: lower-case ASCII words, one blank between them."""
    composed = _INNER_I.sub("", unicodedata.normalize("NFKC", text))
    plain = _APPENDED.sub("", _ANY_GENDER.sub(" ", composed.casefold())).translate(_UMLAUTS)
    ascii_only = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    words = [_one_gender(word) for word in _WORD.findall(ascii_only)]
    # "Koch/Köchin" became "koch koch": said twice it finds no more, and ranks worse.
    return " ".join(word for place, word in enumerate(words) if place == 0 or word != words[place - 1])


def plain(word: str) -> str:
    """A word in lower case with umlauts written out, whatever its gender."""
    return word.casefold().translate(_UMLAUTS).rstrip("-")


def fold_query(text: str) -> list[str]:
    """The words somebody searches for, folded, without filler words and repetitions."""
    words = list(dict.fromkeys(fold(text).split()))
    return ([word for word in words if word not in _STOP_WORDS] or words)[:_MOST_TOKENS]


@lru_cache(100_000)
def _one_gender(word: str) -> str:
    """A word in its shorter, traditionally masculine form, which titles contain most often."""
    folded = word
    for ending, replacement in (*_IRREGULAR, _FEMININE):
        folded = ending.sub(replacement, folded)
    # Until nothing changes, so that folding twice is folding once.
    return folded if folded == word else _one_gender(folded)
