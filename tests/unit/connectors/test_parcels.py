"""Parcels of the outbox: each record waits, is acknowledged and is taken back by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.parcels import mark
from connectors.parcels.packed import pack, unpack
from connectors.parcels.places import Places
from connectors.parcels.send import Waiting
from connectors.state import State
from schemas.wire import wire_of
from tests.support.outbox import rows_waiting

TOPIC = "t"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    one = State(tmp_path / "s.sqlite")
    with one.transaction():
        for first in (1, 4):
            assert first == one.put_all(TOPIC, [wire_of(b"k", b"v%d" % (first + at), []) for at in range(3)], first)
    yield one
    one.close()


def waiting(state: State) -> list[tuple[int, bytes]]:
    return [(row.seq, row.value) for row in rows_waiting(state)]


def numbers(parcels: list[Waiting]) -> list[Sequence[int]]:
    return [one.numbers for one in parcels]


def bytes_kept(state: State) -> list[bool]:
    return [
        kept for (kept,) in state.sql.execute("SELECT records IS NOT NULL FROM parcel LEFT JOIN content USING (first)")
    ]


@given(st.lists(st.binary(max_size=300)))
def test_what_is_packed_comes_out_again(wires: list[bytes]) -> None:
    assert wires == unpack(pack(wires), len(wires))


@given(st.lists(st.tuples(st.integers(-2, 2**15 - 1), st.integers(-1, 2**63 - 1))))
def test_places_come_back(told: list[tuple[int, int]]) -> None:
    places = Places([partition for partition, _ in told], [offset for _, offset in told])

    assert places == Places.read(places.stored(), len(told))


def test_each_record_is_acknowledged_by_itself_and_the_bytes_go_with_the_last(state: State) -> None:
    assert [(number, b"v%d" % number) for number in range(1, 7)] == waiting(state)

    state.mark_published([(0, 9, [2]), (3, 5, [4]), (1, 8, [6])])
    assert [1, 3, 5] == [number for number, _ in waiting(state)]
    assert [True, True] == bytes_kept(state)
    assert (3, 2, 1) == (state.count_unpublished(), state.count_unpublished(1), state.count_unpublished(4))

    state.mark_published([(0, 10, [1, 3])])
    assert [(5, b"v5")] == waiting(state)
    assert [False, True] == bytes_kept(state)


def test_no_more_parcels_are_told_than_are_asked_for(state: State) -> None:
    first, second = range(1, 4), range(4, 7)

    assert [[first], [first], [first, second]] == [numbers(state.unpublished(most)) for most in (1, 3, 4)]
    assert [[second], [], [first]] == [numbers(state.unpublished(1, after)) for after in (3, 6, -1)]


def test_of_a_parcel_only_what_waits_is_told(state: State) -> None:
    state.mark_published([(0, 9, [2])])
    [one] = state.unpublished(1)

    assert (TOPIC, [1, 3]) == (one.topic, one.numbers)
    assert ([b"k", b"k"], [wire_of(b"k", b"v1", []), wire_of(b"k", b"v3", [])]) == one.sendable()


def test_records_of_batches_across_parcels_are_noted_where_they_are(state: State) -> None:
    state.mark_published([(0, 9, [1, 3, 4, 6]), (2, 0, [2, 5])])

    parcels = [Places.read(stored, 3) for (stored,) in state.sql.execute("SELECT places FROM parcel ORDER BY first")]
    places = [place for one in parcels for place in zip(one.partitions, one.offsets, strict=True)]
    assert [(0, 9), (2, 0), (0, 10), (0, 11), (2, 1), (0, 12)] == places
    assert [(TOPIC, 0, 13), (TOPIC, 2, 2)] == state.sql.execute("SELECT * FROM position ORDER BY partition").fetchall()
    assert 0 == state.count_unpublished()


def test_a_record_noted_at_the_place_of_another_is_noticed(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mark, "bisect_left", lambda numbers, end, at: len(numbers))  # all of them lie in one parcel

    with pytest.raises(IndexError):
        state.mark_published([(0, 9, [1, 3, 4, 6])])


def test_what_is_acknowledged_twice_counts_once(state: State) -> None:
    for _ in range(2):
        state.mark_published([(0, 9, [2])])

    assert 5 == state.count_unpublished()


def test_what_is_taken_back_is_not_sent_and_what_was_sent_stays(state: State) -> None:
    state.mark_published([(0, 9, [2])])
    mark.take_back(state.sql, [1, 2])

    assert [3, 4, 5, 6] == [number for number, _ in waiting(state)]
    assert 4 == state.count_unpublished()
    [stored] = [places for (places,) in state.sql.execute("SELECT places FROM parcel WHERE first = 1")]
    assert (None, (0, 9)) == (Places.read(stored, 3).of(0), Places.read(stored, 3).of(1))


def test_numbers_go_on_after_old_parcels_are_dropped(state: State) -> None:
    state.mark_published([(0, 1, range(1, 7))])
    state.forget_old(datetime.now(UTC) + timedelta(days=29))
    assert [1, 4] == [first for (first,) in state.sql.execute("SELECT first FROM parcel")]
    state.forget_old(datetime.now(UTC) + timedelta(days=31))

    assert [4] == [first for (first,) in state.sql.execute("SELECT first FROM parcel")]
    assert 7 == state.put(TOPIC, "k", b"v", [], 1)
