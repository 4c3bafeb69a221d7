"""`jobhub run --once` does not end well when a source could not be asked: a timed task must not report success."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from connectors.summary import Summary
from hub.cli.output import Exit, Failure
from hub.cli.run import _end, _Task
from tests.support.deliveries import small_jobcenter


def task(*, once: bool) -> _Task:
    return _Task(
        jobcenters=[small_jobcenter()], deliveries=Path(), data=Path(), until=None, today=date(2026, 11, 25), once=once,
        poll_secs=1, say=lambda event: None,
    )  # fmt: skip


def test_a_source_that_could_not_be_asked_is_named() -> None:
    with pytest.raises(Failure, match=r"E407.*testa/fern") as caught:
        _end(task(once=True), [Summary("testa", away=["fern"])], False, dry=False)

    assert Exit.UNREACHABLE == caught.value.exit_code


@pytest.mark.parametrize("once, away", [(False, ["fern"]), (True, [])])
def test_otherwise_it_ends_well(once: bool, away: list[str]) -> None:
    _end(task(once=once), [Summary("testa", away=away)], False, dry=False)
