"""A listing over HTTP: whole or not, and never taken for whole when it is not; only the service that was named."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
import stamina

from connectors import listing
from connectors.checks import check_file
from connectors.errors import Retry, Stop
from connectors.http_client import checked_url, retry_after
from schemas.jobcenter import ConfigurationError
from tests.support.deliveries import GOOD, VACANCY_COLUMNS, counts, small_jobcenter
from tests.support.http_office import JSON, Asked, HttpOffice, Says, http_office, says
from tests.support.sources import FetchingConnector, fetching


@pytest.fixture
def office() -> Iterator[HttpOffice]:
    with http_office() as one:
        yield one


@pytest.fixture(autouse=True)
def impatient() -> Iterator[None]:
    stamina.set_testing(True, attempts=3, cap=True)
    yield
    stamina.set_testing(False)


def vacancies(*numbers: int, **cells: str) -> list[dict[str, str]]:
    return [{**GOOD, "Nr": str(number), "geheim": "Kanarienvogel", **cells} for number in numbers]


@contextmanager
def asking(office: HttpOffice, tmp_path: Path, load: str = "full", **options: Any) -> Iterator[FetchingConnector]:
    made = {"url": f"{office.url}/stellen", "items": "daten", "every_minutes": 60 * 24 * 365 * 100, **options}
    config: dict[str, Any] = {
        "type": "rest_json",
        "load": load,
        "files": None,
        "options": made,
        "columns": VACANCY_COLUMNS,
    }
    with fetching(tmp_path, small_jobcenter(**config)) as one:
        yield one


def again(one: FetchingConnector) -> list[dict[str, Any]]:
    """The period is over: the next look."""
    spool = one.source._spool  # type: ignore[attr-defined]
    spool.remember({name: value for name, value in spool.recall().items() if name != "looked_at"})
    return one.fetch()


# ------------------------------------------------------------------------------------------------------ whole listings


def pages_by_number(of: list[list[dict[str, str]]], total: int | None = None) -> Any:
    def answer(asked: Asked) -> Says:
        place = int(asked.parameters.get("seite", "1")) - 1
        found = of[place] if place < len(of) else []
        return says({"daten": found, "anzahl": sum(map(len, of)) if total is None else total})

    return answer


def pages_by_cursor(of: list[list[dict[str, str]]]) -> Any:
    def answer(asked: Asked) -> Says:
        place = int(asked.parameters.get("ab", "0"))
        following = str(place + 1) if place + 1 < len(of) else None
        return says({"daten": of[place], "weiter": following, "anzahl": sum(map(len, of))})

    return answer


def pages_by_link(of: list[list[dict[str, str]]]) -> Any:
    def answer(asked: Asked) -> Says:
        place = int(asked.parameters.get("s", "0"))
        more = (
            {"Link": f'</stellen?s=0>; rel="first", </stellen?s={place + 1}>; rel="next"'}
            if place + 1 < len(of)
            else {}
        )
        return says({"daten": of[place], "anzahl": sum(map(len, of))}, **more)

    return answer


WAYS: dict[str, tuple[Any, dict[str, Any]]] = {
    "page": (pages_by_number, {"paging": {"kind": "page", "parameter": "seite"}, "total": "anzahl"}),
    "cursor": (pages_by_cursor, {"paging": {"kind": "cursor", "parameter": "ab", "next": "weiter"}}),
    "link": (pages_by_link, {"paging": {"kind": "link"}}),
}
each_way = pytest.mark.parametrize("way", WAYS)


@each_way
def test_all_pages_are_one_delivery(office: HttpOffice, tmp_path: Path, way: str) -> None:
    pages, options = WAYS[way]
    office.answer = pages([vacancies(1, 2), vacancies(3, 4), vacancies(5)])
    with asking(office, tmp_path, **options, parameters={"status": "offen"}) as one:
        (report,) = one.fetch()

        assert (True, {"rows_read": 5, "sent_new": 5}) == (report["complete"], counts(report))
        assert ["geheim"] == report["unmapped_columns"]
        assert [] == one.fetch()  # not before the next period
    assert "offen" == office.asked[0].parameters["status"]
    assert 3 == len(office.asked)


@each_way
def test_a_page_that_fails_leaves_everything_as_it_was(office: HttpOffice, tmp_path: Path, way: str) -> None:
    pages, options = WAYS[way]
    first = pages([vacancies(1, 2), vacancies(3, 4)])
    office.answer = first
    with asking(office, tmp_path, **options) as one:
        one.fetch()
        second = {"page": ("seite", "2"), "cursor": ("ab", "1"), "link": ("s", "1")}[way]
        office.answer = lambda asked: Says(500) if second in asked.parameters.items() else first(asked)
        with pytest.raises(Retry, match="E407"):
            again(one)
        assert 4 == len(one.state.active("vacancy", "stellen"))
        office.answer = first

        assert [{"rows_read": 4, "unchanged": 4}] == [counts(report) for report in one.fetch()]


@pytest.mark.parametrize("total", [3, 5, None])
def test_a_listing_that_does_not_match_its_total_ends_nothing(
    office: HttpOffice, tmp_path: Path, total: int | None
) -> None:
    _, options = WAYS["page"]
    office.answer = pages_by_number([vacancies(*range(1, 11))])
    with asking(office, tmp_path, **options) as one:
        one.fetch()
        if total is None:  # it changes from page to page
            totals = iter([4, 3])
            office.answer = lambda asked: says(
                {"daten": vacancies(1, 2) if asked.parameters["seite"] == "1" else vacancies(3), "anzahl": next(totals)}
            )
        elif total == 3:  # of what is there not all comes: the last page is empty too early
            office.answer = pages_by_number([vacancies(1, 2)], total)
        else:
            office.answer = pages_by_number([vacancies(1, 2), vacancies(3)], total)
        (report,) = again(one)

        assert (False, "HELD", "E502", 0) == (
            report["complete"],
            report["state"],
            report["reason"],
            report["sent_ended"],
        )
        assert 10 == len(one.state.active("vacancy", "stellen"))


def test_pages_that_shift_end_nothing(office: HttpOffice, tmp_path: Path) -> None:
    _, options = WAYS["link"]
    office.answer = pages_by_link([vacancies(1, 2), vacancies(3, 4)])
    with asking(office, tmp_path, **options) as one:
        one.fetch()
        office.answer = pages_by_link([vacancies(1, 2), vacancies(2, 4)])
        (report,) = again(one)

        assert (False, 0, 1) == (report["complete"], report["sent_ended"], report["held"])


def test_if_totals_were_not_compared_offers_would_be_ended(
    office: HttpOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, options = WAYS["page"]
    office.answer = pages_by_number([vacancies(1, 2, 3)])
    with asking(office, tmp_path, **options) as one:
        one.fetch()
        monkeypatch.setattr(
            listing.Listing, "whole", property(lambda self: True, lambda self, value: None), raising=False
        )
        office.answer = pages_by_number([vacancies(1, 2)], 3)
        (report,) = again(one)

        assert 1 == report["sent_ended"]


def test_page_numbers_without_a_total_are_refused_for_full_loads(office: HttpOffice, tmp_path: Path) -> None:
    with (
        pytest.raises(ConfigurationError, match="total"),
        asking(office, tmp_path, paging={"kind": "page", "parameter": "p"}),
    ):
        pass


def test_a_page_that_leads_back_to_itself_ends(office: HttpOffice, tmp_path: Path) -> None:
    office.answer = lambda asked: says({"daten": vacancies(1), "weiter": "7"})
    options = WAYS["cursor"][1]
    with asking(office, tmp_path, **options) as one, pytest.raises(Stop, match="E409"):
        one.fetch()


# -------------------------------------------------------------------------------------------------- nothing has changed


def test_nothing_new_is_asked_for_by_etag_and_believed(office: HttpOffice, tmp_path: Path) -> None:
    def answer(asked: Asked) -> Says:
        if asked.headers.get("If-None-Match") == '"a"':
            return Says(304)
        return says({"daten": vacancies(1)}, ETag='"a"')

    office.answer = answer
    with asking(office, tmp_path) as one:
        first, second = one.fetch(), again(one)

        assert ([1], []) == ([report["sent_new"] for report in first], second)
        assert '"a"' == office.asked[-1].headers["If-None-Match"]


def test_after_a_crash_the_fetched_listing_is_taken_and_not_asked_for_again(office: HttpOffice, tmp_path: Path) -> None:
    office.answer = lambda asked: says({"daten": vacancies(1)}, ETag='"a"')
    with asking(office, tmp_path) as one:
        one.fetch(settle=False)
        one.restart()
        assert ([], 1) == (one.fetch(), len(office.asked))
        assert [1] == [sent[1] for sent in one.sent()]
        again(one)
        assert '"a"' == office.asked[-1].headers["If-None-Match"]


def test_of_a_listing_that_was_not_settled_nothing_is_believed_unchanged(office: HttpOffice, tmp_path: Path) -> None:
    office.answer = lambda asked: says({"daten": vacancies(1)}, ETag='"a"')
    with asking(office, tmp_path) as one:
        one.source.deliveries(one.folder, None)  # fetched, never taken
        again(one)

        assert "If-None-Match" not in office.asked[-1].headers


def test_what_nobody_mapped_is_not_kept_on_disk(office: HttpOffice, tmp_path: Path) -> None:
    office.answer = lambda asked: says({"daten": vacancies(1)})
    with asking(office, tmp_path) as one:
        one.source.deliveries(one.folder, None)
        kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert (b"Kanarienvogel" in kept, b"48143" in kept) == (False, True)
        one.fetch()
        assert ["memory.json"] == [path.name for path in (tmp_path / "state" / "testa" / "stellen").iterdir()]


# ----------------------------------------------------------------------------------------------------- odd answers


ODD: dict[str, tuple[Says, type[Exception], str]] = {
    "sign-in page": (Says(200, b"<html>Anmelden</html>", {"Content-Type": "text/html"}), Stop, "E409"),
    "sign-in page that says JSON": (Says(200, b"<html>Kanarienvogel</html>"), Stop, "E409"),
    "other list": (says({"items": []}), Stop, "E409"),
    "redirect": (Says(302, b"", {"Location": "http://169.254.169.254/"}), Stop, "E409"),
    "too many": (Says(429, b"", {"Retry-After": "120"}), Retry, "E407"),
    "server error": (Says(500), Retry, "E407"),
    "down for a while": (Says(503, b"", {"Retry-After": "7"}), Retry, "E407"),
    "not signed in": (Says(401), Stop, "E402"),
    "not allowed": (Says(403), Stop, "E403"),
    "gone": (Says(404), Stop, "E409"),
    "too large": (Says(200, b"[" + b" " * (2 << 20) + b"]"), Stop, "E409"),
    "cut off": (Says(200, b'{"daten": [', JSON, claims=5000), Retry, "E407"),
    "packed": (Says(200, gzip.compress(b"[]"), {**JSON, "Content-Encoding": "gzip"}), Stop, "E409"),
    "not UTF-8": (Says(200, '{"daten": ["ü"]}'.encode("cp1252")), Stop, "E409"),
}


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_answer_is_waited_for_or_refused_and_nothing_ends(office: HttpOffice, tmp_path: Path, odd: str) -> None:
    said, reaction, code = ODD[odd]
    office.answer = lambda asked: says({"daten": vacancies(1, 2)})
    with asking(office, tmp_path, megabytes_max=1) as one:
        one.fetch()
        office.answer = lambda asked: said
        with pytest.raises(reaction, match=code) as caught:
            again(one)
        assert "Kanarienvogel" not in str(caught.value)
        assert 2 == len(one.state.active("vacancy", "stellen"))
        office.answer = lambda asked: says({"daten": vacancies(1, 2)})

        assert [2] == [report["unchanged"] for report in one.fetch()]


def test_retry_after_is_kept(office: HttpOffice, tmp_path: Path) -> None:
    office.answer = lambda asked: ODD["too many"][0]
    with asking(office, tmp_path) as one, pytest.raises(Retry) as caught:
        one.fetch()

    assert (120.0, 1) == (caught.value.after_seconds, len(office.asked))


def test_a_passing_error_is_tried_again_at_once(office: HttpOffice, tmp_path: Path) -> None:
    answers = iter([Says(502), Says(200, b"x", JSON, claims=10), says({"daten": vacancies(1)})])
    office.answer = lambda asked: next(answers)
    with asking(office, tmp_path) as one:
        assert [1] == [report["sent_new"] for report in one.fetch()]


@pytest.mark.parametrize(
    "said, seconds",
    [
        ("5", 5.0),
        ("0", 1.0),
        ("999999999999", 3600.0),
        ("Wed, 25 Nov 2026 12:02:00 GMT", 120.0),
        ("bald", 60.0),
        (None, 60.0),
        ("-1", 60.0),
        ("٣", 60.0),
    ],
)
def test_patience_has_bounds(said: str | None, seconds: float) -> None:
    assert seconds == retry_after(said, datetime(2026, 11, 25, 12, tzinfo=UTC))


# ------------------------------------------------------------------------------------------------------- who is asked


TRICKS = [
    "http://back.example.de/", "https://other.example.de/", "https://back.example.de.other.de/",
    "https://back.example.de@other.de/", "https://user:pw@back.example.de/", "https://back.example.de:8443/",
    "https://BACK.example.de\\@other.de/", "file:///etc/passwd", "ftp://back.example.de/", "//back.example.de/",
    "https://127.0.0.1/", "https://[::1]/", "https://2130706433/", "https://0x7f000001/", "https://169.254.169.254/",
    "https://back.example.de%2eother.de/", "https://back.example.de\t.other.de/", "https://back.example.de\n/",
    "gopher://back.example.de/", "https:back.example.de/", "https:///back.example.de/", "https://back.example.de:99999/",
    "javascript:alert(1)", "data:application/json,[]", "", "https://", "https://back\u3002example.de.other.de/",
    "https://ⓑack.example.de/", "https://back.example.de:443@other.de/", "https://other.de#@back.example.de/",
    "https://other.de?@back.example.de/", "https://other.de/@back.example.de/", "https://back.example.de..other.de/",
]  # fmt: skip


@pytest.mark.parametrize("url", TRICKS)
def test_no_other_host_is_asked(url: str) -> None:
    with pytest.raises(Stop, match="E409"):
        checked_url(url, frozenset({"back.example.de"}))


@pytest.mark.parametrize("url", ["https://back.example.de/x?y=1#z", "https://BACK.example.de"])
def test_the_named_host_is_asked(url: str) -> None:
    assert url == checked_url(url, frozenset({"back.example.de"}))


def test_a_next_page_on_another_host_is_not_followed(office: HttpOffice, tmp_path: Path) -> None:
    with http_office() as other:
        office.answer = lambda asked: says({"daten": vacancies(1)}, Link=f'<{other.url}/x>; rel="next"')
        with (
            asking(office, tmp_path, **WAYS["link"][1], token_env="TEST_TOKEN") as one,
            pytest.raises(Stop, match="E409"),
        ):
            one.fetch()
        assert [] == other.asked


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_TOKEN", "Kanarienvogel-Token")


def test_token_and_proxy_come_by_name(office: HttpOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_PROXY", office.url)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # of the environment nothing is taken
    office.answer = lambda asked: says({"daten": vacancies(1)})
    with asking(office, tmp_path, token_env="TEST_TOKEN", url="http://127.0.0.1:1/x", proxy_env="TEST_PROXY") as one:
        one.fetch()

    assert "Bearer Kanarienvogel-Token" == office.asked[0].headers["Authorization"]


@pytest.mark.parametrize(
    "options", [{"token_env": "TEST_MISSING"}, {"token_file": "/nowhere/token"}, {"proxy_env": "TEST_MISSING"}]
)
def test_a_missing_secret_is_said_at_the_start(office: HttpOffice, tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(Stop, match="E402"), asking(office, tmp_path, **options):
        pass


def test_a_wrong_certificate_is_a_security_event(
    tmp_path: Path, office: HttpOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ssl

    def refuse(*_: Any, **__: Any) -> Any:
        raise httpx2.ConnectError("x") from ssl.SSLCertVerificationError("x")

    with asking(office, tmp_path) as one:
        monkeypatch.setattr(httpx2.Client, "stream", refuse)
        with pytest.raises(Stop, match="E408"):
            one.fetch()


@pytest.mark.parametrize(
    "header, expected",
    [
        ('<a>; rel="next"', "a"), ("<a>; rel=next", "a"), ('<a>; rel="prev", <b>; rel="next last"', "b"),
        ('<a>; rel="prev"', None), ("", None), ('<a>; title="rel=next"; rel="x"', None), ("x" * 100_000, None),
    ],
)  # fmt: skip
def test_the_next_link_is_found(header: str, expected: str | None) -> None:
    assert expected == listing.next_link(header)


def test_a_saved_answer_can_be_checked_without_the_service(tmp_path: Path, office: HttpOffice) -> None:
    path = tmp_path / "antwort.json"
    path.write_text(json.dumps({"daten": vacancies(1, 2, Anzahl="x")}), "utf-8")
    options = {"url": "https://back.example.de/", "items": "daten"}
    config: dict[str, Any] = {"type": "rest_json", "files": None, "options": options, "columns": VACANCY_COLUMNS}
    found = check_file(small_jobcenter(**config), "stellen", path)

    assert (2, 0, {"E103": 2}) == (found.rows, found.valid, dict(found.codes))
    assert [] == office.asked
