"""`python -m tests.bench [--only W2 W5] [--events N]`: runs the scripts w*.py beside this file, keeps what they find.

A script is a module `w<number>.py` with `run(context) -> dict`; its file name is its registration. Ratios are taken
inside one run, for a machine is never twice the same. Results: build/bench.json.
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.context import Context

HERE = Path(__file__).parent
RESULTS = Path("build/bench.json")
_COLUMNS = 6
"""Sets of results a table has room for side by side."""


def scripts() -> list[str]:
    """Names of all scripts: W1, W2 …"""
    return sorted(
        (path.stem.upper() for path in HERE.glob("w[0-9]*.py")), key=lambda name: int(re.sub(r"\D", "", name))
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 1 if a script found its results to be wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", nargs="+", type=str.upper, choices=scripts(), default=scripts())
    parser.add_argument("--events", type=int, help="how much work; default: the script's own")
    asked = parser.parse_args(arguments)
    found = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name in asked.only:
        with tempfile.TemporaryDirectory(prefix="jobhub-bench-") as folder:
            script = importlib.import_module(f"tests.bench.{name.lower()}")
            found[name] = script.run(Context(Path(folder), asked.events))
        show(name, found[name])
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n")
    return int(any(found[name].get("exact") is False for name in asked.only))


def show(name: str, results: Mapping[str, Any]) -> None:
    """A table, after what holds for the whole of it."""
    whole, (head, *lines) = laid_out(results)
    table = Table(*head)
    for line in lines:
        table.add_row(*line)
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(name + "".join(f" · {row} {told(value)}" for row, value in whole.items()))
    console.print(table)


def laid_out(results: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[list[str]]]:
    """What holds for the whole table, and its lines, the first of them its head.

    What is itself a set of results becomes a column; of many sets each becomes a line.
    """
    flat = {row: value for row, value in results.items() if not isinstance(value, dict)}
    sets = {title: some for title, some in results.items() if isinstance(some, dict)}
    rows = list(dict.fromkeys(row for some in sets.values() for row in some))
    if len(sets) <= _COLUMNS:
        rows = list(dict.fromkeys([*flat, *rows]))
        columns = {"": flat, **sets}
        return {}, [["", *columns], *([row, *(told(some.get(row)) for some in columns.values())] for row in rows)]
    lines = {**sets, "all": flat}
    whole = {row: value for row, value in flat.items() if row not in rows}
    return whole, [["", *rows], *([title, *(told(some.get(row)) for row in rows)] for title, some in lines.items())]


def told(value: Any) -> str:
    """A figure for people."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "NO", None: ""}[value]
    return (
        f"{value:,.2f}"
        if isinstance(value, float) and value < 1000
        else f"{value:,.0f}"
        if isinstance(value, float | int)
        else str(value)
    )


if __name__ == "__main__":
    sys.exit(main())
