"""python -m tests.chaos [--only F06] [--seed 7] [--short] [--list]: run experiments and mutants, print, write JSON."""

from __future__ import annotations

import argparse
import sys
import time
import traceback

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

SEED = 7
_ALL = (brokers, clocks, copies, databases, deliveries, disks, input, network, upgrades, workers)


def main() -> int:
    """The exit code: 0 if every invariant held and every mutant was noticed."""
    options = _options()
    if options.list:
        for entry in sorted(EXPERIMENTS.values(), key=lambda entry: entry.name):
            print(entry.name, "short" if entry.short else "     ", entry.what)
        for mutant in mutants.MUTANTS:
            print("mutant", mutant.name, "must break", mutant.must, "(short)" if mutant.short else "")
        return 0
    rows, verdicts = run(options.only, options.seed, short=options.short, tell=_tell)
    report.write(rows, verdicts)
    print(report.table(rows, verdicts))
    survivors = [verdict.mutant for verdict in verdicts if not verdict.dead]
    red = [row.experiment for row in rows if row.status == "red"]
    print(f"{report.sums(rows)}; red: {', '.join(red) or 'none'}; surviving mutants: {', '.join(survivors) or 'none'}")
    return 1 if red or survivors else 0


def run(
    only: list[str], seed: int, *, short: bool, scale: float = 1.0, tell: object = None
) -> tuple[list[Row], list[mutants.Verdict]]:
    """Some experiments and mutants, or all of a full or short run."""
    say = tell if callable(tell) else (lambda _: None)
    rows: list[Row] = []
    verdicts: list[mutants.Verdict] = []
    entries = [
        entry
        for _, entry in sorted(EXPERIMENTS.items())
        if entry.name in only or (not only and (entry.short or not short))
    ]
    tried = [mutant for mutant in mutants.MUTANTS if mutant.name in only or (not only and (mutant.short or not short))]
    count, start = len(entries) + len(tried), time.monotonic()

    def done(began: float) -> str:
        now = time.monotonic()
        return f"{now - began:.0f} s; {len(finished) + len(verdicts)} of {count} after {now - start:.0f} s"

    finished: list[str] = []
    for entry in entries:
        say(f"{entry.name} {entry.what}")
        began = time.monotonic()
        of_this = one(entry, seed, short, scale)
        rows += of_this
        finished.append(entry.name)
        for row in of_this:
            say("   " + "  ".join(report.line(row)))
        say("   " + done(began))
    for mutant in tried:
        began = time.monotonic()
        verdicts.append(_try(mutant, seed))
        say(f"mutant {mutant.name}: {verdicts[-1].caught_by} {verdicts[-1].note[:200]}")
        say("   " + done(began))
    return rows, verdicts


def one(entry: Experiment, seed: int, short: bool, scale: float) -> list[Row]:
    """The rows of one experiment; an error of the experiment itself is red."""
    bench = Bench(entry.name, entry.what, seed, short, scale)
    try:
        entry.run(bench)
    except Exception as error:
        traceback.print_exc()
        note = f"the experiment itself failed: {type(error).__name__}: {error}"[:300]
        bench.rows.append(Row(entry.name, entry.what, seed, broken=["I9"], note=note, status="red"))
    return bench.rows


def _try(mutant: mutants.Mutant, seed: int) -> mutants.Verdict:
    try:
        return mutants.try_one(mutant, seed)
    except Exception as error:
        traceback.print_exc()
        return mutants.Verdict(mutant.name, mutant.must, [], f"not tried: {type(error).__name__}: {error}")


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="experiments (F06) or mutants by name")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--short", action="store_true", help="fourteen experiments, small loads")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    known = EXPERIMENTS.keys() | {mutant.name for mutant in mutants.MUTANTS}
    if unknown := sorted(set(options.only) - known):
        parser.error(f"neither an experiment nor a mutant: {', '.join(unknown)}")  # else nothing is tried, and green
    return options


if __name__ == "__main__":
    assert _ALL
    sys.exit(main())
