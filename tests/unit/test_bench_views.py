"""The bench of page views takes no wrong answer for a right one."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.bench.view import SHARES, View, read, write
from tests.bench.w9 import visits
from tests.support.http_office import Asked, Says, http_office

VIEW = View("/stellen", ("2 Stellen gefunden",), ("<article", 2))
RIGHT = b"<h2>2 Stellen gefunden</h2><article></article><article></article></html>\n"


def test_the_right_page_has_no_fault() -> None:
    assert VIEW.fault(200, RIGHT) is None


@pytest.mark.parametrize(
    "status, body, fault",
    [
        (503, RIGHT, "status 503"),
        (200, RIGHT.replace(b"2 Stellen", b"12 Angebote"), "without"),
        (200, RIGHT.replace(b"<article></article>", b"", 1), "1 entries, not 2"),
        (200, RIGHT[:-5], "cut off"),
    ],
)
def test_a_wrong_answer_is_named(status: int, body: bytes, fault: str) -> None:
    assert fault in (VIEW.fault(status, body) or "")


def test_the_visitors_read_what_was_written_for_them(tmp_path: Path) -> None:
    views = {"results": [VIEW], "ended": [View("/stellen/alt", ("<h1",), status=410, end="")]}
    write(tmp_path / "views.json", views)
    assert views == read(tmp_path / "views.json")


def test_the_shares_are_out_of_a_hundred() -> None:
    assert 100 == sum(SHARES.values())


@pytest.mark.skipif(not find_spec("locust"), reason="locust is not installed")
def test_the_visitors_tell_which_answers_were_wrong_and_no_others(tmp_path: Path) -> None:
    views = {page: [VIEW] for page in SHARES} | {
        "job": [replace(VIEW, path="/stellen/neu", marks=("Titel",))],
        "courses": [replace(VIEW, path="/massnahmen")],
        "ended": [View("/stellen/alt", ("<h1",), status=410, end="<h1>")],
    }

    def answer(asked: Asked) -> Says:
        if asked.path == "/stellen/alt":
            return Says(410, b"<h1>")
        return Says(body=RIGHT[:-5], claims=len(RIGHT)) if asked.path == "/massnahmen" else Says(body=RIGHT)

    with http_office() as office:
        office.answer = answer
        found = visits(tmp_path, office.url, views, 1)
    assert found["views"] == len(office.asked)
    assert {"/stellen/neu", "/massnahmen"} == {fault.partition(":")[0] for fault, _ in found["faults"]}


def test_visitors_that_could_not_begin_are_no_figures(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with"):
        visits(tmp_path, "no address", {}, 1)
