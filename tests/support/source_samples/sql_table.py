"""A view."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.conformance import Sample
from connectors.sources import sql_table
from tests.bad_input.rows import database
from tests.support.source_samples.content import CANARY, COLUMNS, FULL_ROWS, ROWS, WANTED


@contextmanager
def sample(tmp_path: Path) -> Iterator[Sample]:
    """A SQLite file; then without its view, and damaged."""
    folder = tmp_path / "in"
    folder.mkdir()
    path = folder / "a.sqlite"
    path.write_bytes(database(FULL_ROWS, tuple(FULL_ROWS[0])))

    def without_view() -> None:
        path.write_bytes(database(FULL_ROWS, tuple(FULL_ROWS[0]), view="W"))

    def damaged() -> None:
        path.write_bytes(b"\0" * 2000)

    yield Sample(
        lambda: sql_table.Source("s", {"view": "V"}, WANTED, "*.sqlite", "full"),
        folder, COLUMNS, ROWS, CANARY, spoil=(without_view, damaged),
    )  # fmt: skip
