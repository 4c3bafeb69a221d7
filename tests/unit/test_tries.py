"""The suite tries the same examples each time; a hunt tries others, and 20 times as many of each test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.tries import tries

TESTS = Path(__file__).parents[1]


@pytest.fixture
def profile() -> Iterator[None]:
    """Any may be loaded; afterwards that of the suite is again."""
    yield
    settings.load_profile("suite")


@pytest.mark.usefixtures("profile")
@pytest.mark.parametrize("name, same, count", [("suite", True, 60), ("hunt", False, 1200)])
def test_what_is_tried(name: str, same: bool, count: int) -> None:
    settings.load_profile(name)

    assert (same, count) == (settings().derandomize, tries(60))
    assert settings().deadline is None


def _own_numbers(text: str) -> list[str]:
    """Numbers of examples that a hunt would not multiply."""
    return re.findall(r"@settings\([^@]*max_examples=\d+", text)


def test_every_number_of_examples_grows_in_a_hunt() -> None:
    assert [] == [str(path) for path in TESTS.rglob("test_*.py") if _own_numbers(path.read_text("utf-8"))]


def test_a_number_that_does_not_grow_is_found() -> None:
    assert _own_numbers("@settings(max_examples" + "=30)\n@given(st.text())")
