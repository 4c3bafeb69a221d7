"""python -m tests.chaos [--only F06] [--seed 7] [--short] [--jobs 2] [--list]: run, print, write build/chaos.json."""

from __future__ import annotations

import argparse
import sys

from tests.chaos import mutants, report
from tests.chaos.bench import EXPERIMENTS
from tests.chaos.runs import end_when_told, run

SEED = 7


def main() -> int:
    """The exit code: 0 if every invariant held and every mutant was noticed."""
    options = _options()
    if options.list:
        for entry in sorted(EXPERIMENTS.values(), key=lambda entry: entry.name):
            print(entry.name, "short" if entry.short else "     ", entry.what)
        for mutant in mutants.MUTANTS:
            print("mutant", mutant.name, "must break", mutant.must, "(short)" if mutant.short else "")
        return 0
    rows, verdicts = run(options.only, options.seed, short=options.short, jobs=options.jobs, tell=_tell)
    report.write(rows, verdicts)
    print(report.table(rows, verdicts))
    survivors = [verdict.mutant for verdict in verdicts if not verdict.dead]
    red = [row.experiment for row in rows if row.status == "red"]
    print(f"{report.sums(rows)}; red: {', '.join(red) or 'none'}; surviving mutants: {', '.join(survivors) or 'none'}")
    return 1 if red or survivors else 0


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="experiments (F06) or mutants by name")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--short", action="store_true", help="fourteen experiments, small loads")
    parser.add_argument("--jobs", type=int, default=1, choices=range(1, 9), help="worlds at a time (default 1)")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    known = EXPERIMENTS.keys() | {mutant.name for mutant in mutants.MUTANTS}
    if unknown := sorted(set(options.only) - known):
        parser.error(f"neither an experiment nor a mutant: {', '.join(unknown)}")  # else nothing is tried, and green
    return options


if __name__ == "__main__":
    end_when_told()
    sys.exit(main())
