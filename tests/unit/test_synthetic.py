"""The generator of deliveries: the same seed gives the same, and what is switched off does not happen."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.support.synthetic import generate
from tests.support.synthetic.generate import SWITCHES


def _bytes(folder: Path) -> dict[str, bytes]:
    """Text files; a workbook says when it was made."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.?s?") if path.is_file()}


def test_the_same_seed_gives_the_same_files_and_the_same_truth(tmp_path: Path) -> None:
    one, two, other = (generate(tmp_path / name, seed, 2, 10) for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    assert _bytes(tmp_path / "a") == _bytes(tmp_path / "b")
    assert one == two
    assert one != other


def test_without_any_defect_every_job_is_published_and_none_refused(tmp_path: Path) -> None:
    truth = generate(tmp_path / "in", 1, 3, 30, without=SWITCHES)
    counts: Counter[str] = Counter()
    for events in truth.events.values():
        counts += events["vacancy"].counts
    assert {"read", "published", "changed", "unchanged", "ended"} == set(counts)


@pytest.mark.parametrize(
    "switch, code", [("390 hours", "E104"), ("unclosed", "E207"), ("bank account", "E512"), ("twice encoded", "E108")]
)
def test_a_single_switch_brings_its_defect_and_no_other(tmp_path: Path, switch: str, code: str) -> None:
    truth = generate(tmp_path / "in", 1, 1, 10, without=SWITCHES - {switch})
    codes: Counter[str] = Counter()
    for events in truth.events.values():
        codes += events["vacancy"].codes
    assert {code} == set(codes)


def test_an_unknown_switch_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such switch: 391 hours"):
        generate(tmp_path / "in", 1, without=["391 hours"])
