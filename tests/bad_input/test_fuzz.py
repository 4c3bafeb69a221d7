"""A short form of tests/bad_input/fuzz.py: two and a half seconds of each kind."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.bad_input import fuzz


@pytest.mark.parametrize("name", fuzz.TARGETS)
def test_random_damage_is_borne(name: str) -> None:
    figures = fuzz.run(name, seed=20_261_125, count=1_000_000, seconds=2.5)

    assert [] == figures.failures
    assert figures.cases > 50
    assert len(figures.ends) > 1


def test_a_case_can_be_repeated() -> None:
    assert fuzz.damaged(b"x" * 50, random.Random("1/csv/7")) == fuzz.damaged(b"x" * 50, random.Random("1/csv/7"))


def test_an_error_and_a_slow_case_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow_and_wrong(dice: random.Random, _: Path) -> tuple[int, str]:
        if dice.random() < 0.5:
            raise IndexError("a place")
        sum(range(8_000_000))
        return 10, "slow"

    monkeypatch.setattr(fuzz, "MS_PER_KB_MAX", 1.0)  # slow on any machine, however fast
    monkeypatch.setitem(fuzz.TARGETS, "csv", slow_and_wrong)
    failures = fuzz.run("csv", seed=1, count=6).failures

    assert {"IndexError", "ms"} == {"IndexError" if "IndexError" in one else "ms" for one in failures}
