"""What search engines read on a page of ours is right in the eyes of a validator that nobody here wrote."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from hub.web import json_ld
from tests.support.board_jobs import ALL
from tests.support.board_rows import fill, own_database
from tests.support.events import measure, vacancy
from tests.support.structured_data import Item, complaints, items_of, needs_npm
from tests.support.web import board_app

pytestmark = [pytest.mark.browser, needs_npm]

BARE = vacancy(
    source_id="BARE", title="Stelle mit dem Nötigsten", description=None, industry=None, contact=None, pay=None,
    working_time=[], weekly_hours=None, contract_term="UNKNOWN", start_on=None, published_until=None,
    employer=None, external_references=[],
    workplace={"country": "DE"} | dict.fromkeys(("plz", "place", "street", "ags", "latitude", "longitude")),
)  # fmt: skip
AT_HOME = vacancy(source_id="HOME", working_time=["HEIM_TELEARBEIT", "TEILZEIT"], contract_term="BEFRISTET")
HOSTILE = vacancy(source_id="HOSTILE", title='</script><script>alert("1")</script>', description="<b>]]>&</b>\u2028")
SCHEME = measure(source_id="SCHEME", theme="BESCHAEFTIGUNG", instrument="AGH", title="Arbeitsgelegenheit im Park")


@pytest.fixture(scope="module")
def client(database_url: str) -> Iterator[TestClient]:
    with own_database(database_url) as url:
        fill(url, *ALL, BARE, AT_HOME, HOSTILE, SCHEME)
        with TestClient(board_app(url)) as client:
            yield client


def _pages(client: TestClient) -> dict[str, list[Item]]:
    listed = (
        client.get("/api/v1/jobs?size=100").json()["jobs"] + client.get("/api/v1/measures?size=100").json()["measures"]
    )
    return {one["links"]["html"]: items_of(client.get(one["links"]["html"]).text) for one in listed}


def test_every_page_of_one_job_or_measure_is_accepted(client: TestClient) -> None:
    pages = _pages(client)
    kinds = {path: [item["@type"] for item in items] for path, items in pages.items()}
    items = [(path, item) for path, items in pages.items() for item in items]
    found = complaints([item for _, item in items])

    assert {path: issues for (path, _), issues in zip(items, found, strict=True) if issues} == {}
    assert kinds.pop("/massnahmen/coesfeld:SCHEME") == []
    assert {path: kind for path, kind in kinds.items() if kind != [_kind(path)]} == {}
    assert len(kinds) > 12


def _kind(path: str) -> str:
    return "JobPosting" if path.startswith("/stellen/") else "Course"


MUTANTS: dict[str, Any] = {
    "no title": lambda item: item.pop("title"),
    "no place": lambda item: item.pop("jobLocation"),
    "no country": lambda item: item["jobLocation"]["address"].pop("addressCountry"),
    "no employer": lambda item: item.pop("hiringOrganization"),
    "a day nobody can read": lambda item: item.update(datePosted="gestern"),
    "a property of our own": lambda item: item.update(arbeitszeit="vz"),
    "a type of our own": lambda item: item.update(hiringOrganization={"@type": "Arbeitgeber", "name": "x"}),
}


@pytest.mark.parametrize("what", MUTANTS)
def test_a_fault_in_the_markup_is_found(client: TestClient, what: str) -> None:
    [item] = items_of(client.get("/stellen/borken:T-2").text)
    MUTANTS[what](item)

    assert complaints([item]) != [[]]


def test_lists_and_ended_jobs_have_no_markup(client: TestClient) -> None:
    paths = [
        "/",
        "/stellen",
        "/massnahmen",
        "/stellen/borken:T-ENDED",
        "/stellen/borken:T-EXPIRED",
        "/massnahmen/coesfeld:M-ENDED",
    ]

    assert {path: items_of(client.get(path).text) for path in paths} == {path: [] for path in paths}


def test_a_job_says_what_search_engines_recommend(client: TestClient) -> None:
    [item] = items_of(client.get("/stellen/borken:T-2").text)

    assert item["validThrough"] == "2027-01-25T23:59:59+01:00"
    assert item["directApply"] is False
    assert item["identifier"] == {"@type": "PropertyValue", "name": "Jobcenter Kreis Borken", "value": "T-2"}
    assert item["url"] == "http://testserver/stellen/borken:T-2"


def test_a_job_is_valid_until_the_end_of_its_last_day() -> None:
    last = datetime.datetime.fromisoformat(str(json_ld._to_midnight("2026-07-31")))

    assert last.astimezone(datetime.UTC) == datetime.datetime(2026, 7, 31, 21, 59, 59, tzinfo=datetime.UTC)


def test_a_course_names_its_dates_and_its_provider(client: TestClient) -> None:
    [item] = items_of(client.get("/massnahmen/coesfeld:M-2026-0815").text)

    assert item["provider"] == {"@type": "Organization", "name": "Akademie Kortmann"}
    instance = item["hasCourseInstance"]
    assert (instance["startDate"], instance["endDate"], instance["remainingAttendeeCapacity"]) == (
        "2026-12-08",
        "2027-06-07",
        13,
    )
