"""What may become of a reported job, whatever anybody does in whatever order."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.portal.lifecycle import ENDED, FINAL, PUBLISHED, Action, Life, NotNow, State, after, may

CONTENT = {"title": "Koch", "contact": {"email": "kueche@linde.example"}, "published_until": "2027-01-20"}
ACTIONS = st.lists(st.sampled_from(list(Action)), max_size=30)


def lives(actions: list[Action]) -> list[Life]:
    """A job's states, one for each step that was possible, beginning with the report."""
    life, found = Life(proposed=CONTENT), [Life(proposed=CONTENT)]
    for number, action in enumerate(actions):
        content = {**CONTENT, "title": f"Koch {number}"} if action in (Action.CHANGE, Action.EXTEND) else None
        try:
            life = after(life, action, content)
        except NotNow:
            continue
        found.append(life)
    return found


@given(ACTIONS)
def test_nothing_is_listed_before_the_jobcenter_accepted_it(actions: list[Action]) -> None:
    found = lives(actions)

    accepted = next((place for place, life in enumerate(found) if life.state is State.ACCEPTED), len(found))
    assert {0} == {life.version for life in found[:accepted]}
    assert all(life.version > 0 for life in found if life.state in PUBLISHED)


@given(ACTIONS)
def test_the_version_rises_exactly_when_what_is_listed_changes(actions: list[Action]) -> None:
    found = lives(actions)

    for before, life in pairwise(found):
        listed = (before.accepted, before.state in ENDED) != (life.accepted, life.state in ENDED)
        if life.version:
            assert life.version - before.version in (0, 1)
            assert listed <= (life.version > before.version), "a change that nobody would hear of"
        if life.state in (State.CHANGED, State.WAITING) and before.state in (*PUBLISHED, State.WAITING):
            assert life.accepted == before.accepted or life.version > before.version


@given(ACTIONS)
def test_an_end_is_final_and_keeps_no_contact(actions: list[Action]) -> None:
    found = lives(actions)

    for life in found[:-1]:
        assert life.state not in FINAL
    last = found[-1]
    if last.state in FINAL:
        assert [action for action in Action if may(last.state, action)] == []
        assert "kueche@linde.example" not in str(last)


@given(ACTIONS)
def test_an_accepted_change_is_the_newest_one(actions: list[Action]) -> None:
    found = lives(actions)

    for before, life in pairwise(found):
        if life.state is State.ACCEPTED and life.version > before.version and before.proposed is not None:
            assert (before.proposed, None) == (life.accepted, life.proposed)


@pytest.mark.parametrize("state", [state for state in State if state is not State.UNCONFIRMED])
def test_only_an_unconfirmed_report_can_be_confirmed(state: State) -> None:
    with pytest.raises(NotNow):
        after(Life(state=state, proposed=CONTENT), Action.CONFIRM)
