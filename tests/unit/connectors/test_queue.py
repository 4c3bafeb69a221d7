"""Which deliveries wait, and in which order they are taken."""

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.announce import Announcer
from connectors.intake import finish, take
from connectors.loop import Loop
from connectors.opened import Opened
from connectors.queue import Queue
from connectors.relay import Relay
from connectors.state_away import StateAway
from tests.support.deliveries import (
    DELIVERIES,
    TODAY,
    VACANCY_COLUMNS,
    Connector,
    connector,
    csv_text,
    jobcenter_of,
    row,
    small_jobcenter,
)

_NOBODY = 65534


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Connector]:
    with connector(tmp_path, small_jobcenter()) as found:
        yield found


def queue(one: Connector) -> Queue:
    return Queue(one.jobcenter, one.folder, one.state, None, lambda _: None)


def old(path: Path) -> None:
    os.utime(path, (time.time() - 60, time.time() - 60))


def test_days_are_taken_in_order_across_sources_and_undated_files_first(tmp_path: Path) -> None:
    with connector(tmp_path, jobcenter_of("borken"), DELIVERIES / "borken") as borken:
        files = [delivery.file for _, delivery in queue(borken).pending()]

    days = [f"stellen_voll_2026-11-{day}.csv" for day in (22, 23, 24)]
    assert ["massnahmen.csv", "vermittlungen.csv", *days] == files


def test_a_file_just_written_is_looked_at_twice(one: Connector) -> None:
    one.write("stellen_2026-11-22.csv", csv_text([row()]))
    found = queue(one)
    ((_, delivery),) = found.pending()
    assert not found.is_settled(delivery)
    one.write("stellen_2026-11-22.csv", csv_text([row(), row(Nr="2")]))
    assert not found.is_settled(delivery)
    assert found.is_settled(delivery)


def test_a_refused_file_is_tried_again_when_its_description_was_corrected(one: Connector) -> None:
    columns = {**VACANCY_COLUMNS, "title": "Bezeichnung"}
    one.jobcenter = small_jobcenter(columns=columns)
    report = one.take_file("stellen_2026-11-22.csv", csv_text([row()]))
    assert ("REFUSED", "E303", 0) == (report["state"], report["reason"], len(queue(one).pending()))

    one.jobcenter = small_jobcenter()
    assert 1 == len(queue(one).pending())


def test_a_file_that_holds_again_what_it_held_before_is_read_again_and_once(one: Connector) -> None:
    """An export that overwrites one file: a job is withdrawn by the second content, and back with the third."""
    first, second = csv_text([row(Nr=str(n)) for n in range(9)]), csv_text([row(Nr=str(n)) for n in range(8)])
    waiting = []
    for text in (first, second, first, second, first):
        one.write("stellen_voll.csv", text)
        ((source, delivery),) = queue(one).pending()
        take(one.state, one.jobcenter, source, delivery, folder=one.folder, today=TODAY)
        (read,) = one.state.deliveries.in_state("READ")
        finish(one.state, read)
        waiting.append(len(queue(one).pending()))

    assert [0] * 5 == waiting
    assert 5 == len(one.state.deliveries.all())
    assert ["ACTIVE", "ENDED"] * 2 + ["ACTIVE"] == [job["status"] for job in one.outbox() if job["source_id"] == "8"]


async def test_a_later_day_never_overtakes_an_earlier_one(one: Connector) -> None:
    one.write("stellen_2026-11-22.csv", csv_text([row()]))
    one.write("stellen_2026-11-23.csv", csv_text([row(), row(Nr="2")]))
    old(one.folder / "stellen_2026-11-23.csv")
    stop = asyncio.Event()
    away = StateAway(one.state.path, stop, lambda code, what, seconds: None, once=True)
    opened = Opened(one.jobcenter, one.folder, one.state, Announcer(one.jobcenter.id, lambda _: None))
    async with Relay(one.state, "x") as relay:
        await Loop(opened, relay, stop, away).take_all()

    assert [] == one.state.deliveries.all()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root, to be somebody else for once")
def test_a_file_the_account_may_not_read_waits_and_is_told_once(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as made, connector(tmp_path, small_jobcenter()) as one:
        one.folder = Path(made)
        one.folder.chmod(0o755)
        one.write("stellen_2026-11-22.csv", csv_text([row()]))
        file = one.folder / "stellen_2026-11-22.csv"
        old(file)
        file.chmod(0o000)
        told: list[str] = []
        found = Queue(one.jobcenter, one.folder, one.state, None, told.append)
        os.seteuid(_NOBODY)
        try:
            looks = [(delivery.sha256, found.is_settled(delivery)) for _ in range(3) for _, delivery in found.pending()]
        finally:
            os.seteuid(0)
        assert ([(None, False)] * 3, [file.name]) == (looks, told)
        file.chmod(0o644)

        assert [True] == [found.is_settled(delivery) for _, delivery in found.pending()]
