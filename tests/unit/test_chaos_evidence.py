"""A red experiment keeps its logs and its state, and says where: afterwards nobody can ask its world any more."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.chaos import evidence, logs, runs
from tests.chaos.bench import Bench, Experiment
from tests.chaos.checker import LOST, Findings
from tests.chaos.processes import Role, wait_for
from tests.chaos.world import World


class Away:
    """A client of a broker that does not run."""

    def __init__(self, options: object) -> None:
        raise ConnectionError("no broker")


@pytest.fixture(autouse=True)
def without_servers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Worlds of processes alone, in a folder of our own."""
    monkeypatch.setattr(World, "_start", World._lay_out)
    monkeypatch.setattr(evidence, "AdminClient", Away)
    monkeypatch.setattr(logs, "AdminClient", Away)
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    monkeypatch.chdir(tmp_path)


def note_of(run: Callable[[Bench], Any]) -> str:
    """What the row of an experiment says."""
    (row,) = runs._one(Experiment("F98", "something", run, short=True), 7, True, 1, 1)
    assert "red" == row.status
    return row.note


def kept(note: str) -> Path:
    """Where the evidence lies, by the note."""
    found = re.search(r"kept: (build/chaos/F98-7-\w+)", note)
    assert found, note
    return Path(found[1])


def waiting(world: World) -> Role:
    """A process that is ready."""
    role = world.supervisor.add(Role("worker", [], world.environment, world.folder / "logs", "tests.support.waiting"))
    wait_for(lambda: role.ready, "it is ready", of=role)
    return role


def test_an_experiment_that_fails_keeps_what_every_process_waits_for() -> None:
    def fails(bench: Bench) -> None:
        with bench.world() as world:
            waiting(world)
            raise AssertionError("the sinks are not level")

    folder = kept(note := note_of(fails))

    assert "the experiment itself failed: AssertionError: the sinks are not level" in note
    assert re.search(r"waits in for_nothing \S+waiting\.py:\d+", (folder / "logs" / "worker.err").read_text())
    assert '"ready"' in (folder / "logs" / "worker-1.out").read_text()
    state = (folder / "state").read_text()
    assert "worker: ready, started 1 times, ended with []" in state
    assert "== groups\nnot to be had: ConnectionError: no broker" in state


def test_an_experiment_that_is_judged_red_keeps_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(world: World) -> Findings:
        found = Findings()
        found.add("I2", LOST, 3, "here")
        return found

    def judged(bench: Bench) -> None:
        with bench.world() as world:
            bench.judge(world, calm=False)

    monkeypatch.setattr(World, "drain", lambda world: 0.5)
    monkeypatch.setattr(World, "check", lost)

    folder = kept(note_of(judged))

    assert "I2 lost 3, first here\n" == (folder / "found").read_text()


def test_whoever_was_not_level_is_asked_before_anything_else_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A watchdog may end it at any moment; whoever comes after it waits for nothing."""

    def never(world: World) -> float:
        raise AssertionError("not level after 120 s")

    def then_ended(world: World) -> Findings:
        world.supervisor.roles["worker"].end()
        return Findings()

    def judged(bench: Bench) -> None:
        with bench.world() as world:
            waiting(world)
            bench.judge(world, calm=False)

    monkeypatch.setattr(World, "drain", never)
    monkeypatch.setattr(World, "check", then_ended)

    folder = kept(note_of(judged))

    assert "waits in for_nothing" in (folder / "logs" / "worker.err").read_text()
    assert "I9 unexplained 1, first not level after 120 s\n" == (folder / "found").read_text()
