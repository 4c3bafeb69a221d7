"""Remembers answers of very broad searches for some seconds; who asks the same meanwhile waits for that answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable

from hub.search.jobs import Found

BROAD_HITS = 10_000
SECONDS = 10.0
_MOST = 200


class BroadSearches:
    """Only searches that count very many jobs, by words and place alone, are kept.

    So a new job is seen at once wherever a person looks for it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._answers: dict[Hashable, tuple[float, Found]] = {}
        self._running: dict[Hashable, asyncio.Task[Found]] = {}

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[Found]]) -> Found:
        """The answer to a search; `ask` is called unless it is known or on its way."""
        kept = self._answers.get(key)
        if kept and self._clock() - kept[0] < SECONDS:
            return kept[1]
        if key not in self._running:
            task = self._running[key] = asyncio.ensure_future(self._ask(key, ask))
            task.add_done_callback(lambda _: self._running.pop(key, None))
        # A visitor who leaves must not take the answer away from the others.
        return await asyncio.shield(self._running[key])

    async def _ask(self, key: Hashable, ask: Callable[[], Awaitable[Found]]) -> Found:
        found = await ask()
        self._answers.pop(key, None)
        if max(found.total, found.looked_at) > BROAD_HITS:
            if len(self._answers) >= _MOST:
                self._answers.pop(next(iter(self._answers)))
            self._answers[key] = (self._clock(), found)
        return found
