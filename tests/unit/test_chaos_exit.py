"""The exit code of `python -m tests.chaos`: nothing that is red, or that was not tried, may look green."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos import __main__ as chaos
from tests.chaos import mutants, runs
from tests.chaos.bench import Bench, Experiment, Row
from tests.chaos.launch import launched
from tests.chaos.mutants import Mutant, Verdict


def _experiment(status: str) -> Callable[[Bench], None]:
    def run(bench: Bench) -> None:
        bench.rows.append(
            Row(bench.experiment, bench.what, bench.seed, status=status, broken=["I2"] * (status == "red"))
        )

    return run


def _fails(bench: Bench) -> None:
    raise AssertionError("the world did not start")


def _code(monkeypatch: pytest.MonkeyPatch, folder: Path, run: Callable[[Bench], None], caught_by: list[str]) -> int:
    """The exit code with one experiment and one mutant, which must be caught by I2."""
    mutant = Mutant("rule-gone", "I2", lambda world, breaks: None)
    monkeypatch.setattr(runs, "EXPERIMENTS", {"F98": Experiment("F98", "something", run, short=True)})
    monkeypatch.setattr(mutants, "MUTANTS", (mutant,))
    monkeypatch.setattr(mutants, "try_one", lambda one, seed: Verdict(one.name, one.must, caught_by, ""))
    monkeypatch.setattr("sys.argv", ["chaos"])
    monkeypatch.chdir(folder)
    return chaos.main()


@pytest.mark.parametrize(
    "run, caught_by, code",
    [
        (_experiment("ok"), ["I2"], 0),
        (_experiment("not run"), ["I2", "I7"], 0),
        (_experiment("red"), ["I2"], 1),
        (_fails, ["I2"], 1),
        (_experiment("ok"), [], 1),
        (_experiment("ok"), ["I7"], 1),
    ],
)
def test_a_red_experiment_and_a_surviving_mutant_fail_the_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, run: Callable[[Bench], None], caught_by: list[str], code: int
) -> None:
    assert code == _code(monkeypatch, tmp_path, run, caught_by)

    written = json.loads((tmp_path / "build" / "chaos.json").read_text())
    assert ["F98"] == [row["experiment"] for row in written["experiments"]]
    assert ["rule-gone"] == [verdict["mutant"] for verdict in written["mutants"]]


def test_a_mutant_that_could_not_be_tried_fails_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(one: Mutant, seed: int) -> Verdict:
        raise AssertionError("its scene did not come about")

    monkeypatch.setattr(runs, "EXPERIMENTS", {})
    monkeypatch.setattr(mutants, "try_one", broken)
    monkeypatch.setattr("sys.argv", ["chaos", "--only", mutants.MUTANTS[0].name])
    monkeypatch.chdir(tmp_path)

    assert chaos.main() == 1


def test_a_name_nobody_knows_is_an_error_and_not_a_green_run_of_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["chaos", "--only", "F01", "no-such-mutant"])

    with pytest.raises(SystemExit) as ended:
        chaos.main()

    assert ended.value.code == 2


def test_a_child_whose_parent_was_gone_before_it_began_ends_by_itself() -> None:
    command = launched("-m", "json.tool")
    others = [one if "PARENT=" not in one else f"{one.partition('=')[0]}=1" for one in command]
    orphan = subprocess.run(others, input="[]", capture_output=True, text=True, check=False)
    child = subprocess.run(command, input="[]", capture_output=True, text=True, check=False)

    assert (orphan.returncode, orphan.stdout) == (128 + signal.SIGKILL, "")
    assert (child.returncode, child.stdout.strip()) == (0, "[]")


def test_who_was_told_to_end_begins_no_further_experiment(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Bench] = []
    monkeypatch.setattr(runs, "EXPERIMENTS", {"F98": Experiment("F98", "something", begun.append, short=True)})
    monkeypatch.setattr(runs, "_ended_by", [signal.SIGTERM])

    with pytest.raises(SystemExit, match=str(128 + signal.SIGTERM)):
        runs._timed("F98", 7, short=True, scale=1.0, patience=1.0)
    assert not begun
