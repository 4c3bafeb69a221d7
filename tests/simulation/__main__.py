"""`python -m tests.simulation`: draw histories from one seed, judge them, shorten what breaks a promise."""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from contextlib import nullcontext

from tests.simulation.histories import Failure, failures, shorten
from tests.simulation.kept import keep
from tests.simulation.mutants import MUTANTS

_SHOWN = ("delivery", "deed", "raw record", "expired", "stored", "worker", "sink")


def main() -> int:
    """0: every promise held; 1: one did not, or a mutant was not noticed."""
    options = _options()
    print(f"seed {options.seed}, histories {options.histories}", flush=True)
    began, figures = time.perf_counter(), Counter[str]()
    mutant = MUTANTS[options.mutant]() if options.mutant else nullcontext()
    with mutant:
        seeds = range(options.seed, options.seed + options.histories)
        failure = next(failures(seeds, figures), None)
        secs = time.perf_counter() - began
        if failure is not None:
            failure = shorten(failure)
    _show(figures, secs)
    if failure is None:
        print("mutant not noticed" if options.mutant else "every promise held")
        return 1 if options.mutant else 0
    _tell(failure)
    if not options.mutant or options.keep:
        keep(failure.seed, failure.steps, options.mutant)
    return 0 if options.mutant else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--histories", type=int, default=5_000, help="how many (5000)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9), help="of the first one")
    parser.add_argument("--mutant", choices=sorted(MUTANTS), help="take this rule away; it must be noticed")
    parser.add_argument("--keep", action="store_true", help="keep the history that noticed the mutant")
    return parser.parse_args()


def _show(figures: Counter[str], secs: float) -> None:
    per_minute = figures["history"] / secs * 60
    print(f"{figures['history']} histories in {secs:.1f} s, {per_minute:.0f} a minute")
    print(", ".join(f"{name} {figures[name]}" for name in _SHOWN))


def _tell(failure: Failure) -> None:
    print(f"\nBROKEN by the history of seed {failure.seed}: --seed {failure.seed} --histories 1")
    for what in failure.broken[:5]:
        print(f"  {what[:400]}")
    print(f"shortest history that does so, {len(failure.steps)} deeds:")
    for step in failure.steps:
        print(f"  {step.deed} {step.number}")


if __name__ == "__main__":
    sys.exit(main())
