"""What was decided about a transaction without an end, read from evidence: properties, and the rule it replaced."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.stream.exits import Alarm
from hub.stream.left_open import Place, Positions, committed_as_known, committed_as_told

_offsets = st.integers(0, 50)
_topics = st.sampled_from(["raw.a", "raw.b", "raw.c", "raw.d"])
_positions = st.dictionaries(_topics, _offsets)


@dataclass(frozen=True)
class Hidden:
    """A transaction whose positions are hidden, and records that are seen and are not its work."""

    done: Positions
    reached: Positions
    work: Collection[Place]
    others: Collection[Place]


@st.composite
def hidden(draw: Callable[..., object]) -> Hidden:
    """Work on a few topics; the others it repeats as it found them, or does not know."""
    done = draw(_positions)
    steps = draw(st.dictionaries(_topics, st.integers(1, 20), min_size=1))
    assert isinstance(done, dict)
    assert isinstance(steps, dict)
    reached = {**done, **{topic: done.get(topic, 0) + step for topic, step in steps.items()}}
    work = [Place(topic, offset) for topic in steps for offset in range(done.get(topic, 0), reached[topic])]
    seen = draw(st.lists(st.builds(Place, _topics, _offsets)))
    assert isinstance(seen, list)
    return Hidden(done, reached, work, [place for place in seen if place not in work])


def _work_decides(judge: Callable[[Positions, Positions, Iterable[Place]], bool], case: Hidden) -> bool:
    """Whether one piece of its work is enough, and whatever else is seen is not."""
    one = any(judge(case.done, case.reached, [*case.others, place]) for place in case.work)
    return one and not judge(case.done, case.reached, case.others)


@given(hidden())
def test_only_its_own_work_proves_a_commit(case: Hidden) -> None:
    assert _work_decides(committed_as_told, case)
    assert all(committed_as_told(case.done, case.reached, [place]) for place in case.work)


@pytest.mark.parametrize("other", [Place("raw.b", 7), Place("raw.c", 0), Place("raw.a", 12)])
def test_mutant_that_takes_anything_beyond_the_positions_for_its_work(other: Place) -> None:
    """A topic it did not work on, one it does not know, and offsets behind its own."""

    def beyond(done: Positions, _: Positions, seen: Iterable[Place]) -> bool:
        return any(place.offset >= done.get(place.topic, 0) for place in seen)

    case = Hidden({"raw.a": 10, "raw.b": 5}, {"raw.a": 12, "raw.b": 5}, [Place("raw.a", 10)], [other])

    assert _work_decides(committed_as_told, case)
    assert not _work_decides(beyond, case)


@given(_positions, st.lists(st.builds(Place, _topics, _offsets)))
def test_who_wrote_no_positions_committed_nothing(done: Positions, seen: list[Place]) -> None:
    assert not committed_as_told(done, {}, seen)


def test_known_positions_decide_about_what_is_hidden() -> None:
    done = {"raw.a": 10}

    assert committed_as_known(done, [Place("raw.a", 8), Place("raw.a", 9)])
    assert not committed_as_known(done, [Place("raw.a", 10)])
    with pytest.raises(Alarm, match="does not say"):
        committed_as_known(done, [Place("raw.a", 9), Place("raw.a", 10)])
