"""Whose a state file is, and up to which offsets it knows what was sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.agreement import agree, claim, forget_before, is_forgotten, known_to
from connectors.dry_run import dry_run
from connectors.errors import Stop
from connectors.own_topics import Extent
from connectors.state import State
from tests.support.deliveries import connector, csv_text, row, small_jobcenter

RAW = "jobhub.raw.testa.vacancy.v1"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    one = State(tmp_path / "s.sqlite")
    yield one
    one.close()


def test_a_file_is_one_jobcenters_and_no_other_may_use_it(state: State) -> None:
    claim(state, "testa")
    claim(state, "testa")

    with pytest.raises(Stop, match="testa, not of testb") as stopped:
        claim(state, "testb")
    assert "E715" == stopped.value.code


def test_a_file_that_does_not_say_whose_it_is_is_known_by_what_it_sent(state: State) -> None:
    with state.transaction():
        state.put(RAW, "k", b"v", [], 1)

    with pytest.raises(Stop, match="testa, not of testb"):
        claim(state, "testb")


def test_a_dry_run_refuses_it_too(tmp_path: Path) -> None:
    with connector(tmp_path, small_jobcenter("testa")) as one:
        one.take_file("stellen_1.csv", csv_text([row()]))
        one.acknowledge()
        folder, path = one.folder, one.state.path

    with pytest.raises(Stop, match="testa, not of testb"):
        dry_run(small_jobcenter("testb"), folder, path)


def test_positions_follow_acknowledgements_and_never_go_back(state: State) -> None:
    with state.transaction():
        numbers = [state.put(RAW, "k", b"v", [], 1) for _ in range(3)]
    extents = [Extent(RAW, 0, 0, 9), Extent(RAW, 1, 0, 9)]

    state.mark_published([(0, 7, numbers[:1]), (1, 2, numbers[1:2])])
    state.mark_published([(0, 4, numbers[2:])])
    assert {(RAW, 0): 8, (RAW, 1): 3} == known_to(state, extents)

    agree(state, [replace(extents[0], end=1)])  # the topic was made anew
    assert {(RAW, 0): 1, (RAW, 1): 3} == known_to(state, extents)


def test_only_deliveries_from_before_are_forgotten(state: State) -> None:
    assert not is_forgotten(state, date(2026, 11, 1))
    forget_before(state, datetime(2026, 11, 10, tzinfo=UTC))

    assert [True, False] == [is_forgotten(state, date(2026, 11, day)) for day in (9, 11)]
