"""What the code values of a column mean, and which of them nobody can know without asking."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from connectors.recognise.header import folded, words
from connectors.recognise.known import known

LISTS = ("working_time",)
"""Fields whose codes are lists."""
_BY_WORD = ("subsidy",)
"""Fields of which one known word is enough: "EGZ § 88 SGB III"."""
_PARTS = re.compile(r"\s*[,;/+|]\s*")


@dataclass(frozen=True, slots=True)
class Meaning:
    """Values with their symbols; `unsure` ones are a proposal, `unknown` ones have none."""

    codes: dict[str, str]
    unsure: tuple[str, ...]
    unknown: tuple[str, ...]
    several: dict[str, list[str]]
    """Values that join several known ones, as PostgreSQL writes its arrays: {VZ,TZ}."""

    @property
    def share(self) -> float:
        """Share of the different values that mean something."""
        return self.share_of({})

    def share_of(self, counts: Mapping[str, int]) -> float:
        """Share of the cells that mean something, or of the different values if that is more: a slip is no code."""
        told = [*self.codes, *self.several]
        every = [*told, *self.unknown]
        if not every:
            return 0.0
        cells = sum(counts.get(value, 0) for value in every)
        by_cells = sum(counts.get(value, 0) for value in told) / cells if cells else 0.0
        return max(len(told) / len(every), by_cells)


def meaning_of(field: str, values: Iterable[str]) -> Meaning:
    """Translate the values of a column as those of a field."""
    entry = known("words")[field]
    sure = {folded(word): symbol for symbol, told in entry.items() if symbol != "unsure" for word in [symbol, *told]}
    unsure = entry["unsure"]
    codes: dict[str, str] = {}
    several: dict[str, list[str]] = {}
    doubtful, unknown = [], []
    for value in values:
        symbol = sure.get(folded(value))
        if symbol is None and field in _BY_WORD:
            symbol = _of_one_word(entry, value)
        if symbol is None and value in unsure:
            symbol = unsure[value]
            doubtful.append(value)
        parts = _PARTS.split(value.strip("{}[] ")) if field in LISTS else []
        if symbol is not None:
            codes[value] = symbol
        elif parts == [""]:
            several[value] = []  # an array of nothing
        elif parts and all(folded(part) in sure for part in parts):
            several[value] = list(dict.fromkeys(sure[folded(part)] for part in parts))
        else:
            unknown.append(value)
    return Meaning(codes, tuple(doubtful), tuple(unknown), several)


def _of_one_word(entry: Mapping[str, Iterable[str]], value: str) -> str | None:
    """The only symbol of which a name stands in a text."""
    text = f" {' '.join(words(value))} "
    found = {
        symbol
        for symbol, told in entry.items()
        if symbol != "unsure" and any(f" {' '.join(words(name))} " in text for name in told)
    }
    return found.pop() if len(found) == 1 else None


def symbols_of(field: str) -> list[str]:
    """Symbols a value of the field can mean."""
    return [symbol for symbol in known("words")[field] if symbol != "unsure"]
