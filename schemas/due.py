"""When the next delivery of a source is due: by its calendar, or by its usual interval in hours of working days."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Protocol
from zoneinfo import ZoneInfo

import holidays

from schemas.expect import WEEKDAYS, Calendar, Expect

BERLIN = ZoneInfo("Europe/Berlin")

# A delivery counts for the time it is at most so much early for: the export of Monday night is Tuesday's, and what
# came late on Monday morning is not.
_EARLY = timedelta(hours=12)
# A source without a calendar may be late by a quarter of its interval.
_SLACK = 1.25
_DAY = timedelta(days=1)


class Promise(Protocol):
    """What a source says of itself."""

    @property
    def every_hours(self) -> float: ...

    @property
    def expect(self) -> Expect: ...


@dataclass(frozen=True, slots=True)
class Daily:
    """The promise of a source that nobody described: one delivery a day, as most do."""

    every_hours: float = 24
    expect: Expect = field(default_factory=Expect)


def next_due(source: Promise, last: datetime) -> datetime:
    """Until when the delivery after the last one has to be there.

    Args:
        source: says what it promises.
        last: when a delivery was last complete; of a source that never delivered: since when one is waited for.
    """
    calendar = source.expect.calendar
    if calendar is None:
        return _after_working_time(last.astimezone(BERLIN), timedelta(hours=source.every_hours * _SLACK))
    earliest = last + _EARLY
    day = earliest.astimezone(BERLIN).date()
    while not _is_due_day(calendar, day) or _at(day, calendar.time) <= earliest:
        day += _DAY
    return _at(day, calendar.time)


def overdue_since(source: Promise, last: datetime, now: datetime) -> datetime | None:
    """Since when a delivery is missing; None while all is well."""
    due = next_due(source, last)
    return due if now >= due else None


def is_working_day(day: date) -> bool:
    """From Monday to Friday, and no public holiday of North Rhine-Westphalia. Rosenmontag is none."""
    return day.weekday() < 5 and day not in _holidays()


def _is_due_day(calendar: Calendar, day: date) -> bool:
    if calendar.holidays is not None and day in _holidays():
        return False
    return WEEKDAYS[day.weekday()] in calendar.days and day not in calendar.except_


def _after_working_time(begin: datetime, length: timedelta) -> datetime:
    """The moment when so much time of working days has passed."""
    at, left = begin, length
    while True:
        midnight = _at(at.date() + _DAY, time())
        if is_working_day(at.date()):
            # Aware times of one zone are subtracted by the clock on the wall: an hour is not lost twice a year.
            if left <= midnight - at:
                return at + left
            left -= midnight - at
        at = midnight


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, BERLIN)


@cache
def _holidays() -> holidays.HolidayBase:
    return holidays.country_holidays("DE", subdiv="NW")
