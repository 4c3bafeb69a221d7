"""The disk is full, the state file held, a file locked, the folder away: the connector says why, waits, and goes on."""

from __future__ import annotations

import asyncio
import errno
import os
import shlex
import shutil
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from connectors import file_source, intake, state_away
from connectors import state as state_module
from connectors.errors import Retry
from connectors.runner import run
from connectors.state import State
from hub.cli.output import Exit, Failure
from hub.cli.run import _end, _Task
from schemas.codec import codec
from schemas.topics import Event, raw
from tests.integration.test_connectors import (
    _command,
    _environment,
    everything,
    finished,
    renamed,
    topics_for,
    until,
)
from tests.support.deliveries import DELIVERIES
from tests.support.disks import fill, mounts, small_disk

pytestmark = pytest.mark.integration
needs_a_disk = pytest.mark.skipif(bool(mounts()), reason=mounts() or "a disk can be made")
FILES, VACANCIES, PLACEMENTS, MEASURES = 4, 370 + 40, 291, 28


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Where the state lies: a small disk."""
    folder = tmp_path / "data" / "connectors"
    with small_disk(folder, 24):
        yield folder


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next try comes soon, and nobody is let hold the file for long."""
    monkeypatch.setattr(state_away, "AGAIN_SECONDS", 0.3)
    monkeypatch.setattr(state_module, "_LOCKED_SECONDS", 0.2)
    monkeypatch.setattr(file_source, "FOLDER_AGAIN_SECONDS", 0.3)


