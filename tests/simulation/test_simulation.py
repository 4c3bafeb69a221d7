"""No history breaks a promise, drawn or thought up by Hypothesis; and every rule taken away is noticed."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.simulation.histories import FIRST, Failure, draw, failures, live, shorten
from tests.simulation.invariants import INVARIANTS, Seen, broken_when_calm
from tests.simulation.kept import Kept, kept
from tests.simulation.mutants import MUTANTS
from tests.simulation.world import DEEDS, Step, World
from tests.support.tries import tries

HISTORIES = 100
WITHIN = 80
"""A mutant must be noticed within so many histories."""


class Machine(RuleBasedStateMachine):
    """Hypothesis chooses deeds and numbers; after each of them every promise must hold, and after calm further ones."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self._seen: Seen | None = None

    @initialize(numbers=st.lists(st.integers(0, 2**16), min_size=len(FIRST), max_size=len(FIRST)))
    def begin(self, numbers: list[int]) -> None:
        """Something is there and on its way, as in every history that is drawn."""
        for deed, number in zip(FIRST, numbers, strict=True):
            self.do(deed, number)

    def do(self, deed: str, number: int) -> None:
        """One deed."""
        self._seen = None
        self.world.do(Step(deed, number))

    def seen(self) -> Seen:
        """The world as judged after the last deed."""
        if self._seen is None:
            self._seen = Seen.of(self.world)
        return self._seen

    def teardown(self) -> None:
        """The calm after it all."""
        try:
            self.world.calm()
            assert [] == broken_when_calm(self.world)
        finally:
            self.world.close()


def _rule(deed: str) -> Any:
    def act(self: Machine, number: int) -> None:
        self.do(deed, number)

    act.__name__ = deed
    return rule(number=st.integers(0, 2**16))(act)


def _invariant(name: str, check: Callable[[Seen], Any]) -> Any:
    def holds(self: Machine) -> None:
        assert [] == list(check(self.seen()))

    holds.__name__ = name
    return invariant()(holds)


for _deed in DEEDS:
    setattr(Machine, f"deed_{_deed}", _rule(_deed))
for _name, _check in INVARIANTS.items():
    setattr(Machine, _name, _invariant(_name, _check))

_SETTINGS = settings(max_examples=tries(25), stateful_step_count=40, suppress_health_check=list(HealthCheck))


@pytest.mark.hypothesis
def test_no_order_of_deeds_that_hypothesis_tries_breaks_a_promise() -> None:
    run_state_machine_as_test(Machine, settings=_SETTINGS)


def test_hypothesis_notices_a_rule_that_was_taken_away() -> None:
    only_once = settings(
        _SETTINGS, max_examples=25, derandomize=True, database=None, report_multiple_bugs=False, phases=[Phase.generate]
    )
    with MUTANTS["outbox-high-water"](), pytest.raises(AssertionError):
        run_state_machine_as_test(Machine, settings=only_once)


def test_no_history_that_was_drawn_breaks_a_promise() -> None:
    assert [] == [failure.broken for failure in failures(range(HISTORIES))]


@pytest.mark.parametrize("one", kept(), ids=lambda one: f"{one.seed}-{one.mutant or 'none'}")
def test_a_history_that_was_kept_breaks_nothing_but_without_its_rule(one: Kept) -> None:
    assert [] == live(one.steps)
    if one.mutant is not None:
        with MUTANTS[one.mutant]():
            assert [] != live(one.steps)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_rule_that_is_taken_away_is_noticed(mutant: str) -> None:
    with MUTANTS[mutant]():
        assert next(failures(range(WITHIN)), None) is not None


def test_the_same_seed_is_the_same_history_with_the_same_end() -> None:
    seed = 7
    with MUTANTS["last-wins"]():
        first, second = (live(draw(one)) for one in (seed, seed))

    assert draw(seed) == draw(seed)
    assert first == second


def test_a_failure_is_shortened_to_what_it_needs() -> None:
    with MUTANTS["jobcenter-of-payload"]():
        found = next(failures(range(WITHIN)))
        short = shorten(found)

        assert live(short.steps) == short.broken
        without_one = [short.steps[:place] + short.steps[place + 1 :] for place in range(len(short.steps))]
        assert not any(_breaks(steps, short) for steps in without_one)
    assert found.promise == short.promise
    assert len(short.steps) < len(found.steps)


def _breaks(steps: list[Step], like: Failure) -> bool:
    found = live(steps)
    return bool(found) and found[0].split(":")[0] == like.promise


def test_deeds_do_nothing_to_an_empty_world() -> None:
    world = World()
    try:
        for deed in DEEDS.values():
            deed(world, random.Random(1))
        world.calm()
        assert [] == broken_when_calm(world)
    finally:
        world.close()
