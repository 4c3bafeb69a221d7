"""An HTTP service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.conformance import Sample
from connectors.sources import rest_json
from tests.support.http_office import Says, http_office, says
from tests.support.source_samples.content import CANARY, COLUMNS, FULL_ROWS, ROWS, WANTED


@contextmanager
def sample(tmp_path: Path) -> Iterator[Sample]:
    """Two pages; then a wrong total, a sign-in page, and nobody there."""
    (tmp_path / "in").mkdir()
    private = tmp_path / "private"
    with http_office() as office:
        total = [len(ROWS)]
        office.answer = lambda asked: says(
            {"total": total[0], "items": FULL_ROWS[:3] if asked.parameters["page"] == "1" else FULL_ROWS[3:]}
        )
        options = {
            "url": f"{office.url}/x", "items": "items", "total": "total",
            "paging": {"kind": "page", "parameter": "page", "pages_max": 3},
        }  # fmt: skip

        def forget() -> None:
            for path in private.iterdir():
                path.unlink()

        def other_total() -> None:
            forget()
            total[0] = 99

        def sign_in() -> None:
            forget()
            office.answer = lambda asked: Says(body=f"<html>{CANARY}".encode(), headers={"Content-Type": "text/html"})

        def busy() -> None:
            office.answer = lambda asked: Says(429)

        yield Sample(
            lambda: rest_json.Source("s", options, WANTED, None, "full"),
            tmp_path / "in", COLUMNS, ROWS, CANARY, spoil=(other_total, sign_in, busy), private=private,
        )  # fmt: skip
