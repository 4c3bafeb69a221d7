"""What cannot be reached is waited for, however long it takes. Waiting rejects nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import psycopg
import stamina
import structlog

Result = TypeVar("Result")

DATABASE_AWAY = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    # We stood still in the middle of a transaction (suspended, stopped) and the server ended the session.
    psycopg.errors.IdleInTransactionSessionTimeout,
)
"""The database cannot be reached, is starting or stopping, or could not do it this time. Never the data's fault."""

_log = structlog.get_logger(__name__)
_WAIT_SECS_MAX = 5.0


async def wait_for(
    ask: Callable[[], Awaitable[Result]], away: tuple[type[Exception], ...], code: str, **told: object
) -> Result:
    """Ask until there is an answer.

    Args:
        ask: what is tried.
        away: errors that mean "not now"; every other one goes to the caller.
        code: rule code of the warning, given once.
        told: what the warning tells besides.
    """
    warned = False

    def not_now(error: Exception) -> bool:
        nonlocal warned
        if isinstance(error, away) and not warned:
            warned = True
            _log.warning("waiting", code=code, error=type(error).__name__, **told)
        return isinstance(error, away)

    async for attempt in stamina.retry_context(
        on=not_now, attempts=None, timeout=None, wait_initial=0.1, wait_max=_WAIT_SECS_MAX, wait_jitter=0.5
    ):
        with attempt:
            answer = await ask()
    if warned:
        _log.info("goes on", code=code, **told)
    return answer
