"""python -m tests.bench.report [build/bench.json]: the figures as Markdown tables, for docs/performance.md."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.bench.__main__ import RESULTS, columns_of, told


def markdown(found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A table for each script, in the order of their numbers."""
    for name in sorted(found, key=lambda name: int(name[1:])):
        columns = columns_of(found[name])
        yield f"\n**{name}**\n"
        yield _line(["", *columns])
        yield _line(["---"] + ["---:"] * len(columns))
        for row in dict.fromkeys(row for some in columns.values() for row in some):
            yield _line([row, *(told(some.get(row)) for some in columns.values())])


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else RESULTS
    print("\n".join(markdown(json.loads(file.read_text(encoding="utf-8")))))
