"""A full disk, a right that is missing, another program at the state file: nothing is lost, and it is said by name."""

from __future__ import annotations

import asyncio
import errno
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from connectors import state as state_module
from connectors import state_away
from connectors.errors import Retry, Stop
from connectors.intake import take
from connectors.registry import build_source
from connectors.state import State
from connectors.state_away import StateAway, trouble
from tests.support.deliveries import TODAY, Connector, connector, csv_text, row, small_jobcenter

STATE = Path("/data/connectors/testa.sqlite")


@contextmanager
def no_room(state: State) -> Iterator[None]:
    """No page more: SQLite says the same of a disk without room."""
    pages = state.sql.execute("PRAGMA page_count").fetchone()[0]
    state.sql.execute(f"PRAGMA max_page_count = {pages}")
    try:
        yield
    finally:
        state.sql.execute("PRAGMA max_page_count = 1000000")


@contextmanager
def held(state: State) -> Iterator[None]:
    """Another program writes."""
    with closing(sqlite3.connect(state.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def forbidden(state: State) -> Iterator[None]:
    """Nothing may be written."""
    state.sql.execute("PRAGMA query_only = ON")
    try:
        yield
    finally:
        state.sql.execute("PRAGMA query_only = OFF")


ENDS = {"E717": no_room, "E718": held, "E711": forbidden}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a lock, or for the next try."""
    monkeypatch.setattr(state_module, "_LOCKED_SECONDS", 0.05)
    monkeypatch.setattr(state_away, "AGAIN_SECONDS", 0.01)


def lines(count: int) -> str:
    return csv_text([row(Nr=str(number)) for number in range(count)])


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("code", ENDS)
def test_a_delivery_that_cannot_be_written_down_is_taken_whole_afterwards(tmp_path: Path, code: str) -> None:
    with connector(tmp_path, small_jobcenter()) as one:
        one.take_file("stellen_2026-11-22.csv", lines(3))
        one.acknowledge()
        one.write("stellen_2026-11-23.csv", lines(3000))
        with ENDS[code](one.state):
            with pytest.raises(sqlite3.OperationalError) as caught:
                one.take()
            found = trouble(caught.value, one.state.path)
            assert not one.state.sql.in_transaction
        (report,) = one.take()

        assert isinstance(found, Retry)
        assert (code, ("COMPLETED", 2997, 3)) == (
            found.code,
            (report["state"], report["sent_new"], report["unchanged"]),
        )
        assert 2997 == len(one.outbox())
        assert {1} == {record["version"] for record in one.outbox()}


@pytest.mark.usefixtures("impatient")
def test_a_commit_that_fails_leaves_nothing_open(full: Connector) -> None:
    """It did once: the next delivery then could not begin."""
    state = full.state
    real, commits = state.sql, 0

    class Failing:
        """The connection; its first commit finds no room."""

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def execute(self, text: str, *values: Any) -> Any:
            nonlocal commits
            if text == "COMMIT":
                commits += 1
                if commits == 1:
                    raise sqlite3.OperationalError("database or disk is full")
            return real.execute(text, *values)

    state.sql = Failing()  # type: ignore[assignment]
    full.write("stellen_2026-11-22.csv", lines(3))
    with pytest.raises(sqlite3.OperationalError):
        full.take()
    assert (False, 0) == (real.in_transaction, len(full.outbox()))
    full.take()

    assert 3 == len(full.outbox())


@pytest.mark.parametrize(
    "error, code",
    [
        (OSError(errno.ENOSPC, "No space left on device", "/tmp/copy"), "E717"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "E717"),
        (PermissionError(errno.EACCES, "Permission denied", "/data/connectors/testa/fern/memory.json"), "E711"),
        (PermissionError(errno.EACCES, "Permission denied", "/data"), "E711"),
        (OSError(errno.EROFS, "Read-only file system", "/data/connectors"), "E711"),
        (PermissionError(errno.EACCES, "Permission denied", "/in/stellen.csv"), None),
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), None),
        (sqlite3.OperationalError("no such table: entity"), None),
        (ValueError("x"), None),
    ],
)
def test_only_what_keeps_from_writing_is_waited_for(error: Exception, code: str | None) -> None:
    assert code == getattr(trouble(error, STATE), "code", None)


def test_a_damaged_file_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "testa.sqlite"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(sqlite3.DatabaseError) as caught:
        State(path)

    found = trouble(caught.value, path)
    assert isinstance(found, Stop)
    assert "E712" == found.code


# ---------------------------------------------------------------------------------------------- patience


def disk_full() -> OSError:
    return OSError(errno.ENOSPC, "No space left on device", str(STATE))


async def test_the_service_waits_and_says_so_once(impatient: None) -> None:
    told: list[str] = []
    away = StateAway(STATE, asyncio.Event(), lambda code, what, seconds: told.append(code), once=False)
    for _ in range(3):
        await away.wait(disk_full())
    assert ["E717"] == told
    away.is_back()
    await away.wait(disk_full())

    assert ["E717"] * 2 == told


@pytest.mark.parametrize(
    "once, at_start, error", [(True, False, disk_full()), (False, True, PermissionError(errno.EACCES, "", str(STATE)))]
)
async def test_whoever_looks_at_it_is_told_at_once(once: bool, at_start: bool, error: OSError) -> None:
    away = StateAway(STATE, asyncio.Event(), lambda code, what, seconds: None, once=once)

    with pytest.raises(Retry, match=r"E717|E711"):
        await away.wait(error, at_start=at_start)


async def test_being_asked_to_stop_ends_the_wait() -> None:
    stop = asyncio.Event()
    stop.set()
    away = StateAway(STATE, stop, lambda code, what, seconds: None, once=False)

    await asyncio.wait_for(away.wait(disk_full()), timeout=10)


async def test_any_other_error_stays_what_it_is() -> None:
    away = StateAway(STATE, asyncio.Event(), lambda code, what, seconds: None, once=False)

    with pytest.raises(ConnectionError):
        await away.wait(ConnectionError())


# ---------------------------------------------------------------------------------------------- locked files


def opening_raises(monkeypatch: pytest.MonkeyPatch, name: str, times: int) -> list[str]:
    """On Windows a file that another program holds cannot be opened (error 32)."""
    real, tried = Path.open, list[str]()

    def held_open(path: Path, *arguments: Any, **options: Any) -> Any:
        if path.name == name and len(tried) < times:
            tried.append(name)
            raise PermissionError(errno.EACCES, "The process cannot access the file", str(path), 32)
        return real(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", held_open)
    return tried


def test_a_file_that_is_locked_when_it_is_read_is_not_refused(full: Connector, monkeypatch: pytest.MonkeyPatch) -> None:
    source = build_source(full.jobcenter, "stellen")
    full.write("stellen_2026-11-22.csv", lines(3))
    (delivery,) = source.deliveries(full.folder, None)
    opening_raises(monkeypatch, delivery.file, 1)
    taken = partial(take, full.state, full.jobcenter, source, delivery, folder=full.folder, today=TODAY)
    with pytest.raises(Retry, match="E301"):
        taken()

    assert "COMPLETED" == taken().report["state"]
    assert 3 == len(full.outbox())


def test_a_locked_file_is_listed_and_has_no_hash(full: Connector, monkeypatch: pytest.MonkeyPatch) -> None:
    full.write("stellen_2026-11-22.csv", lines(1))
    opening_raises(monkeypatch, "stellen_2026-11-22.csv", 1)
    source = build_source(full.jobcenter, "stellen")

    assert [None] == [one.sha256 for one in source.deliveries(full.folder, None)]
    assert [None] != [one.sha256 for one in source.deliveries(full.folder, None)]