class Service:
    """`jobhub run` as a service, in this process."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.stop = asyncio.Event()

    def codes(self) -> list[str]:
        """What it waited for."""
        return [one["code"] for one in self.told if one["event"] == "waiting"]

    def files(self) -> list[str]:
        """What was delivered."""
        return [one["file"] for one in self.told if one["event"] == "delivery"]


@asynccontextmanager
async def running(jobcenter: str, folder: Path, state: Path, address: str) -> AsyncIterator[Service]:
    service = Service()
    work = asyncio.create_task(
        run(
            renamed("coesfeld", jobcenter),
            folder,
            state,
            address,
            poll_seconds=0.1,
            stop=service.stop,
            on_event=service.told.append,
        )
    )
    try:
        yield service
        assert not work.done(), work  # it waits, it does not end
    finally:
        service.stop.set()
        await work


async def mounted_anew(how: str, disk: Path) -> None:
    """Read-only, or not any more."""
    done = await finished(["mount", "-o", f"remount,{how}", str(disk)], {})
    assert 0 == done.returncode, done.stderr


async def is_all_there(address: str, jobcenter: str, topics: list[str]) -> None:
    """Every event once, under the version it has."""
    found = await everything(address, topics)
    sent = Counter(one.topic for one in found)
    expected: dict[Event, int] = {"vacancy": VACANCIES, "placement": PLACEMENTS, "measure": MEASURES}
    assert expected == {event: sent[raw(jobcenter, event)] for event in expected}
    ids = [dict(one.headers)["ce_id"] for one in found]
    assert len(ids) == len(set(ids))
    ended = [codec("delivery").decode(one.value) for one in found if one.topic == topics[-1]]
    assert {"COMPLETED": len(ended) // 2, "BEGUN": len(ended) // 2} == dict(Counter(one["state"] for one in ended))


def at_the_start(disk: Path, _: pytest.MonkeyPatch) -> Path:
    return fill(disk)


def in_a_delivery(disk: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    real = intake._Intake.run

    def full(self: Any, *arguments: Any) -> None:
        fill(disk)
        real(self, *arguments)

    monkeypatch.setattr(intake._Intake, "run", full)
    return disk / "filler"


def at_its_commit(disk: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    real = intake._Intake._store

    def full(self: Any, *arguments: Any) -> None:
        real(self, *arguments)
        fill(disk)

    monkeypatch.setattr(intake._Intake, "_store", full)
    return disk / "filler"


def when_it_was_sent(disk: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    real = State.mark_published

    def full(self: State, places: Any) -> None:
        fill(disk)
        real(self, places)

    monkeypatch.setattr(State, "mark_published", full)
    return disk / "filler"


@needs_a_disk
@pytest.mark.parametrize("moment", [at_the_start, in_a_delivery, at_its_commit, when_it_was_sent])
async def test_a_service_on_a_full_disk_goes_on_when_there_is_room(
    bootstrap_servers: str, made_up_jobcenter: str, disk: Path, monkeypatch: pytest.MonkeyPatch, moment: Any
) -> None:
    topics = await topics_for(bootstrap_servers, made_up_jobcenter)
    with monkeypatch.context() as while_full:
        filler = moment(disk, while_full)
        async with running(made_up_jobcenter, DELIVERIES / "coesfeld", disk / "s.sqlite", bootstrap_servers) as service:
            await until(lambda: "E717" in service.codes())
            while_full.undo()
            filler.unlink()
            await until(lambda: len(service.files()) == FILES)

    assert ["E717"] == sorted(set(service.codes()))
    await is_all_there(bootstrap_servers, made_up_jobcenter, topics)


async def test_a_service_waits_for_a_program_that_holds_its_state_file(
    bootstrap_servers: str, made_up_jobcenter: str, tmp_path: Path
) -> None:
    topics = await topics_for(bootstrap_servers, made_up_jobcenter)
    path = tmp_path / "s.sqlite"
    State(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with running(made_up_jobcenter, DELIVERIES / "coesfeld", path, bootstrap_servers) as service:
            await until(lambda: "E718" in service.codes())
            other.execute("ROLLBACK")
            await until(lambda: len(service.files()) == FILES)

    assert {"E718"} == set(service.codes())
    await is_all_there(bootstrap_servers, made_up_jobcenter, topics)


async def test_once_does_not_wait_for_it(tmp_path: Path, bootstrap_servers: str, made_up_jobcenter: str) -> None:
    path = tmp_path / "s.sqlite"
    State(path).close()
    jobcenter = renamed("coesfeld", made_up_jobcenter)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Retry, match="E718") as caught:
            await run(jobcenter, DELIVERIES / "coesfeld", path, bootstrap_servers, once=True)
    task = _Task(
        jobcenters=[jobcenter], deliveries=Path(), data=Path(), until=None, today=None, once=True, poll_secs=1,
        say=lambda event: None,
    )  # fmt: skip
    with pytest.raises(Failure) as failure:
        _end(task, [caught.value], False, dry=False)

    assert (Exit.UNHEALTHY, "E718") == (failure.value.exit_code, failure.value.code)
    assert "SQLITE_BUSY" in failure.value.what


@needs_a_disk
async def test_once_on_a_full_disk_ends_with_10_and_on_a_read_only_one_with_4(
    bootstrap_servers: str, made_up_jobcenter: str, tmp_path: Path, disk: Path
) -> None:
    topics = await topics_for(bootstrap_servers, made_up_jobcenter)
    environment = _environment(tmp_path, made_up_jobcenter, "coesfeld")
    place = ("--deliveries", str(DELIVERIES / "coesfeld"), "--bootstrap-servers", bootstrap_servers)
    command = _command("run", made_up_jobcenter, *place, "--once")
    filler = fill(disk)
    full = await finished(command, environment)
    filler.unlink()
    await mounted_anew("ro", disk)
    read_only = await finished(command, environment)
    await mounted_anew("rw", disk)
    done = await finished(command, environment)

    assert (10, True, True) == (full.returncode, "E717" in full.stderr, "kein Platz" in full.stderr), full.stderr
    assert "Platz schaffen" in full.stderr
    assert (4, True) == (read_only.returncode, "E711" in read_only.stderr), read_only.stderr
    assert 0 == done.returncode, done.stderr
    await is_all_there(bootstrap_servers, made_up_jobcenter, topics)


async def test_a_log_that_finds_no_room_ends_nothing(
    bootstrap_servers: str, made_up_jobcenter: str, tmp_path: Path
) -> None:
    topics = await topics_for(bootstrap_servers, made_up_jobcenter)
    environment = _environment(tmp_path, made_up_jobcenter, "coesfeld")
    place = ("--deliveries", str(DELIVERIES / "coesfeld"), "--bootstrap-servers", bootstrap_servers)
    command = shlex.join(_command("run", made_up_jobcenter, *place, "--once"))
    done = await finished(["sh", "-c", f"{command} 2>/dev/full"], environment)

    assert 0 == done.returncode
    await is_all_there(bootstrap_servers, made_up_jobcenter, topics)


# ---------------------------------------------------------------------------------------------- files and folders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Deliveries that may be changed."""
    return Path(shutil.copytree(DELIVERIES / "coesfeld", tmp_path / "in"))


