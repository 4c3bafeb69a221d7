"""Known rows are found wherever they stand, and none that is not known; what was listed is known by its key."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from connectors import offered
from connectors.offered import NO_MARK, Offered
from tests.support.deliveries import (
    Connector,
    connector,
    counts,
    csv_text,
    row,
    small_jobcenter,
)

COUNT = 300


def mark(number: int) -> bytes:
    return number.to_bytes(16, "big")


def those(count: int = COUNT, without: frozenset[int] = frozenset()) -> Offered:
    """Entities with the marks 1 to `count`; some have none."""
    marks = [NO_MARK if place in without else mark(place + 1) for place in range(count)]
    return Offered([f"{place:04}" for place in range(count)], b"".join(marks))


def all_found(known: Offered, marks: Sequence[bytes | None]) -> dict[int, int]:
    """Place by the number of its row, as a reading would find them."""
    found, at = dict[int, int](), 0
    while at < len(marks):
        places = known.find(marks[at : at + 100])
        found |= {at + further: place for further, place in enumerate(places)}
        at += len(places) or 1
    return found


@given(some.lists(some.one_of(some.integers(1, COUNT + 20), some.none())), some.sets(some.integers(0, COUNT - 1)))
def test_what_is_found_has_that_mark(numbers: list[int | None], without: set[int]) -> None:
    known = those(without=frozenset(without))
    marks = [None if number is None else mark(number) for number in numbers]

    for at, place in all_found(known, marks).items():
        assert (place + 1, True) == (numbers[at], place not in without)


LISTS: dict[str, Callable[[list[int]], Sequence[int | None]]] = {
    "the same": lambda one: [*one],
    "backwards": lambda one: [*reversed(one)],
    "in any order": lambda one: random.Random(5).sample(one, len(one)),
    "one in ten is new": lambda one: [9999 + at if at % 10 == 0 else number for at, number in enumerate(one)],
    "one in ten has no mark": lambda one: [None if at % 10 == 0 else number for at, number in enumerate(one)],
    "one in ten is gone": lambda one: [number for number in one if number % 10],
    "half is gone": lambda one: one[100:250],
    "halves changed places": lambda one: one[150:] + one[:150],
    "twice": lambda one: one + one,
    "one alone": lambda one: one[200:201],
}


@pytest.mark.parametrize("name", LISTS)
def test_all_that_are_known_are_found_in_every_order(name: str) -> None:
    numbers = LISTS[name]([*range(1, COUNT + 1)])
    expected = {at: number - 1 for at, number in enumerate(numbers) if number is not None and number <= COUNT}

    assert expected == all_found(those(), [None if number is None else mark(number) for number in numbers])


@pytest.mark.parametrize("name", ["the same", "one in ten is new", "one in ten has no mark", "one in ten is gone"])
def test_as_long_as_the_order_is_kept_nothing_is_looked_up(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offered.Offered, "_places", property(lambda _: pytest.fail("a mark was looked up")))
    numbers = LISTS[name]([*range(1, COUNT + 1)])
    known = those()
    marks = [None if number is None else mark(number) for number in numbers]

    assert len(all_found(known, marks)) > COUNT * 0.8
    assert 0 == known.unknown([])


def test_rows_that_are_not_known_are_counted_up_to_the_first_that_is() -> None:
    known, new = those(), [mark(1000 + number) for number in range(50)]

    assert 50 == known.unknown(new)
    assert 3 == known.unknown([*new[:3], mark(17), *new])
    assert 3 == known.unknown([*new[:3], None, *new])
    assert 1 == known.unknown([new[0], mark(1)])
    assert 0 == known.unknown([None, *new])
    assert 50 == Offered([], b"").unknown(new)


def test_whoever_has_no_mark_is_nobody() -> None:
    known = those(without=frozenset({0, 7}))

    assert [] == [*known.find([NO_MARK[:0] or None, mark(2)])]
    assert [] == [*known.find([mark(8), mark(1)])]


@pytest.mark.parametrize("places", [range(5, 9), [8, 5, 6, 7]])
def test_what_is_noted_is_there_with_its_line_and_not_missing(places: Sequence[int]) -> None:
    known = those(12)
    assert known.line_of("0005") is None
    assert known.note(places, 41)

    lines = {f"{place:04}": line for line, place in enumerate(places, 41)}
    assert [lines.get(key) for key in known.keys] == [known.line_of(key) for key in known.keys]
    assert [known.line_of(other) for other in ("", "00055", "9")] == [None] * 3
    assert ["0000", "0001", "0002", "0003", "0004", "0009", "0010", "0011"] == known.missing(())
    assert ["0009", "0010", "0011"] == known.missing({"0000", "0001", "0002", "0003", "0004", "0005"})


@pytest.mark.parametrize("again", [range(8, 10), [11, 8], [10, 10]])
def test_what_stands_there_twice_is_not_noted_and_nothing_beside_it(again: Sequence[int]) -> None:
    known = those(12)
    known.note(range(5, 9), 41)

    assert not known.note(again, 50)
    assert 8 == len(known.missing(()))


def test_marks_that_are_not_one_for_each_and_keys_out_of_order_are_found_out() -> None:
    for keys, marks in ((["a"], b""), (["b", "a"], mark(1) + mark(2)), (["a", "a"], mark(1) + mark(2))):
        with pytest.raises(ValueError, match="in order"):
            Offered(keys, marks)


# ------------------------------------------------------------------------------------------------- in the state file

KEYS = ["1", "10", "2", "Z-1", "a-1", "ß", "ä", "€", "\U0001f600", "z"]


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Connector]:
    with connector(tmp_path, small_jobcenter()) as found:
        yield found


def test_only_what_has_not_ended_is_offered_by_that_source_in_the_order_of_keys(full: Connector) -> None:
    for number, key in enumerate(KEYS):
        values = ("vacancy", key, "stellen", 0, 1, bytes(16), 0, mark(number + 1), number)
        full.state.sql.execute("INSERT INTO entity VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    change = full.state.sql.execute
    change("UPDATE entity SET ended = 1 WHERE key = '10'")
    change("UPDATE entity SET source = 'andere' WHERE key = '2'")
    change("UPDATE entity SET event = 'measure' WHERE key = 'z'")
    change("UPDATE entity SET epoch = 1 WHERE key = 'ä'")
    change("UPDATE entity SET row_hash = NULL WHERE key = '€'")

    found = full.state.offered("vacancy", "stellen", 0)
    numbers = {key: number for number, key in enumerate(KEYS, 1)}
    assert sorted({*KEYS} - {"10", "2", "z"}) == [*found.keys] == full.state.active("vacancy", "stellen")
    assert {key for key in KEYS if found.find([mark(numbers[key]), None])} == {*found.keys} - {"ä", "€"}
    assert [] == full.state.offered("placement", "stellen", 0).missing(())


TEN = [row(Nr=f"{number:02}", Text=f"Text {number}") for number in range(1, 11)]


def listed(one: Connector) -> tuple[dict[str, int], set[str]]:
    """What comes of a list in which the third is missing, the fourth contradicts another and two are repeated."""
    one.take_file("stellen_2026-11-01.csv", csv_text(TEN))
    rows = [*TEN[:2], *TEN[3:], TEN[3] | {"Text": "anders"}, *TEN[4:6]]
    return counts(one.take_file("stellen_2026-11-02.csv", csv_text(rows))), {*one.state.active("vacancy", "stellen")}


EXPECTED = {"rows_read": 12, "unchanged": 8, "rejected": 2, "duplicate": 2, "sent_ended": 1}


def test_what_was_passed_over_counts_as_what_was_read(full: Connector) -> None:
    assert (EXPECTED, {one["Nr"] for one in TEN} - {"03"}) == listed(full)


_find, _note = Offered.find, Offered.note
MUTANTS: list[tuple[str, str, Any]] = [
    ("what was passed over is not known by its key", "line_of", lambda self, key: None),
    ("what was passed over is missing", "missing", lambda self, seen: [key for key in self.keys if key not in seen]),
    ("the entity beside it", "find", lambda self, marks: [place - (place > 2) for place in _find(self, marks)]),
    ("a repeat is noted once more", "note", lambda self, places, line: _note(self, places, line) or True),
]


@pytest.mark.parametrize(("name", "broken"), [one[1:] for one in MUTANTS], ids=[one[0] for one in MUTANTS])
def test_a_mistake_in_what_was_listed_is_found_out(
    full: Connector, monkeypatch: pytest.MonkeyPatch, name: str, broken: Any
) -> None:
    monkeypatch.setattr(Offered, name, broken)

    assert (EXPECTED, {one["Nr"] for one in TEN} - {"03"}) != listed(full)
