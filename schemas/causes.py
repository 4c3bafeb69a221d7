"""Why a code appears and an example of it: for people, so nothing that runs reads it."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from schemas.codes import Language, codes

_MOST, _LETTERS = 3, 4
# Share of the words two codes have in common; and of the letters somebody typed right.
_ALIKE, _ENOUGH = 0.2, 0.6
_COMMON = frozenset({"aber", "auch", "diese", "dieser", "eine", "einem", "einer", "nach", "nicht", "oder", "wird"})


@dataclass(frozen=True, slots=True)
class Cause:
    """Cause and example of one code, in both languages."""

    cause_de: str
    cause_en: str
    example_de: str
    example_en: str

    def cause(self, language: Language = "de") -> str:
        """Why it appears."""
        return self.cause_de if language == "de" else self.cause_en

    def example(self, language: Language = "de") -> str:
        """What it looks like, with made-up values."""
        return self.example_de if language == "de" else self.example_en


@cache
def causes() -> dict[str, Cause]:
    """All of them by code."""
    loaded = yaml.safe_load((resources.files("schemas") / "causes.yaml").read_text(encoding="utf-8"))
    return {name: Cause(**texts) for name, texts in loaded.items()}


def similar(code: str) -> list[str]:
    """Codes whose texts share the most words with its own; few or none."""
    own = _words(code)
    scored = sorted(
        ((len(own & _words(other)) / len(own | _words(other)), other) for other in codes() if other != code),
        reverse=True,
    )
    return sorted(other for score, other in scored[:_MOST] if score >= _ALIKE)


def near(typed: str) -> list[str]:
    """Codes that somebody may have meant who typed something else: `112`, `E12`, `E1122`; the likeliest first."""
    text = re.sub(r"[^A-Z0-9]", "", typed.upper())
    exact = [name for name in codes() if text and name[1:] == text]
    scored = {name: difflib.SequenceMatcher(None, text, name).ratio() for name in codes()}
    close = sorted((name for name in codes() if scored[name] >= _ENOUGH), key=lambda name: -scored[name])
    return list(dict.fromkeys([*exact, *close]))[:_MOST]


def speaking_of(word: str) -> list[str]:
    """Codes whose texts speak of something: `Postleitzahl`, `postcode`. None for words of under four letters."""
    wanted = word.casefold().strip()
    if len(wanted) < _LETTERS:
        return []
    return [name for name, entry in codes().items() if wanted in f"{entry.de} {entry.en}".casefold()]


@cache
def _words(code: str) -> frozenset[str]:
    entry = codes()[code]
    found = re.findall(r"[a-zäöüß]{4,}", f"{entry.de} {entry.next_de}".lower())
    return frozenset(found) - _COMMON
