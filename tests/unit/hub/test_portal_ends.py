"""The web ends with its portal, even if something in there did not hear that it is to end."""

from __future__ import annotations

import asyncio
from typing import Any

from hub.web.app import _open_portal


class Portal:
    """One whose periodic work loses the first cancellation."""

    def __init__(self) -> None:
        self.pool = self.care = self
        self.closed = False

    async def open(self, *, wait: bool) -> None:
        """Nothing to open."""

    async def close(self, **_: float) -> None:
        """As pools do."""
        self.closed = True

    async def run(self) -> None:
        """Goes on after it was told to end."""
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(60)


async def test_work_that_lost_a_cancellation_is_told_again() -> None:
    portal: Any = Portal()
    async with asyncio.timeout(20), _open_portal(portal):
        await asyncio.sleep(0)

    assert portal.closed
