"""A first load goes straight into the state file, and yet it is there as a whole or not at all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from connectors.state import State
from tests.support.deliveries import Connector, csv_text, row, small_jobcenter
from tests.support.first_load import ROWS, kill_on_the_way

FIRST, SECOND = "stellen_2026-11-01.csv", "stellen_2026-11-02.csv"


def lines(count: int) -> str:
    return csv_text([row(Nr=str(number)) for number in range(count)])


def mode(one: Connector) -> str:
    return str(one.state.sql.execute("PRAGMA journal_mode").fetchone()[0])


def test_only_a_first_load_goes_straight_into_the_file(full: Connector) -> None:
    modes: list[str] = []
    for name, count in ((FIRST, 1), (SECOND, 2)):
        full.write(name, lines(count))
        full.take(progress=lambda _: modes.append(mode(full)))
        modes.append(mode(full))

    assert modes == ["truncate", "wal", "wal", "wal"]


def test_what_was_refused_as_a_whole_leaves_it_a_first_load(full: Connector) -> None:
    full.take_file(FIRST, "nothing;of;ours\r\n1;2;3\r\n")
    modes: list[str] = []
    full.write(SECOND, lines(1))
    full.take(progress=lambda _: modes.append(mode(full)))

    assert [*modes, mode(full)] == ["truncate", "wal"]


def test_another_program_reads_beside_a_first_load(full: Connector) -> None:
    """As long as the load fits into SQLite's memory, which that of a Jobcenter does."""

    def look(_: int) -> None:
        with closing(State(full.state.path)) as other:
            assert [one.state for one in other.deliveries.in_state("BEGUN")] == ["BEGUN"]
            assert not other.remembers("vacancy")

    full.write(FIRST, lines(3))
    full.take(progress=look)

    assert full.state.remembers("vacancy")
    assert mode(full) == "wal"


def test_a_reader_that_was_there_before_is_left_what_it_reads(full: Connector) -> None:
    full.write(FIRST, lines(3))
    with closing(sqlite3.connect(full.state.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM entity").fetchone() == (0,)
        full.take()

        assert reader.execute("SELECT count(*) FROM entity").fetchone() == (0,)
    assert len(full.state.active("vacancy", "stellen")) == 3
    assert mode(full) == "wal"


# ---------------------------------------------------------------------------------------------------------- killed


def assert_as_before(path: Path) -> None:
    with closing(State(path)) as state:
        assert state.sql.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert not state.remembers("vacancy")
        assert not state.unpublished(1, after=1)  # the delivery's beginning is told
        assert len(state.deliveries.in_state("BEGUN")) == 1
    assert path.stat().st_size < 1 << 20


def test_killed_on_the_way_it_is_as_before_and_loads_again(tmp_path: Path) -> None:
    path = kill_on_the_way(tmp_path)
    assert_as_before(path)

    with closing(State(path)) as state:
        one = Connector(small_jobcenter(), tmp_path / "in" / "testa", state)
        (report,) = one.take()
        assert report["sent_new"] == ROWS
        assert len(one.outbox()) == ROWS


def test_a_journal_that_a_crash_takes_along_would_be_noticed(tmp_path: Path) -> None:
    path = kill_on_the_way(tmp_path, "MEMORY")

    with pytest.raises((AssertionError, sqlite3.Error)):
        assert_as_before(path)
