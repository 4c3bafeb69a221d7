"""The 64 classes of classes.yaml, and all fixtures with their ids: k07b is the second one of class 7."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TypeVar

import yaml

from tests.bad_input import checks, files_content, files_json, files_text, files_values, files_whole, records, services
from tests.bad_input.fixture import CheckFixture, FileFixture, Fixture, RecordFixture

_F = TypeVar("_F", FileFixture, RecordFixture, CheckFixture)


@dataclass(frozen=True, slots=True)
class BadClass:
    """A class of bad input: where it comes in, and what may become of it."""

    number: int
    name: str
    where: tuple[str, ...]
    outcomes: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    security: bool = False
    not_here: str = ""
    """Why there is no fixture."""
    differs: str = ""
    """Where this differs from the list we started from, and why."""


@cache
def classes() -> dict[int, BadClass]:
    """All classes by number."""
    loaded = yaml.safe_load(Path(__file__).with_name("classes.yaml").read_text("utf-8"))
    return {
        number: BadClass(
            number,
            entry["name"],
            tuple(entry.get("where", ())),
            tuple(str(entry.get("outcome", "")).split()),
            tuple(str(entry.get("codes") or "").split()),
            entry.get("security", False),
            entry.get("not_here", ""),
            entry.get("differs", ""),
        )
        for number, entry in loaded.items()
    }


def _named(fixtures: Sequence[_F], count: Counter[int]) -> list[_F]:
    named = []
    for one in sorted(fixtures, key=lambda fixture: fixture.number):
        named.append(replace(one, id=f"k{one.number:02}{chr(ord('a') + count[one.number])}"))
        count[one.number] += 1
    return named


_count: Counter[int] = Counter()
_FILES = [files_text, files_values, files_whole, files_content, files_json]
FILES = _named([fixture for module in _FILES for fixture in module.FIXTURES], _count)
RECORDS = _named(records.FIXTURES, _count)
CHECKS = _named([*checks.FIXTURES, *services.FIXTURES], _count)
ALL: list[Fixture] = [*FILES, *RECORDS, *CHECKS]
