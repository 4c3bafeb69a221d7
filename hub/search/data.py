"""The words of the search as they stand in its files: data, so that people at the counter can add to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

Where = Literal["start", "end", "both", "word"]
"""Where a word must stand in a compound; "both": at its start or at its end."""

# libyaml reads a thousand lines in some milliseconds; without it they take a third of a second at the first search.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Kind:
    """A file of names by beginnings of KldB codes. `hint`: how little such a word says of the work, see `Meaning`."""

    file: str
    where: Where
    hint: int


KINDS = (
    # The thing itself stands at the end of a compound, a place of work at its start too: "Klinikkoch" works there.
    Kind("occupations.yaml", "end", 0),
    Kind("english.yaml", "word", 0),
    Kind("workplaces.yaml", "both", 1),
    Kind("things.yaml", "both", 1),
    Kind("tasks.yaml", "start", 2),
)
"""The surest first: where two files have one word, the first that knows it decides how sure it is."""


@cache
def synonyms() -> dict[str, Any]:
    """synonyms.yaml: groups, facts, and parts of compounds."""
    return _read("synonyms.yaml")


@cache
def named(file: str) -> dict[str, list[str]]:
    """Names by the beginnings of the codes they stand for, with a blank between two codes."""
    return _read(file)


def every_word() -> Iterator[str]:
    """All words of all files as people write them, everyday words first."""
    told = synonyms()
    for group in told["groups"]:
        yield from group["words"]
        yield from group.get("also", ())
    for fact in told["facts"]:
        yield from fact["words"]
    for kind in KINDS:
        for names in named(kind.file).values():
            yield from names
    yield from told["parts"]
    yield from told["heads"]


def _read(file: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(Path(__file__).with_name(file).read_text(encoding="utf-8"), _LOADER)  # noqa: S506
    return loaded
