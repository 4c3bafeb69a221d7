"""Deliveries nobody has seen before go through the whole hub: each count, refusal and value is as it must be."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2 as httpx
import psycopg
import pytest
from psycopg.rows import dict_row

from hub.demo.place import Place
from hub.demo.store import demo_database
from tests.support.demo import demo, trace
from tests.support.synthetic import Truth, generate
from tests.support.synthetic.model import Course

pytestmark = pytest.mark.integration
JOBCENTERS = ["borken", "coesfeld", "muenster", "steinfurt", "warendorf"]
SEED = 20261122


@dataclass
class Played:
    """A demo over generated deliveries, still running."""

    truth: Truth
    account: dict[str, Any]
    data: Path
    database_url: str
    web: httpx.Client
    jobs: dict[str, tuple[int, dict[str, Any]]]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("synthetic")
    truth = generate(folder / "deliveries", SEED)
    with demo(folder / "data", "--deliveries", str(folder / "deliveries")) as running:
        account = running.account()
        with demo_database(Place(folder / "data")) as url, httpx.Client(base_url=account["web"], timeout=30) as web:
            jobs = {}
            for entity in truth.values:
                answer = web.get(f"/api/v1/jobs/{entity}")
                jobs[entity] = (answer.status_code, answer.json())
            yield Played(truth, account, folder / "data", url, web, jobs)


@pytest.mark.parametrize("event", ["vacancy", "measure", "placement"])
@pytest.mark.parametrize("jobcenter", JOBCENTERS)
def test_every_row_is_counted_with_what_became_of_it(played: Played, jobcenter: str, event: str) -> None:
    expected = played.truth.events[jobcenter][event]
    found = played.account["jobcenters"][jobcenter][event]
    counts = {name: count for name, count in found.items() if name != "rejected_by_code" and count}
    assert {name: count for name, count in expected.counts.items() if count} == counts
    assert dict(sorted(expected.codes.items())) == found["rejected_by_code"]


def test_all_is_accounted_for_and_the_board_has_as_many_vacancies_as_are_open(played: Played) -> None:
    assert (True, 0, played.truth.open_on_board) == (
        played.account["ok"],
        played.account["unaccounted"],
        played.account["board"]["vacancies"],
    )


@pytest.mark.parametrize("jobcenter", JOBCENTERS)
def test_trace_tells_of_every_refused_row_which_rule_it_breaks(played: Played, jobcenter: str) -> None:
    expected, found = {}, {}
    for event in played.truth.events[jobcenter].values():
        for source_id, code in event.rejected.items():
            told = trace(f"{jobcenter}:{source_id}", played.data, played.database_url)
            refusals = [version["code"] for version in told["versions"] if version["outcome"] == "rejected"]
            expected[source_id], found[source_id] = code, refusals[-1] if refusals else told["outcome"]
    assert expected == found


@pytest.mark.parametrize("jobcenter", JOBCENTERS)
def test_every_value_of_every_open_job_arrives(played: Played, jobcenter: str) -> None:
    wrong = {}
    for entity, expected in played.truth.values.items():
        if entity.startswith(f"{jobcenter}:"):
            status, answer = played.jobs[entity]
            until = expected["published_until"]
            over = until is not None and date.fromisoformat(until) < played.truth.days[-1]
            different = {} if over else _differences(expected, answer)
            if different or status != (410 if over else 200):
                wrong[entity] = (status, different)
    assert {} == wrong


def test_a_wrong_value_of_whatever_field_would_be_noticed(played: Played) -> None:
    entity, expected = next(
        (entity, values) for entity, values in played.truth.values.items()
        if values["visibility"] == "PUBLIC" and played.jobs[entity][0] == 200
    )  # fmt: skip
    answer = played.jobs[entity][1]
    noticed = {name for name in expected if _differences(expected | {name: "wrong"}, answer).keys() == {name}}
    assert (set(expected), {}) == (noticed, _differences(expected, answer))


def _differences(expected: dict[str, Any], answer: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Field -> expected and actual value, where they differ."""
    if "code" in answer:
        return {"code": (None, answer["code"])}
    actual = {name: _got(answer, name, value) for name, value in expected.items()}
    return {name: (value, actual[name]) for name, value in expected.items() if value != actual[name]}


