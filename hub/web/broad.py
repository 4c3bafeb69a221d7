"""Remembers for some seconds what was counted of very many jobs; who asks the same meanwhile waits for that answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeVar

from hub.search.counts import Counted

BROAD_HITS = 10_000
SECONDS = 10.0
_MOST = 200

Answer = TypeVar("Answer")


class BroadSearches:
    """Numbers of jobs only, never the jobs themselves: what has ended is on no page from that moment.

    They are kept for what fits words and place, so that every filter, order and page after that makes use of them.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counted: dict[Hashable, tuple[float, Counted]] = {}
        self._running: dict[Hashable, asyncio.Task[Any]] = {}

    def known(self, base: Hashable) -> Counted | None:
        """What was counted of these jobs a moment ago, if they are very many."""
        kept = self._counted.get(base)
        return kept[1] if kept and self._clock() - kept[0] < SECONDS else None

    def was_broad(self, base: Hashable) -> bool:
        """Whether these were very many jobs when they were counted last."""
        return base in self._counted

    def keep(self, base: Hashable, counted: Counted | None) -> None:
        """Remember what was counted, if it is worth it."""
        if counted is None or counted.looked_at <= BROAD_HITS or self.known(base) is counted:
            return
        self._counted.pop(base, None)
        if len(self._counted) >= _MOST:
            self._counted.pop(next(iter(self._counted)))
        self._counted[base] = (self._clock(), counted)

    async def once(self, key: Hashable, ask: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
        """The answer to a question; while one asks it, others who ask the same wait for that answer."""
        if key not in self._running:
            task = self._running[key] = asyncio.ensure_future(ask())
            task.add_done_callback(lambda _: self._running.pop(key, None))
        # A visitor who leaves must not take the answer away from the others.
        answer: Answer = await asyncio.shield(self._running[key])
        return answer
