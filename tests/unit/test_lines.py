"""Files that share a broker keep together, and every line has the same order."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import lines
from tests.support.lines import piece_of, strays, turn_of


def test_all_that_ask_for_a_shared_broker_keep_together(request: pytest.FixtureRequest) -> None:
    """Of what this run has collected."""
    asked = [
        (item.nodeid.partition("::")[0], item.fixturenames)
        for item in request.session.items
        if isinstance(item, pytest.Function)
    ]

    assert [] == strays(asked)


def test_one_that_does_not_keep_together_is_found() -> None:
    here = "tests/unit/test_lines.py"

    assert [here] == strays([(here, ["tmp_path", "guarded"]), ("tests/integration/test_doctor.py", ["guarded"])])


def test_the_names_in_the_order_are_those_of_files_and_pieces() -> None:
    pieces = {piece_of(str(path.relative_to(lines.ROOT))) for path in (lines.ROOT / "tests").rglob("test_*.py")}

    assert set() == {*lines.LONG, *lines.BROKERS.values(), lines.CHAOS} - pieces


def test_long_pieces_come_first_whole_and_chaos_last() -> None:
    files = sorted(str(path.relative_to(lines.ROOT)) for path in Path(lines.ROOT, "tests").rglob("test_*.py"))
    order = sorted(files, key=turn_of)
    pieces = [piece_of(file) for file in order]

    assert lines.LONG[0] == pieces[0]
    assert lines.CHAOS == order[-1]
    assert len(set(pieces)) == sum(piece != before for piece, before in zip(pieces, [None, *pieces], strict=False))
