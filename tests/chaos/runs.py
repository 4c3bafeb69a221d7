"""Runs experiments and mutants, several side by side: each has a world of its own, and most of its time is waiting."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial

from tests.chaos import mutants, report
from tests.chaos.bench import EXPERIMENTS, Bench, Experiment, Row
from tests.chaos.experiments import (
    brokers,
    clocks,
    copies,
    databases,
    deliveries,
    disks,
    input,
    network,
    upgrades,
    workers,
)

ALL = (brokers, clocks, copies, databases, deliveries, disks, input, network, upgrades, workers)
"""Imported for what they register."""

Result = list[Row] | mutants.Verdict
_ended_by: list[int] = []
"""The signal by which this process was told to end."""


def run(
    only: Sequence[str],
    seed: int,
    *,
    short: bool,
    scale: float = 1.0,
    patience: float = 1.0,
    jobs: int = 1,
    tell: Callable[[str], None],
) -> tuple[list[Row], list[mutants.Verdict]]:
    """Some experiments and mutants, or all of a full or short run; so many at a time.

    Args:
        only: names; none means all.
        seed: of load and faults.
        short: small loads, and only what is marked as short.
        scale: share of the usual load.
        patience: how many times as long as promised recovering may take.
        jobs: worlds at a time. Above one each runs in a process of its own.
        tell: is given lines about what was found, in the order of the list.
    """
    names = [name for name, short_too in _known() if name in only or (not only and (short_too or not short))]
    rows: list[Row] = []
    verdicts: list[mutants.Verdict] = []
    start = time.monotonic()
    with _mapping(jobs) as each:
        timed = partial(_timed, seed=seed, short=short, scale=scale, patience=patience)
        for number, (found, secs) in enumerate(each(timed, names), 1):
            if isinstance(found, list):
                rows += found
                for row in found:
                    tell("  ".join(report.line(row)))
            else:
                verdicts.append(found)
                tell(f"mutant {found.mutant}: {found.caught_by} {found.note[:400]}")
            tell(f"   {secs:.0f} s; {number} of {len(names)} after {time.monotonic() - start:.0f} s")
    return rows, verdicts


def _known() -> Iterator[tuple[str, bool]]:
    """Names, and whether a short run has them."""
    yield from ((name, entry.short) for name, entry in sorted(EXPERIMENTS.items()))
    yield from ((mutant.name, mutant.short) for mutant in mutants.MUTANTS)


@contextmanager
def _mapping(jobs: int) -> Iterator[Callable[..., Iterator[tuple[Result, float]]]]:
    if jobs == 1:
        yield map
        return
    others = multiprocessing.active_children()
    # Not by fork: a child would share threads and sockets of its parent.
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _only_when_told) as pool:
        try:
            yield pool.map
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in set(multiprocessing.active_children()).difference(others):
                process.terminate()
            raise  # leaving the pool waits for them: they leave their worlds first


def end_when_told() -> None:
    """From now on SIGTERM ends this process as Ctrl-C does: by an exception, so that every world is left in order."""

    def told(number: int, _: object) -> None:
        signal.signal(number, lambda *_: None)  # told twice, leaving in order goes on
        _ended_by.append(number)
        _leave_if_told()

    signal.signal(signal.SIGTERM, told)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what it starts with & ignore it


def _leave_if_told() -> None:
    """The pool takes such an exception for the end of one experiment, and would begin the next one."""
    if _ended_by:
        sys.exit(128 + _ended_by[0])


def _only_when_told() -> None:
    """In a process of the pool. Ctrl-C reaches it too, but its parent tells it."""
    end_when_told()
    signal.signal(signal.SIGINT, lambda *_: None)


def _timed(name: str, seed: int, short: bool, scale: float, patience: float) -> tuple[Result, float]:
    _leave_if_told()
    began = time.monotonic()
    if name in EXPERIMENTS:
        found: Result = _one(EXPERIMENTS[name], seed, short, scale, patience)
    else:
        found = _try(next(mutant for mutant in mutants.MUTANTS if mutant.name == name), seed)
    return found, time.monotonic() - began


def _one(entry: Experiment, seed: int, short: bool, scale: float, patience: float) -> list[Row]:
    """The rows of one experiment; an error of the experiment itself is red."""
    bench = Bench(entry.name, entry.what, seed, short, scale, patience)
    try:
        entry.run(bench)
    except Exception as error:
        traceback.print_exc()
        note = f"the experiment itself failed: {_told(error)}"
        bench.rows.append(Row(entry.name, entry.what, seed, broken=["I9"], note=note, status="red"))
    return bench.rows


def _try(mutant: mutants.Mutant, seed: int) -> mutants.Verdict:
    try:
        return mutants.try_one(mutant, seed)
    except Exception as error:
        traceback.print_exc()
        return mutants.Verdict(mutant.name, mutant.must, [], f"not tried: {_told(error)}")


def _told(error: Exception) -> str:
    """An error in a line, and where its evidence lies."""
    return "; ".join((f"{type(error).__name__}: {error}"[:300], *getattr(error, "__notes__", ())))
