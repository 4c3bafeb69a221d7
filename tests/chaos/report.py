"""The table for people, and build/chaos.json for whoever reads it next.

python -m tests.chaos.report [build/chaos.json]: the same as a Markdown table, for docs/reliability.md.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.chaos.bench import Row
from tests.chaos.mutants import Verdict

FILE = Path("build/chaos.json")
_HEAD = ("experiment", "seed", "faults", "acked", "lost", "twice", "back", "unexpl", "recovery s", "result", "")


def line(row: Row) -> tuple[str, ...]:
    """A row of the table, as text."""
    seconds = "–" if row.recovery_s is None else f"{row.recovery_s:.1f}"
    figures = (row.faults, row.acked, row.lost, row.twice, row.backwards, row.unexplained)
    if row.status == "not run":
        return (row.experiment, str(row.seed), *["–"] * 7, "not run", f"{row.what}: {row.note}")
    result = "ok" if row.status == "ok" else "RED " + " ".join(row.broken)
    about = f"{row.what}; {row.note}" if row.note else row.what
    return (row.experiment, str(row.seed), *map(str, figures), seconds, result, about)


def acked(rows: Sequence[Row]) -> int:
    """Acknowledged events in all; the steps of one experiment share a world, so the last one counts them all."""
    most: dict[str, int] = {}
    for row in rows:
        name = row.experiment.partition("/")[0]
        most[name] = max(row.acked, most.get(name, 0))
    return sum(most.values())


def table(rows: Sequence[Row], verdicts: Sequence[Verdict]) -> str:
    """Everything, for a terminal."""
    lines = [_HEAD, *map(line, rows)]
    widths = [max(len(entry[place]) for entry in lines) for place in range(len(_HEAD) - 1)]
    text = [
        "  ".join(part.ljust(width) for part, width in zip(entry, [*widths, 0], strict=True)).rstrip()
        for entry in lines
    ]
    for verdict in verdicts:
        caught = f"caught by {', '.join(verdict.caught_by)}" if verdict.dead else "SURVIVED"
        text.append(f"mutant {verdict.mutant:<28} must break {verdict.must:<4} {caught}")
    return "\n".join(text)


def markdown(rows: Sequence[Row], verdicts: Sequence[Verdict]) -> str:
    """Everything, for a document."""
    text = [*_head((*_HEAD[:-1], "what")), *(_line(line(row)) for row in rows), "", sums(rows)]
    if verdicts:
        text += ["", *_head(("mutant", "must break", "caught by"))]
        text += [_line((v.mutant, v.must, ", ".join(v.caught_by) if v.dead else "SURVIVED")) for v in verdicts]
    return "\n".join(text)


def sums(rows: Sequence[Row]) -> str:
    """All rows in a sentence."""
    harm = (sum(getattr(row, kind) for row in rows) for kind in ("lost", "twice", "backwards", "unexplained"))
    lost, twice, back, unexplained = harm
    longest = max((row.recovery_s or 0 for row in rows), default=0)
    return (
        f"{acked(rows)} events acknowledged; {lost} lost, {twice} twice, {back} backwards, {unexplained} unexplained;"
        f" longest recovery {longest:.1f} s"
    )


def _head(names: Sequence[str]) -> list[str]:
    return [_line(names), _line(["---"] * len(names))]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def write(rows: Sequence[Row], verdicts: Sequence[Verdict]) -> None:
    """build/chaos.json."""
    FILE.parent.mkdir(exist_ok=True)
    found = {
        "experiments": [asdict(row) for row in rows],
        "mutants": [{**asdict(verdict), "dead": verdict.dead} for verdict in verdicts],
    }
    FILE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(file: Path) -> tuple[list[Row], list[Verdict]]:
    """What `write` wrote."""
    found = json.loads(file.read_text(encoding="utf-8"))
    verdicts = [{name: value for name, value in entry.items() if name != "dead"} for entry in found["mutants"]]
    return [Row(**entry) for entry in found["experiments"]], [Verdict(**entry) for entry in verdicts]


if __name__ == "__main__":
    print(markdown(*read(Path(sys.argv[1]) if len(sys.argv) > 1 else FILE)))
