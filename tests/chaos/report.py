"""The table for people, and build/chaos.json for whoever reads it next."""

from __future__ import annotations

import json
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


def write(rows: Sequence[Row], verdicts: Sequence[Verdict]) -> None:
    """build/chaos.json."""
    FILE.parent.mkdir(exist_ok=True)
    found = {
        "experiments": [asdict(row) for row in rows],
        "mutants": [
            {"mutant": v.mutant, "must_break": v.must, "caught_by": v.caught_by, "dead": v.dead} for v in verdicts
        ],
    }
    FILE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
