"""The shortest piece of tests/chaos, with every run of the tests: eleven faults, two mutants the checker must catch.

The rest: `make chaos-short` (minutes), `make chaos` (half an hour); docs/reliability.md tells how to read them. F15 is
not among them: it compares times, and what else runs on the machine has a say in those. For the same reason recovering
may take three times as long as promised here; `make chaos` holds it to the promise.
"""

from __future__ import annotations

import sys

import pytest

from tests.chaos import mutants
from tests.chaos.__main__ import SEED
from tests.chaos.bench import Row
from tests.chaos.breaks import BREAKS
from tests.chaos.runs import run

pytestmark = pytest.mark.integration

EXPERIMENTS = ["F01", "F02", "F03", "F06", "F07", "F12", "F17", "F21", "F25", "F26", "F37"]
MUTANTS = ["offset-before-data", "no-version-guard"]


@pytest.fixture(scope="module")
def found() -> tuple[list[Row], list[mutants.Verdict]]:
    """All of it, two worlds at a time."""
    return run(
        [*EXPERIMENTS, *MUTANTS],
        SEED,
        short=True,
        scale=0.5,
        patience=3,
        jobs=2,
        tell=lambda line: print(line, file=sys.stderr),
    )


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_nothing_is_lost_done_twice_or_goes_backwards(
    name: str, found: tuple[list[Row], list[mutants.Verdict]]
) -> None:
    rows = [row for row in found[0] if row.experiment.partition("/")[0] == name]
    if skipped := [row.note for row in rows if row.status == "not run"]:
        pytest.skip(skipped[0])

    for row in rows:
        assert ("ok", []) == (row.status, row.broken), row.note
        assert (0, 0, 0, 0) == (row.lost, row.twice, row.backwards, row.unexplained)
        assert row.faults > 0
        assert row.acked > 50
    assert rows


@pytest.mark.parametrize("name", MUTANTS)
def test_a_rule_that_is_taken_away_is_missed_by_the_invariant_named_for_it(
    name: str, found: tuple[list[Row], list[mutants.Verdict]]
) -> None:
    (verdict,) = (verdict for verdict in found[1] if verdict.mutant == name)

    assert verdict.must in verdict.caught_by


def test_every_mutant_has_a_break_and_at_least_twelve_are_tried() -> None:
    names = {mutant.name for mutant in mutants.MUTANTS}

    assert set() == names - BREAKS.keys()
    assert len(names) >= 12
