"""What the code values of a column mean, and which of them nobody can know without asking."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from connectors.recognise.header import folded
from connectors.recognise.known import known

LISTS = ("working_time",)
"""Fields whose codes are lists."""
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
        sure = len(self.codes) + len(self.several)
        every = sure + len(self.unknown)
        return sure / every if every else 0.0


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


def symbols_of(field: str) -> list[str]:
    """Symbols a value of the field can mean."""
    return [symbol for symbol in known("words")[field] if symbol != "unsure"]
