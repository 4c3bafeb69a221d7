"""Days, months and moments in the notations of exports; a day must exist in the calendar."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.errors import BadRow
from connectors.values.texts import text

BERLIN = ZoneInfo("Europe/Berlin")
_DATE_DE = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_DATE_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DATE_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_DAY_AND_TIME = re.compile(r"([0-9.-]{8,10})(?:[ T]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?")
_MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?$")
_MONTH = re.compile(r"(20[0-9]{2})-?(0[1-9]|1[0-2])")
_MONTH_DE = re.compile(r"(0?[1-9]|1[0-2])[./](20[0-9]{2})")
_STAMP = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.([0-9]{1,6}))?")


def date_de(value: Any) -> date:
    """31.12.2026."""
    return _calendar_day(_DATE_DE.fullmatch(_bare_day(value)), (3, 2, 1))


def date_iso(value: Any) -> date:
    """2026-12-31; a database may add midnight. A moment with a zone counts on clocks in Germany."""
    if isinstance(value, date):
        return day_of_timestamp(value) if isinstance(value, datetime) else value
    return _calendar_day(_DATE_ISO.fullmatch(_bare_day(value)), (1, 2, 3))


def date_any_excel(value: Any) -> date:
    """A date cell; a text cell counts if it is written 31.12.2026 or 2026-12-31. A bare number is no date."""
    if isinstance(value, date):
        return date_iso(value)
    bare = _bare_day(value)
    return date_iso(bare) if _DATE_ISO.fullmatch(bare) else date_de(bare)


def date_compact(value: Any) -> date:
    """20261231, as mainframes write it."""
    bare = text(value)
    return _calendar_day(_DATE_COMPACT.fullmatch(bare), (1, 2, 3))


def day_of_timestamp(value: Any) -> date:
    """The day on clocks in Germany: of 2026-11-22T23:30:00Z the 23rd, of 22.11.2026 05:12 the 22nd."""
    if isinstance(value, datetime):
        return value.astimezone(BERLIN).date() if value.tzinfo else value.date()
    if isinstance(value, date):
        return value
    bare = "" if isinstance(value, (bool, int, float)) else text(value)
    german = _DAY_AND_TIME.fullmatch(bare)
    if german is not None and _DATE_DE.fullmatch(german[1]):
        return date_de(german[1])
    return timestamp_iso(bare).astimezone(BERLIN).date() if ":" in bare else date_iso(bare)


def month(value: Any) -> str:
    """2026-10, and as exports write it: 10/2026, 10.2026, 202610. A day cell counts as its month."""
    if isinstance(value, date):
        return f"{value:%Y-%m}"
    bare = text(value)
    if found := _MONTH.fullmatch(bare):
        return f"{found[1]}-{found[2]}"
    if found := _MONTH_DE.fullmatch(bare):
        return f"{found[2]}-{found[1].zfill(2)}"
    raise BadRow("E116")


def local_timestamp(value: Any) -> datetime:
    """2026-11-22 04:10:00 as clocks in Germany showed it; of an hour that came twice, the first (summer time)."""
    if isinstance(value, datetime):
        naive = value
    else:
        found = _STAMP.fullmatch(text(value))
        if found is None:
            raise BadRow("E102")
        try:
            naive = datetime.fromisoformat(f"{found[1]}T{found[2]}")
        except ValueError:
            raise BadRow("E102") from None
        naive += timedelta(microseconds=int((found[3] or "0").ljust(6, "0")))
    return naive if naive.tzinfo else naive.replace(tzinfo=BERLIN, fold=0)


def timestamp_iso(value: Any) -> datetime:
    """2026-11-22T05:00:00+01:00; without a zone it is German local time."""
    bare = text(value)
    try:
        found = datetime.fromisoformat(bare)
    except ValueError:
        raise BadRow("E102") from None
    return found if found.tzinfo else found.replace(tzinfo=BERLIN, fold=0)


def _bare_day(value: Any) -> str:
    if isinstance(value, (bool, int, float)):
        raise BadRow("E102")
    return _MIDNIGHT.sub("", text(str(value)))


def _calendar_day(found: re.Match[str] | None, places: tuple[int, int, int]) -> date:
    if found is None:
        raise BadRow("E102")
    year, month_, day = (int(found[place]) for place in places)
    if not 1900 <= year <= 2199:
        raise BadRow("E102")
    try:
        return date(year, month_, day)
    except ValueError:
        raise BadRow("E102") from None
