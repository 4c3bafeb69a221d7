"""Fixtures of class 63: what an HTTP service may answer instead of a listing. Two known offers both stay."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import stamina

from connectors.errors import Retry, Stop
from tests.bad_input import rows
from tests.bad_input.fixture import CANARY, CheckFixture, jobcenter_for
from tests.support.http_office import JSON, Asked, HttpOffice, Says, http_office, says
from tests.support.sources import fetching

_Answer = Callable[[Asked, HttpOffice], Says]
_SOUND = [rows.sound("1"), rows.sound("2")]


def _whole(asked: Asked, office: HttpOffice) -> Says:
    return says({"items": _SOUND, "total": 2})


def _after(answer: _Answer) -> tuple[str | None, int, int]:
    """Code the answer leads to, how many of the two offers are on offer afterwards, and how many once it is over."""
    options = {
        "items": "items", "total": "total", "every_minutes": 10**8, "megabytes_max": 1,
        "paging": {"kind": "cursor", "next": "next", "parameter": "at"},
    }  # fmt: skip
    stamina.set_testing(True, attempts=2, cap=True)
    try:
        with http_office() as office, tempfile.TemporaryDirectory() as folder:
            source = rows.source("rest_json", "x", {"options": {**options, "url": f"{office.url}/x"}, "files": None})
            with fetching(Path(folder), jobcenter_for("testa", {"s": source}), "s") as one:
                office.answer = lambda asked: _whole(asked, office)
                one.fetch()
                office.answer = lambda asked: answer(asked, office)
                code = _looked(one)
                kept = len(one.state.active("vacancy", "s"))
                office.answer = lambda asked: _whole(asked, office)
                _looked(one)
                return code, kept, len(one.state.active("vacancy", "s"))
    finally:
        stamina.set_testing(False)


def _looked(one: Any) -> str | None:
    spool = one.source._spool
    spool.remember({name: value for name, value in spool.recall().items() if name != "looked_at"})
    try:
        reports = one.fetch()
    except (Retry, Stop) as error:
        return error.code if CANARY not in str(error) else f"{error.code} tells a value"
    return reports[-1]["reason"] if reports else None


def _pages(*pages: Any) -> _Answer:
    def answer(asked: Asked, office: HttpOffice) -> Says:
        said = pages[int(asked.parameters.get("at", "0"))]
        return said if isinstance(said, Says) else says(said)

    return answer


def _always(said: Says) -> _Answer:
    return lambda asked, office: said


def _fixture(what: str, outcome: Any, code: str | None, answer: _Answer) -> CheckFixture:
    return CheckFixture(63, what, outcome, lambda: _after(answer), (code, 2, 2), where="rest_json", code=code)


_HTML = {"Content-Type": "text/html"}
_ONE = {"items": _SOUND[:1], "total": 2, "next": "1"}
FIXTURES = [
    _fixture("sign-in page", "D", "E409", _always(Says(body=f"<html>{CANARY}".encode(), headers=_HTML))),
    _fixture("sign-in page that says JSON", "D", "E409", _always(Says(body=f"<html>{CANARY}".encode()))),
    _fixture("not signed in", "D", "E402", _always(Says(401))),
    _fixture("too many requests", "W", "E407", _always(Says(429, headers={"Retry-After": "120"}))),
    _fixture("error on the second page", "W", "E407", _pages(_ONE, Says(500))),
    _fixture("second page cut off", "W", "E407", _pages(_ONE, Says(body=b'{"items": [', claims=9999))),
    _fixture("second page missing", "W", "E502", _pages({**_ONE, "next": None})),
    _fixture("pages that shift", "W", "E502", _pages(_ONE, {"items": _SOUND[:1], "total": 2})),
    _fixture("total changes", "W", "E502", _pages(_ONE, {"items": [], "total": 1})),
    _fixture("empty list", "W", "E306", _pages({"items": [], "total": 0})),
    _fixture("pages without end", "D", "E409", _always(says({**_ONE}))),
    _fixture("redirect", "D", "E409", _always(Says(302, headers={"Location": "/x"}))),
    _fixture(
        "other type of content", "D", "E409", _always(Says(body=b"Nr;Titel", headers={"Content-Type": "text/csv"}))
    ),
    _fixture("two megabytes", "D", "E409", _always(Says(body=b"[" + b" " * (2 << 20)))),
    _fixture("packed", "D", "E409", _always(Says(headers={**JSON, "Content-Encoding": "gzip"}))),
    _fixture("nothing has changed", "OK", None, _always(Says(304))),
]
