"""A source that is away stops no other and is left alone for as long as it asks."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.contract.delivery import Delivery
from connectors.contract.workplace import Workplace
from connectors.errors import Retry, Stop
from connectors.patience import Patient

HERE = Delivery("s", "a", None, None, date(2026, 11, 25), "delta", "1")


class Moody:
    """Does what it is told next."""

    def __init__(self) -> None:
        self.mood: list[Any] = []
        self.looks = 0
        self.told: list[str] = []

    def deliveries(self, folder: Path, until: date | None) -> list[Delivery]:
        self.looks += 1
        return self._next()

    def settled(self, delivery: Delivery) -> None:
        self.told.append(delivery.id)
        self._next()

    def _next(self) -> list[Delivery]:
        found = self.mood.pop(0) if self.mood else [HERE]
        if isinstance(found, Exception):
            raise found
        return list(found)


@pytest.mark.parametrize(
    "error, seconds", [(Retry("E407", "x", 120), 120.0), (Stop("E402", "x"), 900.0), (Retry("E404", "x"), 5.0)]
)
def test_it_waits_as_long_as_asked_and_says_so(error: Exception, seconds: float) -> None:
    moody, told, now = Moody(), list[tuple[str, str, float]](), [0.0]
    source = Patient(moody, lambda *what: told.append(what), clock=lambda: now[0])  # type: ignore[arg-type]
    moody.mood = [error]

    assert ([], True) == (source.deliveries(Path(), None), source.is_away)
    now[0] = seconds - 0.1
    assert ([], 1) == (source.deliveries(Path(), None), moody.looks)
    now[0] = seconds
    assert ([HERE], False) == (source.deliveries(Path(), None), source.is_away)
    assert [(error.code, "x", seconds)] == told  # type: ignore[attr-defined]


def test_the_other_side_is_told_again_when_it_was_away() -> None:
    moody, told = Moody(), list[Any]()
    source = Patient(moody, lambda *what: told.append(what))  # type: ignore[arg-type]
    moody.mood = [Retry("E404", "x")]
    source.settled(HERE)
    source.settled(HERE)

    assert ([HERE.id] * 2, 1) == (moody.told, len(told))


def test_a_source_that_cannot_begin_is_asked_again_later() -> None:
    class Locked(Moody):
        opened = 0

        def open(self, workplace: Workplace) -> None:
            self.opened += 1
            if self.opened < 3:
                raise Stop("E402", "no password")

    locked, told, now = Locked(), list[Any](), [0.0]
    source = Patient(locked, lambda *what: told.append(what), clock=lambda: now[0])  # type: ignore[arg-type]
    source.open(Workplace(Path(), lambda rows: []))

    assert ([], "E402") == (source.deliveries(Path(), None), source.stopped.code if source.stopped else None)
    now[0] = 900.0
    assert ([], True, 0) == (source.deliveries(Path(), None), source.stopped is not None, locked.looks)
    now[0] = 1800.0
    assert ([HERE], None, 3) == (source.deliveries(Path(), None), source.stopped, locked.opened)
    assert [("E402", "no password", 900.0)] == told
