"""Waits while Kafka is away, longer each time, and says so. Whom Kafka refuses, waiting would not help."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from typing import Any

from aiokafka.errors import KafkaConnectionError, KafkaError

from connectors.errors import Stop
from schemas.kafka_access import refusal, why_refused

AWAY = (KafkaError, OSError, TimeoutError)
"""What a Kafka client raises while the other side is away."""
_WAIT_FIRST, _WAIT_MOST = 0.5, 30.0

Waiting = Callable[[str, str, float], None]
"""Told (code, what, seconds) whenever something has to wait."""


class KafkaAway:
    """The patience of one piece of work."""

    def __init__(self, address: str, options: Mapping[str, Any], on_waiting: Waiting) -> None:
        self._address, self._options, self._on_waiting = address, options, on_waiting
        self._wait = _WAIT_FIRST

    def is_back(self) -> None:
        """It answered: the next wait is a short one again."""
        self._wait = _WAIT_FIRST

    async def wait(self, error: BaseException, stop: asyncio.Event, forbidden: str) -> None:
        """Wait until it is worth another try, or until asked to stop.

        Args:
            error: what the client raised, one of AWAY.
            stop: ends the wait.
            forbidden: what was not allowed, if it turns out to be that.

        Raises:
            Stop: E402 the sign-in or E403 the permission is refused.
        """
        refused = refusal(error)
        if refused is None and isinstance(error, KafkaConnectionError):
            refused = await why_refused(self._address, self._options)
        if refused is not None:
            raise Stop(refused.code, refused.what if refused.code == "E402" else forbidden) from None
        seconds = self._wait * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, guards nothing
        self._wait = min(self._wait * 2, _WAIT_MOST)
        self._on_waiting("E401", f"{type(error).__name__} at {self._address}", seconds)
        try:
            await asyncio.wait_for(stop.wait(), timeout=seconds)
        except TimeoutError:
            return
