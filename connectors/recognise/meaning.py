"""What the code values of a column mean, and which of them nobody can know without asking."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.recognise.header import folded
from connectors.recognise.known import known


@dataclass(frozen=True, slots=True)
class Meaning:
    """Values with their symbols; `unsure` ones are a proposal, `unknown` ones have none."""

    codes: dict[str, str]
    unsure: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def share(self) -> float:
        """Share of the different values that mean something."""
        every = len(self.codes) + len(self.unknown)
        return len(self.codes) / every if every else 0.0


def meaning_of(field: str, values: Iterable[str]) -> Meaning:
    """Translate the values of a column as those of a field."""
    entry = known("words")[field]
    sure = {folded(word): symbol for symbol, told in entry.items() if symbol != "unsure" for word in [symbol, *told]}
    unsure = entry["unsure"]
    codes: dict[str, str] = {}
    doubtful, unknown = [], []
    for value in values:
        symbol = sure.get(folded(value))
        if symbol is None and value in unsure:
            symbol = unsure[value]
            doubtful.append(value)
        if symbol is None:
            unknown.append(value)
        else:
            codes[value] = symbol
    return Meaning(codes, tuple(doubtful), tuple(unknown))


def symbols_of(field: str) -> list[str]:
    """Symbols a value of the field can mean."""
    return [symbol for symbol in known("words")[field] if symbol != "unsure"]
