"""HR-BA-XML."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.conformance import Sample
from connectors.sources import hr_ba_xml
from tests.bad_input.rows import xml
from tests.support.source_samples.content import CANARY, COLUMNS, FULL_ROWS, ROWS, WANTED


@contextmanager
def sample(tmp_path: Path) -> Iterator[Sample]:
    """A file with its count; then cut, and with a DTD."""
    folder = tmp_path / "in"
    folder.mkdir()
    path = folder / "DS1.xml"
    path.write_bytes(xml(FULL_ROWS))

    def cut() -> None:
        path.write_bytes(path.read_bytes()[:-30])

    def with_dtd() -> None:
        path.write_bytes(xml(FULL_ROWS, prolog="<!DOCTYPE x>"))

    yield Sample(
        lambda: hr_ba_xml.Source("s", {}, WANTED, None, "full"), folder, COLUMNS, ROWS, CANARY, spoil=(cut, with_dtd)
    )
