"""CSV."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.conformance import Sample
from connectors.sources import csv_file
from tests.support.source_samples.content import CANARY, COLUMNS, FULL_ROWS, ROWS, WANTED


@contextmanager
def sample(tmp_path: Path) -> Iterator[Sample]:
    """A file with an end; then one that is cut, one of another encoding, and a link."""
    folder = tmp_path / "in"
    folder.mkdir()
    path = folder / "a.csv"
    lines = [";".join(FULL_ROWS[0]), *(";".join(row.values()) for row in FULL_ROWS)]
    path.write_text("\n".join(lines) + "\n", "utf-8")

    def cut() -> None:
        path.write_bytes(path.read_bytes()[:-10])

    def other_encoding() -> None:
        path.write_bytes("\n".join(lines).encode("utf-16"))

    yield Sample(
        lambda: csv_file.Source("s", {"encoding": "utf-8"}, WANTED, None, "full"),
        folder, COLUMNS, ROWS, CANARY, spoil=(cut, other_encoding),
    )  # fmt: skip
