"""What works beside the sinks keeps away while they have much to do, and not for ever."""

from __future__ import annotations

from hub.beside.calm import BUSY_PER_SEC, Calm
from hub.beside.position import Position

PATIENCE = 15.0


def at(offset: int) -> Position:
    return frozenset({("board", "jobhub.vacancy.v1", 0, offset)})


class Sinks:
    """Sinks of this process, and positions of all."""

    def __init__(self) -> None:
        self.catching_up = False
        self.offset = 0
        self.now = 100.0
        self.calm = Calm(lambda: self.catching_up, PATIENCE, at(0), self.now)

    def after(self, secs: float, per_sec: int = 0) -> bool:
        """Whether work may begin so long after the last look."""
        self.now += secs
        self.offset += int(secs * per_sec)
        return self.calm.may_begin(at(self.offset), self.now)


def test_a_sink_of_this_process_that_says_it_has_much_to_do_is_left_alone() -> None:
    sinks = Sinks()

    assert sinks.after(1)
    sinks.catching_up = True
    assert not sinks.after(1)
    sinks.catching_up = False
    assert sinks.after(1)


def test_sinks_of_other_processes_are_known_by_their_speed_however_long_nobody_looked() -> None:
    sinks = Sinks()

    assert not sinks.after(1, BUSY_PER_SEC)
    assert not sinks.after(10, BUSY_PER_SEC)
    assert sinks.after(10, BUSY_PER_SEC - 1)


def test_work_is_put_off_no_longer_than_it_bears() -> None:
    sinks = Sinks()
    sinks.catching_up = True

    assert [False, False, True, True] == [sinks.after(secs) for secs in (1, PATIENCE - 1, 1, 1)]


def test_work_that_was_done_in_between_is_put_off_once_more() -> None:
    sinks = Sinks()
    sinks.catching_up = True
    assert sinks.after(PATIENCE + 1)
    sinks.calm.begun(sinks.now)

    assert [False, False, True] == [sinks.after(secs) for secs in (1, PATIENCE - 1, 1)]
