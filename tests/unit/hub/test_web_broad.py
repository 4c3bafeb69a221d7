"""Broad searches are asked once; all others always anew."""

from __future__ import annotations

import asyncio

import pytest

from hub.search.jobs import Found
from hub.web.broad import BROAD_HITS, SECONDS, BroadSearches


class _Database:
    def __init__(self, total: int, looked_at: int = 0) -> None:
        self.total, self.looked_at, self.asked = total, looked_at, 0

    async def ask(self) -> Found:
        self.asked += 1
        await asyncio.sleep(0)
        if self.total < 0:
            raise RuntimeError("away")
        return Found(self.total, [], looked_at=self.looked_at)


async def test_a_narrow_search_is_always_asked_anew() -> None:
    database, searches = _Database(BROAD_HITS), BroadSearches()
    for _ in range(3):
        await searches.get("key", database.ask)

    assert database.asked == 3


async def test_a_broad_search_is_kept_for_some_seconds() -> None:
    now = [0.0]
    database, searches = _Database(BROAD_HITS + 1), BroadSearches(lambda: now[0])
    for moment in (0.0, SECONDS - 0.1, SECONDS + 0.1):
        now[0] = moment
        await searches.get("key", database.ask)
    await searches.get("other", database.ask)

    assert database.asked == 3


async def test_few_hits_for_which_very_many_jobs_were_counted_are_kept_too() -> None:
    database, searches = _Database(3, BROAD_HITS + 1), BroadSearches()
    for _ in range(3):
        await searches.get("key", database.ask)

    assert database.asked == 1


async def test_those_who_ask_at_once_share_one_answer() -> None:
    database, searches = _Database(1), BroadSearches()
    await asyncio.gather(*(searches.get("key", database.ask) for _ in range(8)))

    assert database.asked == 1


async def test_one_who_leaves_takes_the_answer_from_nobody() -> None:
    database, searches = _Database(1), BroadSearches()
    leaving = asyncio.ensure_future(searches.get("key", database.ask))
    staying = asyncio.ensure_future(searches.get("key", database.ask))
    await asyncio.sleep(0)
    leaving.cancel()

    assert (await staying).total == 1


async def test_an_error_is_not_kept() -> None:
    database, searches = _Database(-1), BroadSearches()
    with pytest.raises(RuntimeError):
        await searches.get("key", database.ask)
    database.total = 5

    assert (await searches.get("key", database.ask)).total == 5