async def test_a_file_that_another_program_holds_is_told_once_and_holds_up_no_other_source(
    bootstrap_servers: str, made_up_jobcenter: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    topics = await topics_for(bootstrap_servers, made_up_jobcenter)
    real, locked, tries = Path.open, {"massnahmen.csv"}, list[str]()

    def held_open(path: Path, *arguments: Any, **options: Any) -> Any:
        if path.name in locked:
            tries.append(path.name)
            raise PermissionError(errno.EACCES, "Permission denied", str(path))  # Windows: error 32
        return real(path, *arguments, **options)

    assert (folder / "massnahmen.csv").exists()
    monkeypatch.setattr(Path, "open", held_open)
    async with running(made_up_jobcenter, folder, tmp_path / "s.sqlite", bootstrap_servers) as service:
        await until(lambda: len(service.files()) == FILES - 1 and len(tries) > 10)
        assert ["E301"] == service.codes()
        locked.clear()
        await until(lambda: len(service.files()) == FILES)

    assert ["E301"] == service.codes()
    await is_all_there(bootstrap_servers, made_up_jobcenter, topics)


def move(files: str, source: Path, target: Path) -> None:
    """Move files; a folder that is empty then is gone, and one that was is there."""
    target.mkdir(exist_ok=True)
    for path in sorted(source.glob(files)):
        path.rename(target / path.name)
    if not any(source.iterdir()):
        source.rmdir()


async def test_a_folder_that_goes_away_is_waited_for(
    bootstrap_servers: str, made_up_jobcenter: str, folder: Path, tmp_path: Path
) -> None:
    topics = await topics_for(bootstrap_servers, made_up_jobcenter)
    away, later = folder.with_name("away"), folder.with_name("later")
    move("delta_*", folder, later)
    async with running(made_up_jobcenter, folder, tmp_path / "s.sqlite", bootstrap_servers) as service:
        await until(lambda: len(service.files()) == FILES - 2)
        move("*", folder, away)
        await until(lambda: "E713" in service.codes())
        move("delta_*", later, away)
        move("*", away, folder)
        await until(lambda: len(service.files()) == FILES)

    assert {"E713"} == set(service.codes())
    await is_all_there(bootstrap_servers, made_up_jobcenter, topics)


@needs_a_disk
@pytest.mark.parametrize("report", ["fehler.xlsx", "fehler.html", "fehler.xml"])
async def test_a_report_that_finds_no_room_is_named_and_no_half_of_it_stays(disk: Path, report: str) -> None:
    fill(disk)
    export = DELIVERIES / "borken" / "stellen_voll_2026-11-22.csv"
    done = await finished(_command("check", str(export), "--report", str(disk / report)), dict(os.environ))

    assert (10, [f"FEHLER  E732  {disk / report}", "Warum Der Datenträger ist voll."]) == (
        done.returncode,
        done.stderr.splitlines()[-4:-2],
    )
    assert not (disk / report).exists()
