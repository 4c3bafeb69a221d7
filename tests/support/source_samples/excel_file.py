"""Excel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.conformance import Sample
from connectors.sources import excel_file
from tests.bad_input.rows import excel
from tests.support.source_samples.content import CANARY, COLUMNS, FULL_ROWS, ROWS, WANTED


@contextmanager
def sample(tmp_path: Path) -> Iterator[Sample]:
    """A workbook; then half of it."""
    folder = tmp_path / "in"
    folder.mkdir()
    path = folder / "a.xlsx"
    path.write_bytes(excel(FULL_ROWS, tuple(FULL_ROWS[0])))

    def cut() -> None:
        path.write_bytes(path.read_bytes()[:-400])

    yield Sample(lambda: excel_file.Source("s", {}, WANTED, None, "full"), folder, COLUMNS, ROWS, CANARY, spoil=(cut,))
