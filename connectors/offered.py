"""What a source has on offer, as far as it was sent, and where a delivery lists it."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Container, Sequence
from functools import cached_property, partial
from itertools import compress, count, islice, takewhile
from operator import is_not, lt, not_
from typing import cast

from connectors.contract.lines import MARK_BYTES

NO_MARK = bytes(MARK_BYTES)
"""Of an entity that was last sent for no row, or for one in another epoch."""
_STEP = 64
_is_there: Callable[[object], bool] = partial(is_not, None)


class Offered:
    """Entities that have not ended, each at a place of its own, by the marks of the rows they were last sent for.

    A list mostly has the order it had the day before, and that is mostly the order of its keys. So marks are compared
    with those that follow there, many at once. Only where the order is another one each of them is looked up.
    """

    def __init__(self, keys: Sequence[str], marks: bytes) -> None:
        """
        Args:
            keys: of the entities, in ascending order, as they lie in the state file.
            marks: theirs, one behind the other.
        """
        if len(marks) != MARK_BYTES * len(keys) or not all(map(lt, keys, islice(keys, 1, None))):
            raise ValueError("the keys are not in order, or there is not one mark for each")
        self.keys, self._marks = keys, marks
        self._lines = array("q", bytes(8 * len(keys)))
        self._next = 0
        self._is_listing = False

    def __len__(self) -> int:
        return len(self.keys)

    def find(self, marks: Sequence[bytes | None]) -> Sequence[int]:
        """Places of rows by their marks, from the first one on for as long as they are known."""
        # An entity may be gone that stood here, or its row was read, since it says something new.
        first = next((at for at in (self._next, self._next + 1) if self._are_at(at, marks[:1])), self._next)
        same = self._in_order(first, marks)
        end = first + same
        found: Sequence[int] = range(first, end)
        if rest := marks[same : same + 2]:
            goes_on = self._are_at(end + 1, rest[:1]) or self._is_between(rest, end) or (same and len(rest) == 1)
            if not goes_on:
                places = map(cast("dict[bytes | None, int]", self._places).get, marks)
                found = cast("list[int]", [*takewhile(_is_there, places)])
        if found:
            self._next = found[-1] + 1
        return found

    def unknown(self, marks: Sequence[bytes | None]) -> int:
        """How many of these rows, from the first one on, surely have a mark that is not known."""
        if not marks:
            return 0
        if self._is_between(marks, self._next):
            return int(marks[0] is not None)
        if None not in marks and (not self.keys or self._places.keys().isdisjoint(marks)):
            return len(marks)
        return len([*takewhile(lambda mark: mark is not None and mark not in self._places, marks)])

    def note(self, places: Sequence[int], line: int) -> bool:
        """Note that rows from a line on are those of these entities.

        False, and nothing is noted: one of them was noted before.
        """
        if isinstance(places, range):
            where = slice(places.start, places.stop)
            if any(self._lines[where]):
                return False
            self._lines[where] = array("q", range(line, line + len(places)))
        else:
            if len(set(places)) < len(places) or any(map(self._lines.__getitem__, places)):
                return False
            for place, at in zip(places, count(line)):
                self._lines[place] = at
        self._is_listing = True
        return True

    def line_of(self, key: str) -> int | None:
        """Where an entity was noted; None if it was not."""
        if not self._is_listing:
            return None
        place = bisect_left(self.keys, key)
        is_one = place < len(self.keys) and self.keys[place] == key
        return (self._lines[place] or None) if is_one else None

    def missing(self, seen: Container[str]) -> list[str]:
        """Entities that were not noted and are not among these."""
        return [key for key in compress(self.keys, map(not_, self._lines)) if key not in seen]

    def _in_order(self, first: int, marks: Sequence[bytes | None]) -> int:
        """How many of these marks are, one after the other, those from a place on."""
        same = 0
        while same < len(marks) and self._are_at(first + same, marks[same : same + _STEP]):
            same += _STEP
        while same < len(marks) and self._are_at(first + same, marks[same : same + 1]):
            same += 1
        return min(same, len(marks))

    def _is_between(self, marks: Sequence[bytes | None], expected: int) -> bool:
        """Whether the first one is best read: it has no mark, or those after it go on as if it were not there."""
        following = marks[1:2]
        goes_on = bool(following) and any(self._are_at(at, following) for at in (expected, expected + 1))
        return goes_on or marks[0] is None

    def _are_at(self, first: int, marks: Sequence[bytes | None]) -> bool:
        """Whether all of these are known, and stand from a place on."""
        there = self._marks[MARK_BYTES * first : MARK_BYTES * (first + len(marks))]
        return len(there) == MARK_BYTES * len(marks) and b"".join(filter(None, marks)) == there

    @cached_property
    def _places(self) -> dict[bytes, int]:
        marks = self._marks
        found = {marks[at : at + MARK_BYTES]: at // MARK_BYTES for at in range(0, len(marks), MARK_BYTES)}
        found.pop(NO_MARK, None)
        return found
