"""A file that did not change is not read again, and one that did is never taken for the old one."""

from __future__ import annotations

import io
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors import file_hashes
from connectors.file_hashes import FileHashes, SummedFile, check_sum_of, hashes_of, sha256_of
from connectors.lines import Lines
from connectors.registry import build_source
from connectors.state import State
from connectors.workplace import workplace
from tests.support.deliveries import Connector, connector, csv_text, row, small_jobcenter

A, B = "a" * 10, "b" * 10


class Clock:
    """A clock that is put forward by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Read:
    """Counts how often a file is read to be hashed or summed up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: list[str] = []
        self.summed = 0
        monkeypatch.setattr(file_hashes, "hashes_of", self._hash)
        monkeypatch.setattr(file_hashes, "check_sum_of", self._sum)

    def _hash(self, path: Path) -> tuple[str, int]:
        self.names.append(path.name)
        return hashes_of(path)

    def _sum(self, path: Path) -> int:
        self.summed += 1
        return check_sum_of(path)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    return Read(monkeypatch)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    found = State(tmp_path / "state" / "testa.sqlite")
    yield found
    found.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "stellen.csv"
    path.write_text(A)
    return path


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an hour later: whatever was written has rested since."""
    now = time.time() + 3600
    monkeypatch.setattr(file_hashes, "now", lambda: now)


def look(hashes: FileHashes, path: Path) -> str | None:
    found, _ = hashes.of(path, path.name)
    hashes.keep_only([path.name] if path.exists() else [])
    return found


def stored(state: State) -> list[str]:
    return [file for (file,) in state.sql.execute("SELECT file FROM listed ORDER BY file")]


@pytest.mark.usefixtures("later")
def test_the_next_process_does_not_read_a_file_again_that_had_rested(state: State, file: Path, read: Read) -> None:
    first = look(FileHashes("s", state.sql), file)
    again = look(FileHashes("s", state.sql), file)
    elsewhere = look(FileHashes("t", state.sql), file)

    assert [file.name] * 2 == read.names  # another source may mean another folder
    assert first == again == elsewhere == sha256_of(file)


def test_a_file_just_written_is_put_down_when_it_was_watched_and_read_once_more(
    state: State, file: Path, read: Read
) -> None:
    clock = Clock()
    hashes = FileHashes("s", state.sql, clock)
    look(hashes, file)
    clock.now += 1
    look(hashes, file)
    assert ([file.name], 0, []) == (read.names, read.summed, stored(state))

    clock.now += 5
    look(hashes, file)
    look(hashes, file)
    assert ([file.name], 1, [file.name]) == (read.names, read.summed, stored(state))


@pytest.mark.parametrize("seconds", [-3600.0, 3600.0])
def test_the_clock_of_a_share_that_is_ahead_makes_nothing_believed_at_once(
    state: State, file: Path, seconds: float
) -> None:
    os.utime(file, (time.time() + seconds,) * 2)
    look(FileHashes("s", state.sql), file)

    assert [] == stored(state)  # an old time that was set does not help: that it was set is written down too


def test_what_is_written_within_one_tick_of_the_clock_is_found(
    state: State, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = file.lstat()
    clock = Clock()
    hashes = FileHashes("s", state.sql, clock)
    look(hashes, file)
    file.write_text(B)
    monkeypatch.setattr(Path, "lstat", lambda _: same)  # as large, as old, in the same place
    clock.now += 5

    assert sha256_of(file) == look(hashes, file)


@pytest.mark.usefixtures("later")
def test_with_a_hash_that_is_believed_too_early_it_would_not_be(
    state: State, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = file.lstat()
    clock = Clock()
    hashes = FileHashes("s", state.sql, clock)  # `later` makes it believed
    look(hashes, file)
    file.write_text(B)
    monkeypatch.setattr(Path, "lstat", lambda _: same)
    clock.now += 5

    assert sha256_of(file) != look(hashes, file)


@pytest.mark.skipif(os.name == "nt", reason="Windows does not tell when a file was changed in any way")
@pytest.mark.usefixtures("later")
def test_a_copy_with_the_old_time_is_read(state: State, file: Path, tmp_path: Path) -> None:
    look(FileHashes("s", state.sql), file)
    other = tmp_path / "other.csv"
    other.write_text(B)
    shutil.copystat(file, other)
    shutil.copy2(other, file)  # into the same file, with its time
    assert (other.stat().st_mtime_ns, other.stat().st_size) == (file.stat().st_mtime_ns, file.stat().st_size)

    assert sha256_of(other) == look(FileHashes("s", state.sql), file)


@pytest.mark.usefixtures("later")
def test_a_file_put_in_its_place_with_the_old_time_is_read(state: State, file: Path, tmp_path: Path) -> None:
    look(FileHashes("s", state.sql), file)
    other = tmp_path / "other.csv"
    other.write_text(B)
    shutil.copystat(file, other)
    other.replace(file)

    assert FileHashes("s", state.sql).of(file, file.name) == hashes_of(file)


@pytest.mark.usefixtures("later")
def test_a_file_that_is_gone_is_forgotten_and_what_is_no_file_is_none(state: State, file: Path, tmp_path: Path) -> None:
    hashes = FileHashes("s", state.sql)
    look(hashes, file)
    file.unlink()

    assert (None, []) == (look(hashes, file), stored(state))
    assert hashes.of(tmp_path, "folder") == (None, None)


@pytest.mark.usefixtures("later")
def test_a_name_that_is_no_text_is_hashed_and_not_put_down(state: State, file: Path) -> None:
    hashes = FileHashes("s", state.sql)
    assert hashes_of(file) == hashes.of(file, "umlaut\udce4.csv")
    hashes.keep_only(["umlaut\udce4.csv"])

    assert [] == stored(state)


@pytest.mark.usefixtures("later")
def test_a_source_that_was_opened_knows_the_files_of_the_last_process(tmp_path: Path, read: Read) -> None:
    with connector(tmp_path, small_jobcenter()) as one:
        one.write("stellen_2026-11-22.csv", csv_text([row()]))
        for _ in range(2):
            source = build_source(one.jobcenter, "stellen")
            source.open(workplace(one.jobcenter, "stellen", one.state, one.folder))
            (delivery,) = source.deliveries(one.folder, None)

    assert ["stellen_2026-11-22.csv"] == read.names
    assert (delivery.sha256, delivery.check_sum) == hashes_of(one.folder / delivery.file)


# ---------------------------------------------------------------------------------------------- while reading


def test_a_file_is_summed_up_as_it_is_read_and_only_as_a_whole(file: Path) -> None:
    with SummedFile(file) as opened, io.BufferedReader(opened, 4) as lines:
        lines.read(4)
        assert opened.check_sum is None
        lines.read(6)
        assert check_sum_of(file) == opened.check_sum


def test_a_part_that_was_jumped_over_is_not_summed_up(file: Path) -> None:
    with SummedFile(file) as opened, io.BufferedReader(opened, 4) as lines:
        lines.seek(5)
        lines.read(5)
        assert opened.check_sum is None


def test_the_check_sum_is_the_one_everybody_means_by_that_name(file: Path) -> None:
    file.write_bytes(b"123456789")

    assert 0xE3069283 == check_sum_of(file)  # the check value of CRC-32/ISCSI in the catalogue of CRC algorithms
    assert (sha256_of(file), check_sum_of(file)) == hashes_of(file)


@pytest.mark.parametrize("begins", [b"\xef\xbb\xbf", b"", b"\xff\xfe"])
def test_lines_are_summed_up_whatever_mark_they_begin_with(tmp_path: Path, begins: bytes) -> None:
    path = tmp_path / "lines.csv"
    path.write_bytes(begins + b"one;two\n" * 400_000)
    with Lines(path, "utf-8") as lines:
        while lines.take() is not None:
            pass
        assert check_sum_of(path) == lines.check_sum


def test_what_was_read_counts_not_what_lies_there_afterwards(full: Connector, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Read(monkeypatch)
    full.write("stellen_2026-11-22.csv", csv_text([row()]))
    full.take()

    assert ["stellen_2026-11-22.csv"] == read.names  # once, to see what lies there
