"""What a run shares is started once, for all who ask, and stopped by the one who owns it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Client

import pytest

from hub.embedded import EmbeddedError
from tests.support import shared
from tests.support.shared import Desk, Shared, ask


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was started and stopped, in order; one kind cannot be started."""
    found: list[str] = []

    @contextmanager
    def something(name: str) -> Iterator[str]:
        found.append(f"start {name}")
        if name == "broken":
            raise EmbeddedError("no Java here")
        yield f"address of {name}"
        found.append(f"stop {name}")

    kinds = {name: partial(something, name) for name in ("services", "guarded", "broken")}
    monkeypatch.setattr(shared, "KINDS", kinds)
    return found


def test_many_ask_at_once_and_it_is_started_once(steps: list[str]) -> None:
    desk = Desk(Shared())
    with ThreadPoolExecutor(8) as askers:
        told = set(askers.map(lambda _: ask(desk.address, "services"), range(40)))
    before = list(steps)
    desk.close()

    assert {"address of services"} == told
    assert ["start services"] == before
    assert ["start services", "stop services"] == steps


def test_nothing_is_started_that_nobody_asks_for(steps: list[str]) -> None:
    Desk(Shared()).close()

    assert [] == steps


def test_all_that_was_started_is_stopped_the_last_first(steps: list[str]) -> None:
    with Shared() as own:
        assert ["address of services", "address of guarded"] == [own("services"), own("guarded")]

    assert ["start services", "start guarded", "stop guarded", "stop services"] == steps


@pytest.mark.usefixtures("steps")
def test_what_cannot_be_started_is_told_to_the_one_who_asks() -> None:
    desk = Desk(Shared())
    try:
        with pytest.raises(EmbeddedError, match="no Java here"):
            ask(desk.address, "broken")
        assert "address of services" == ask(desk.address, "services")
    finally:
        desk.close()


@pytest.mark.usefixtures("steps")
def test_one_who_dies_while_it_asks_disturbs_nobody() -> None:
    desk = Desk(Shared())
    try:
        Client(desk.address, family="AF_UNIX").close()
        with Client(desk.address, family="AF_UNIX") as gone:
            gone.send("services")
        assert "address of guarded" == ask(desk.address, "guarded")
    finally:
        desk.close()
