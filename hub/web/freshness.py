"""How fresh a job is: new, ending soon, and when its Jobcenter last said that it is still open."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from hub.settings import BERLIN
from hub.web.texts import Translate
from hub.web.writing import plain_day

Entry = dict[str, Any]
Confirmed = Mapping[str, datetime]

NEW_DAYS = 2
ENDS_SOON_DAYS = 7
_KEPT_SECS = 20.0

CONFIRMED = """
SELECT jobcenter, min(confirmed_at) FROM (
    SELECT jobcenter, source, max(ended_at) AS confirmed_at FROM reporting.delivery
    WHERE event = 'vacancy' AND state = 'COMPLETED' AND complete GROUP BY jobcenter, source
) AS sources GROUP BY jobcenter
"""
"""Whole deliveries only, and of several sources of a Jobcenter the one that is silent for longest: never too fresh."""


class Confirmations:
    """When each Jobcenter last delivered; asked at most every 20 seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._asked_at, self._known = clock, float("-inf"), dict[str, datetime]()

    async def get(self, ask: Callable[[], Awaitable[Confirmed]]) -> Confirmed:
        """What is known. `ask` may fail; then the page does without."""
        if self._clock() - self._asked_at >= _KEPT_SECS:
            self._asked_at = self._clock()  # first, so that others do not ask meanwhile, nor at once after a failure
            self._known = dict(await ask())
        return self._known


def is_new(job: Entry, today: date) -> bool:
    """Published today or in the last two days."""
    return date.fromisoformat(job["published_from"]) >= today - timedelta(days=NEW_DAYS)


def ends_soon(job: Entry, today: date, t: Translate) -> str:
    """endet in 3 Tagen; nothing if that is far away."""
    if not job["published_until"]:
        return ""
    days = (date.fromisoformat(job["published_until"]) - today).days
    if not 0 <= days <= ENDS_SOON_DAYS:
        return ""
    return (t("ends_today"), t("ends_tomorrow"))[days] if days < 2 else t("ends_in_days").format(days=days)


def confirmed(job: Entry, known: Confirmed, today: date, t: Translate) -> str:
    """geprüft heute 09:40: the later of the Jobcenter's last delivery and the last change of the job itself."""
    said = known.get(job["reported_by"][0]["jobcenter"])
    if said is None:
        return ""
    moment = max(said, datetime.fromisoformat(job["changed_at"])).astimezone(BERLIN)
    clock = f"{moment:%H:%M}"
    if moment.date() == today:
        return t("confirmed_today").format(clock=clock)
    if moment.date() == today - timedelta(days=1):
        return t("confirmed_yesterday").format(clock=clock)
    return t("confirmed_on").format(day=plain_day(moment, t.language))
