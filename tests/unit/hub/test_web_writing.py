"""Values as Germans and the English write them, and how fresh a job is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from hub.web import freshness, writing
from hub.web.freshness import Confirmations, Confirmed
from hub.web.texts import Language, Translate

TODAY = date(2026, 11, 24)
GERMAN, ENGLISH = Translate("de"), Translate("en")


def _job(**changes: Any) -> dict[str, Any]:
    return {
        "pay": {"min": 1234.5, "max": 18, "currency": "EUR", "period": "MONTH"},
        "published_from": "2026-11-23",
        "published_until": None,
        "changed_at": "2026-11-20T08:00:00+00:00",
        "reported_by": [{"jobcenter": "borken", "source_id": "1"}],
        **changes,
    }


@pytest.mark.parametrize(
    "language, day, number, km, hours",
    [
        ("de", "24.11.2026", "1.234.567", "3,4 km", "38,5"),
        ("en", "24 November 2026", "1,234,567", "3.4 km", "38.5"),
    ],
)
def test_values_are_written_by_language(language: Language, day: str, number: str, km: str, hours: str) -> None:
    assert writing.plain_day(TODAY, language) == day
    assert writing.day("2026-11-24", language) == f'<time datetime="2026-11-24">{day}</time>'
    assert writing.number(1234567, language) == number
    assert writing.km(3.42, language) == km
    assert writing.km(23.4, language) == "23 km"
    assert writing.decimal(38.5, language) == hours


def test_pay_is_written_by_language() -> None:
    assert writing.pay(_job(), GERMAN) == "1.234,50 bis 18 € im Monat"
    assert writing.pay(_job(), ENGLISH) == "€1,234.50 to €18 a month"
    only_from = {"min": 15, "max": None, "currency": "CHF", "period": "UNKNOWN"}
    assert writing.pay(_job(pay=only_from), GERMAN) == "ab 15 CHF"
    assert writing.pay(_job(pay=only_from), ENGLISH) == "from CHF 15"


def test_a_german_text_is_marked_on_an_english_page_and_escaped() -> None:
    assert writing.in_german("Lagerei <1>", "en") == '<span lang="de">Lagerei &lt;1&gt;</span>'
    assert writing.in_german("Lagerei", "de") == "Lagerei"


@pytest.mark.parametrize(
    "until, said",
    [
        (None, ""),
        ("2026-11-23", ""),
        ("2026-11-24", "endet heute"),
        ("2026-11-25", "endet morgen"),
        ("2026-11-27", "endet in 3 Tagen"),
        ("2026-12-01", "endet in 7 Tagen"),
        ("2026-12-02", ""),
    ],
)
def test_a_job_says_when_it_ends_soon(until: str | None, said: str) -> None:
    assert freshness.ends_soon(_job(published_until=until), TODAY, GERMAN) == said


@pytest.mark.parametrize("published, new", [("2026-11-24", True), ("2026-11-22", True), ("2026-11-21", False)])
def test_a_job_is_new_for_two_days(published: str, new: bool) -> None:
    assert freshness.is_new(_job(published_from=published), TODAY) is new


@pytest.mark.parametrize(
    "delivered, said",
    [
        (datetime(2026, 11, 24, 8, 40, tzinfo=UTC), "geprüft heute 09:40"),
        (datetime(2026, 11, 23, 23, 30, tzinfo=UTC), "geprüft heute 00:30"),  # the day is the one in Berlin
        (datetime(2026, 11, 23, 17, 5, tzinfo=UTC), "geprüft gestern 18:05"),
        (datetime(2026, 11, 21, 17, 5, tzinfo=UTC), "geprüft am 21.11.2026"),
        (datetime(2026, 11, 1, 17, 5, tzinfo=UTC), "geprüft am 20.11.2026"),  # changed since, so it was there then
    ],
)
def test_a_job_says_when_it_was_last_confirmed(delivered: datetime, said: str) -> None:
    assert freshness.confirmed(_job(), {"borken": delivered}, TODAY, GERMAN) == said


def test_nothing_is_claimed_of_a_jobcenter_that_never_delivered_whole() -> None:
    assert freshness.confirmed(_job(), {"coesfeld": datetime(2026, 11, 24, tzinfo=UTC)}, TODAY, GERMAN) == ""


async def test_deliveries_are_asked_for_now_and_then_and_not_again_at_once_after_a_failure() -> None:
    clock, asked = [0.0], 0

    async def ask() -> Confirmed:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise psycopg.OperationalError
        return {"borken": datetime(2026, 11, 24, tzinfo=UTC)}

    confirmations = Confirmations(lambda: clock[0])
    first = await confirmations.get(ask)
    clock[0] = 19
    assert await confirmations.get(ask) is first
    clock[0] = 21
    with pytest.raises(psycopg.OperationalError):
        await confirmations.get(ask)
    assert await confirmations.get(ask) is first
    assert asked == 2
