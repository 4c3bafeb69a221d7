"""How far a table was read by its time of change. Always with an overlap: a transaction that committed late has an
earlier time than rows that were read before it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

Stamp = datetime | date | str

# A time further ahead is a mistake in the data; to believe it would mean to read nothing any more.
_AHEAD_MAX = timedelta(days=1)


def later(known: Stamp | None, seen: Any, now: datetime) -> Stamp | None:
    """The later one of two times; None counts as before all others.

    Raises:
        ValueError: what was seen is no time.
    """
    if seen is None:
        return known
    stamp = _checked(seen)
    if _moment(stamp) > now + _AHEAD_MAX:
        return known
    return stamp if known is None or _moment(stamp) > _moment(known) else known


def begin(known: Stamp, overlap: timedelta) -> Stamp:
    """From where to read, in the type and notation the column has."""
    if isinstance(known, datetime):
        return known - overlap
    if isinstance(known, date):
        return known - max(overlap, timedelta(days=1))
    begun = datetime.fromisoformat(known) - overlap
    if len(known) == 10:
        return (begun - timedelta(days=1)).date().isoformat()
    return begun.isoformat(sep=known[10], timespec="microseconds" if "." in known else "seconds")


def written(stamp: Stamp) -> dict[str, str]:
    """For the memory."""
    return {"type": type(stamp).__name__, "at": stamp if isinstance(stamp, str) else stamp.isoformat()}


def read(kept: dict[str, str]) -> Stamp:
    """From the memory."""
    if kept["type"] == "datetime":
        return datetime.fromisoformat(kept["at"])
    return date.fromisoformat(kept["at"]) if kept["type"] == "date" else kept["at"]


def _checked(seen: Any) -> Stamp:
    if isinstance(seen, (datetime, date)):
        return seen
    if isinstance(seen, str):
        datetime.fromisoformat(seen)
        return seen
    raise ValueError


def _moment(stamp: Stamp) -> datetime:
    """For comparing only; a time without a zone counts as UTC."""
    if isinstance(stamp, str):
        stamp = datetime.fromisoformat(stamp)
    if not isinstance(stamp, datetime):
        stamp = datetime(stamp.year, stamp.month, stamp.day, tzinfo=UTC)
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)
