"""python -m tests.match: how right the matcher is on the labelled set and the demo, and under other thresholds."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from hub.match import ladder
from hub.match.ladder import AUTO_MIN, SUGGEST_MIN
from tests.match.demo import demo_jobs, demo_pairs
from tests.match.pairs import HELD_OUT, TUNING, labelled
from tests.match.score import Score, score, score_pairs

PRECISION_MIN, RECALL_MIN = 0.98, 0.9


def main() -> int:
    """Print the tables; 1 if a bound is not held."""
    print(f"auto >= {AUTO_MIN}, suggestion >= {SUGGEST_MIN}")
    print(
        f"{'set':28}{'pairs':>7}{'same':>7}{'folded':>8}{'wrong':>7}{'missed':>8}{'shown':>7}{'precision':>11}{'recall':>8}"
    )
    found = {"labelled, tuning": score(labelled(TUNING)), "labelled, held out": score(labelled(HELD_OUT))}
    with tempfile.TemporaryDirectory() as folder:
        found["deploy/demo"] = score_pairs(demo_jobs(Path(folder)), demo_pairs())
    for name, one in found.items():
        print(_line(name, one))
    print(f"\n{'kind (held out)':34}{'pairs':>7}{'same':>7}{'folded':>8}")
    for kind, (pairs, same, folded) in found["labelled, held out"].kinds.items():
        print(f"{kind:34}{pairs:7}{same:7}{folded:8}")
    print(f"\n{'t1 (tuning)':34}{'precision':>11}{'recall':>8}")
    for threshold, one in by_threshold().items():
        print(f"{threshold:<34}{one.precision:11.3f}{one.recall:8.3f}  {_bar(one)}")
    return int(any(one.precision < PRECISION_MIN or one.recall < RECALL_MIN for one in found.values()))


def by_threshold() -> dict[float, Score]:
    """The tuning set under other thresholds for folding."""
    kept = ladder.AUTO_MIN
    try:
        found = {}
        for percent in range(50, 100, 5):
            ladder.AUTO_MIN = percent / 100
            found[percent / 100] = score(labelled(TUNING))
        return found
    finally:
        ladder.AUTO_MIN = kept


def _bar(one: Score) -> str:
    """Forty signs: what is found and right, what is found and wrong, what is missed."""
    all_pairs = one.right + one.wrong + one.missed
    right, wrong = round(40 * one.right / all_pairs), round(40 * one.wrong / all_pairs)
    return "█" * right + "x" * wrong + "·" * (40 - right - wrong)


def _line(name: str, one: Score) -> str:
    same = one.right + one.missed
    counts = f"{one.pairs:7}{same:7}{one.right + one.wrong:8}{one.wrong:7}{one.missed:8}{one.suggested:7}"
    return f"{name:28}{counts}{one.precision:11.3f}{one.recall:8.3f}"


if __name__ == "__main__":
    sys.exit(main())
