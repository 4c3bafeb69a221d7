"""What is counted of very many jobs is counted once for some seconds; those who ask at once share one answer."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from hub.search.counts import Counted, Kinds
from hub.web.broad import BROAD_HITS, SECONDS, BroadSearches


def _counted(jobs: int) -> Counted:
    nobody = np.array([], np.int64)
    return Counted(["borken"], Kinds(np.array([0]), np.array([0]), np.array([jobs])), Kinds(*[nobody] * 3), nobody)


class _Database:
    def __init__(self) -> None:
        self.asked, self.away = 0, False

    async def ask(self) -> int:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise RuntimeError("away")
        return self.asked


def test_what_was_counted_of_few_jobs_is_forgotten_at_once() -> None:
    searches = BroadSearches()
    searches.keep("base", _counted(BROAD_HITS))

    assert searches.known("base") is None
    assert not searches.was_broad("base")


def test_what_was_counted_of_many_jobs_is_known_for_some_seconds() -> None:
    now = [0.0]
    searches, many = BroadSearches(lambda: now[0]), _counted(BROAD_HITS + 1)
    searches.keep("base", many)
    now[0] = SECONDS - 0.1
    assert searches.known("base") is many
    # Whoever made use of it does not make it younger.
    searches.keep("base", many)
    now[0] = SECONDS + 0.1

    assert searches.known("base") is None
    assert searches.was_broad("base")
    assert searches.known("other") is None


async def test_those_who_ask_at_once_share_one_answer() -> None:
    database, searches = _Database(), BroadSearches()
    answers = await asyncio.gather(*(searches.once("key", database.ask) for _ in range(8)))

    assert answers == [1] * 8
    assert await searches.once("key", database.ask) == 2


async def test_one_who_leaves_takes_the_answer_from_nobody() -> None:
    database, searches = _Database(), BroadSearches()
    leaving = asyncio.ensure_future(searches.once("key", database.ask))
    staying = asyncio.ensure_future(searches.once("key", database.ask))
    await asyncio.sleep(0)
    leaving.cancel()

    assert await staying == 1


async def test_an_error_is_not_kept() -> None:
    database, searches = _Database(), BroadSearches()
    database.away = True
    with pytest.raises(RuntimeError):
        await searches.once("key", database.ask)
    database.away = False

    assert await searches.once("key", database.ask) == 2
