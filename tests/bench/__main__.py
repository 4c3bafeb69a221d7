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
    """A table; what is itself a set of results becomes a column."""
    columns = columns_of(results)
    table = Table("", *columns, title=name, title_justify="left")
    for row in dict.fromkeys(row for some in columns.values() for row in some):
        table.add_row(row, *(told(some.get(row)) for some in columns.values()))
    Console().print(table)


def columns_of(results: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Results by column; the first holds what stands for the whole."""
    flat = {row: value for row, value in results.items() if not isinstance(value, dict)}
    return {"": flat, **{title: some for title, some in results.items() if isinstance(some, dict)}}


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
