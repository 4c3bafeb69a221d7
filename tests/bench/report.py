"""python -m tests.bench.report [build/bench.json]: the figures as Markdown tables, for docs/performance.md."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.bench.__main__ import RESULTS, laid_out, told


def markdown(found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A table for each script, in the order of their numbers."""
    for name in sorted(found, key=lambda name: int(name[1:])):
        whole, (head, *lines) = laid_out(found[name])
        yield f"\n**{name}**" + "".join(f" · {row} {told(value)}" for row, value in whole.items()) + "\n"
        yield _line(head)
        yield _line(["---"] + ["---:"] * (len(head) - 1))
        yield from map(_line, lines)


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else RESULTS
    print("\n".join(markdown(json.loads(file.read_text(encoding="utf-8")))))
