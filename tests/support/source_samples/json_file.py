"""JSON files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.conformance import Sample
from connectors.sources import json_file
from tests.support.source_samples.content import CANARY, COLUMNS, FULL_ROWS, ROWS, WANTED


@contextmanager
def sample(tmp_path: Path) -> Iterator[Sample]:
    """A document; then cut, with a wrong total, and with a name that comes twice."""
    folder = tmp_path / "in"
    folder.mkdir()
    path = folder / "a.json"
    text = json.dumps({"total": len(ROWS), "items": FULL_ROWS})
    path.write_text(text, "utf-8")

    def cut() -> None:
        path.write_text(text[:-10], "utf-8")

    def other_total() -> None:
        path.write_text(text.replace('"total": 5', '"total": 6'), "utf-8")

    def twice() -> None:
        path.write_text(text.replace('"Titel": ', '"Titel": "x", "Titel": ', 1), "utf-8")

    yield Sample(
        lambda: json_file.Source("s", {"items": "items", "total": "total"}, WANTED, None, "full"),
        folder, COLUMNS, ROWS, CANARY, spoil=(cut, other_total, twice),
    )  # fmt: skip
