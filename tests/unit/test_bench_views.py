"""The bench of page views takes no wrong answer for a right one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.view import SHARES, View, read, write

VIEW = View("/stellen", ("2 Stellen gefunden",), ("<article", 2))
RIGHT = b"<h2>2 Stellen gefunden</h2><article></article><article></article>"


def test_the_right_page_has_no_fault() -> None:
    assert VIEW.fault(200, RIGHT) is None


@pytest.mark.parametrize(
    "status, body, fault",
    [
        (503, RIGHT, "status 503"),
        (200, RIGHT.replace(b"2 Stellen", b"12 Angebote"), "without"),
        (200, RIGHT.replace(b"<article></article>", b"", 1), "1 entries, not 2"),
    ],
)
def test_a_wrong_answer_is_named(status: int, body: bytes, fault: str) -> None:
    assert fault in (VIEW.fault(status, body) or "")


def test_the_visitors_read_what_was_written_for_them(tmp_path: Path) -> None:
    views = {"results": [VIEW], "ended": [View("/stellen/alt", ("<h1",), status=410)]}
    write(tmp_path / "views.json", views)
    assert views == read(tmp_path / "views.json")


def test_the_shares_are_out_of_a_hundred() -> None:
    assert 100 == sum(SHARES.values())
