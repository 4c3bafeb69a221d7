"""When a delivery is due: by the calendar of the source, with the holidays of North Rhine-Westphalia."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import holidays
import pytest
from pydantic import ValidationError

from schemas import due
from schemas.due import BERLIN, is_working_day, next_due, overdue_since
from schemas.expect import Calendar
from schemas.jobcenter import SourceConfig


def source(*, every_hours: float = 24, **calendar: Any) -> SourceConfig:
    """A source with that calendar, or without one."""
    base = {"event": "vacancy", "type": "csv_file", "load": "full", "key": "{Nr}", "columns": {}}
    expect = {"calendar": calendar} if calendar else {}
    return SourceConfig.model_validate({**base, "every_hours": every_hours, "expect": expect})


def at(text: str) -> datetime:
    """A time on the clocks of Münster."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


WEEKDAYS = source(by="07:00", except_=["2026-12-24"])


@pytest.mark.parametrize(
    "last, due_at",
    [
        ("2026-11-24 06:02", "2026-11-25 07:00"),  # Tuesday's came; Wednesday's is next
        ("2026-11-23 23:50", "2026-11-25 07:00"),  # Monday night's export is Tuesday's
        ("2026-11-23 09:30", "2026-11-24 07:00"),  # what came late on Monday is not Tuesday's
        ("2026-11-20 06:00", "2026-11-23 07:00"),  # nothing on Saturday and Sunday
        ("2026-06-03 06:00", "2026-06-05 07:00"),  # Fronleichnam
        ("2026-02-13 06:00", "2026-02-16 07:00"),  # Rosenmontag is a day like any other
        ("2026-12-23 06:00", "2026-12-28 07:00"),  # Christmas Eve by `except`, the holidays, a weekend
        ("2026-10-23 06:00", "2026-10-26 07:00"),  # seven o'clock stays seven o'clock when the clocks change
    ],
)
def test_the_next_delivery_is_due_on_the_next_day_of_the_calendar(last: str, due_at: str) -> None:
    assert at(due_at) == next_due(WEEKDAYS, at(last))


def test_without_holidays_fronleichnam_would_raise_an_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "_holidays", lambda: holidays.country_holidays("DE", subdiv="NI"))

    assert at("2026-06-04 07:00") == next_due(WEEKDAYS, at("2026-06-03 06:00"))


def test_a_source_may_deliver_on_holidays_and_on_days_of_its_own() -> None:
    assert at("2026-06-04 07:00") == next_due(source(holidays=None), at("2026-06-03 06:00"))
    assert at("2026-11-29 21:30") == next_due(source(days=["so"], by="21:30"), at("2026-11-23 06:00"))


@pytest.mark.parametrize(
    "last, due_at, hours",
    [
        ("2026-11-24 06:00", "2026-11-25 12:00", 24),
        ("2026-11-20 06:00", "2026-11-23 12:00", 24),  # Saturday and Sunday do not count
        ("2026-06-03 06:00", "2026-06-05 12:00", 24),  # nor does Fronleichnam
        ("2026-11-24 06:00", "2026-11-24 07:15", 1),
        ("2026-11-21 06:00", "2026-11-23 01:15", 1),  # delivered on a Saturday: its time begins on Monday
    ],
)
def test_without_a_calendar_working_time_counts_and_a_quarter_is_allowed(last: str, due_at: str, hours: float) -> None:
    assert at(due_at) == next_due(source(every_hours=hours), at(last))


def test_a_delivery_is_overdue_from_its_time_on() -> None:
    last = at("2026-11-23 06:00")

    assert None is overdue_since(WEEKDAYS, last, at("2026-11-24 06:59"))
    assert at("2026-11-24 07:00") == overdue_since(WEEKDAYS, last, at("2026-11-24 07:00"))


@pytest.mark.parametrize(
    "day, expected",
    [("2026-06-04", False), ("2026-11-28", False), ("2026-02-16", True), ("2026-11-24", True), ("2026-05-01", False)],
)
def test_working_days(day: str, expected: bool) -> None:
    assert expected is is_working_day(date.fromisoformat(day))


@pytest.mark.parametrize(
    "wrong", [{"by": "7 Uhr"}, {"by": "24:00"}, {"days": []}, {"days": ["mon"]}, {"holidays": "XX"}]
)
def test_a_calendar_that_says_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Calendar.model_validate(wrong)