def _got(answer: dict[str, Any], name: str, expected: Any) -> Any:
    if name in ("email", "phone"):
        return (answer["contact"] or {}).get(name)
    if name == "industry":
        return (answer["industry"] or {}).get("code")
    if name == "pay":
        pay = answer["pay"]
        return (Decimal(str(pay["min"])), Decimal(str(pay["max"])), pay["currency"], pay["period"]) if pay else None
    if name == "description" and "<script>" in expected:
        return expected if answer[name] == "Vorn fett hinten" else answer[name]
    if name == "description":
        return answer[name] or ""
    return answer[name]


@pytest.mark.parametrize("jobcenter", JOBCENTERS)
def test_what_ended_is_gone_and_says_why(played: Played, jobcenter: str) -> None:
    with psycopg.connect(played.database_url) as connection:
        rows = connection.execute(
            "SELECT source_id, end_reason FROM reporting.vacancy WHERE jobcenter = %s AND ended", (jobcenter,)
        ).fetchall()
    assert played.truth.events[jobcenter]["vacancy"].ended == dict(rows)
    open_again = [
        key for key, _ in rows if played.web.get(f"/api/v1/jobs/{jobcenter}:{key}").status_code not in (404, 410)
    ]
    assert [] == open_again


@pytest.mark.parametrize("jobcenter", JOBCENTERS)
def test_every_value_of_every_course_arrives(played: Played, jobcenter: str) -> None:
    rows = _rows(played, "SELECT * FROM reporting.measure WHERE jobcenter = %s AND NOT ended", jobcenter)
    expected = {key: _course(one) for key, one in played.truth.events[jobcenter]["measure"].open.items()}
    found = {key: {name: row[name] for name in expected.get(key, row)} for key, row in rows.items()}
    assert expected == found


def _course(one: Course) -> dict[str, Any]:
    return {
        "title": one.title,
        "instrument": one.instrument,
        "theme": one.theme,
        "provider": one.provider,
        "measure_number": one.number or None,
        "location_plz": one.plz,
        "location_place": one.place,
        "location_ags": one.ags or None,
        "start_on": one.start,
        "end_on": one.end,
        "seats": one.seats,
        "seats_free": one.free,
        "funder": {"FBW": "AGENTUR_FUER_ARBEIT", "STAFF": "OTHER"}.get(one.instrument, "JOBCENTER"),
        "outcomes_entries": _large(one.entries),
        "outcomes_exits": _large(one.exits),
        "outcomes_early_exits": _large(one.early),
        "outcomes_employed_after_6_months": _large(one.employed),
    }


def _large(count: int) -> int | None:
    return None if count in (1, 2) else count


@pytest.mark.parametrize("jobcenter", JOBCENTERS)
def test_every_value_of_every_placement_arrives(played: Played, jobcenter: str) -> None:
    rows = _rows(played, "SELECT * FROM reporting.placement WHERE jobcenter = %s", jobcenter)
    expected = {
        key: (one.month, one.kind, one.kldb3, one.kreis, one.subsidy or "NONE", 1)
        for key, one in played.truth.events[jobcenter]["placement"].open.items()
    }
    names = ("month", "placement_type", "kldb3", "kreis", "subsidy", "openings_filled")
    assert expected == {key: tuple(row[name] for name in names) for key, row in rows.items()}


def _rows(played: Played, query: str, jobcenter: str) -> dict[str, dict[str, Any]]:
    with psycopg.connect(played.database_url, row_factory=dict_row) as connection:
        return {row["source_id"]: row for row in connection.execute(query, (jobcenter,)).fetchall()}


def test_no_answer_names_an_employer_who_does_not_want_it_or_shows_an_internal_job(played: Played) -> None:
    answers = [str(answer) for _, answer in played.jobs.values()]
    pages = [f"/?page={page}&size=100" for page in range(1, 6)] + [
        "/sitemap/stellen-1.xml",
        "/stellen.atom",
        "/massnahmen",
    ]
    anonymous = [key for key, values in played.truth.values.items() if values["visibility"] == "ANONYMOUS"]
    answers += [
        html.unescape(played.web.get(page).text) for page in [*pages, *(f"/stellen/{key}" for key in anonymous)]
    ]
    searches = {word: played.web.get("/api/v1/jobs", params={"was": word}).json() for word in played.truth.hidden}
    everything = "\n".join(answers).casefold()
    assert [] == [word for word in played.truth.hidden if word.casefold() in everything]
    assert [] == [word for word, found in searches.items() if found["total"] and not found["fuzzy"]]
    assert len(anonymous) > 5
