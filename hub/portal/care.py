"""What must happen without anybody asking: jobs expire, employers are reminded, data goes, mail leaves.

It runs inside the web, so that no timer can be forgotten. With several webs on one database one of them does it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg
import psycopg_pool
import structlog
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from hub import metrics
from hub.mail import NOT_TAKEN, Letter, SendMail
from hub.portal import calendar
from hub.portal.acts import Acts
from hub.portal.lifecycle import NotNow
from hub.portal.store import Connection

REMIND_DAYS = 7
_PAUSE_SECS = 60.0
_LOCK = 0x706F7274616C
_LONGEST_WAIT = timedelta(hours=6)

_DUE = """
SELECT id, recipient, subject, body, attempts FROM portal.mail
WHERE sent_at IS NULL AND recipient IS NOT NULL AND next_at <= %s ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_SENT = """
UPDATE portal.mail SET sent_at = %s, attempts = attempts + 1, recipient = NULL, subject = NULL, body = NULL
WHERE id = %s
"""


@dataclass
class Care:
    """The periodic work. `wake` is set when there is a letter, so that nobody waits a minute for it."""

    pool: AsyncConnectionPool[Connection]
    acts: Acts
    send_mail: SendMail
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Until cancelled. A database or mail server that is away is asked again."""
        while True:
            self.wake.clear()
            try:
                async with self.pool.connection() as connection:
                    await self.once(connection)
            except (psycopg.Error, psycopg_pool.PoolTimeout) as error:
                structlog.get_logger("hub.portal").warning("portal waits", error=type(error).__name__)
            # Not wait_for: up to Python 3.11 it loses a cancellation that comes with the letter.
            with suppress(TimeoutError):
                async with asyncio.timeout(_PAUSE_SECS):
                    await self.wake.wait()

    async def once(self, connection: Connection) -> bool:
        """One round, unless another process is at it; whether it was done."""
        found = await (await connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,))).fetchone()
        if not found or not found[0]:
            return False
        try:
            await self._calendar(connection)
            await calendar.forget(connection, self.acts.now(), self.acts.today())
            while await self._send_one(connection):
                pass
            row = await (await connection.execute("SELECT count(*) FROM portal.mail WHERE sent_at IS NULL")).fetchone()
            metrics.portal_letters_waiting.set(int(row[0]) if row else 0)
            return True
        finally:
            await connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))

    async def _calendar(self, connection: Connection) -> None:
        today = self.acts.today()
        for job in await calendar.due(connection, today):
            with suppress(NotNow):  # its employer was faster
                await self.acts.expire(connection, job)
        for job in await calendar.to_remind(connection, today, REMIND_DAYS):
            await self.acts.remind(connection, job)

    async def _send_one(self, connection: Connection) -> bool:
        """Send the oldest letter that is due; whether there was one.

        It is marked in the transaction that found it: after a crash in between it goes out once more, never not at all.
        """
        now = self.acts.now()
        async with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(_DUE, (now,))
            letter: dict[str, Any] | None = await cursor.fetchone()
            if letter is None:
                return False
            try:
                made = Letter(letter["recipient"], letter["subject"], letter["body"], number=letter["id"])
                await asyncio.to_thread(self.send_mail, made)
            except (*NOT_TAKEN, ValueError) as error:
                # Neither the address nor the server's answer, which may repeat it, belongs into a log.
                structlog.get_logger("hub.portal").warning(
                    "letter not sent", letter=letter["id"], error=type(error).__name__
                )
                wait = min(timedelta(minutes=2 ** min(letter["attempts"], 12)), _LONGEST_WAIT)
                await cursor.execute(
                    "UPDATE portal.mail SET attempts = attempts + 1, next_at = %s WHERE id = %s",
                    (now + wait, letter["id"]),
                )
                return True
            await cursor.execute(_SENT, (now, letter["id"]))
            return True
