"""What the portal does because a day has come: end, remind, delete."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, LiteralString

from hub.portal.letters import Letter
from hub.portal.lifecycle import ENDED
from hub.portal.store import Connection, Job, post, rows


async def due(connection: Connection, today: date) -> list[Job]:
    """Jobs whose last day has passed."""
    statement: LiteralString = (
        "SELECT * FROM portal.job WHERE state IN ('WAITING', 'ACCEPTED', 'CHANGED') AND published_until < %s"
    )
    return await rows(connection, statement, (today,))


async def to_remind(connection: Connection, today: date, days: int) -> list[Job]:
    """Published jobs that end within so many days and of whose last day nobody was reminded."""
    statement: LiteralString = (
        "SELECT * FROM portal.job WHERE state IN ('ACCEPTED', 'CHANGED') AND published_until BETWEEN %s AND %s"
        " AND reminded_for IS DISTINCT FROM published_until"
    )
    return await rows(connection, statement, (today, today + timedelta(days=days)))


async def remind(connection: Connection, job: Job, letter: Letter, now: datetime) -> bool:
    """Post the reminder, once for each last day; whether it was this call that did."""
    async with connection.transaction():
        changed = await connection.execute(
            "UPDATE portal.job SET reminded_for = published_until WHERE id = %s AND revision = %s"
            " AND reminded_for IS DISTINCT FROM published_until",
            (job.id, job.revision),
        )
        if changed.rowcount == 1:
            await post(connection, job, letter, now)
    return changed.rowcount == 1


async def forget(connection: Connection, now: datetime, today: date) -> None:
    """Delete what is no longer needed; each deadline is told on the privacy page."""
    gone: Sequence[tuple[LiteralString, Any]] = (
        (
            "DELETE FROM portal.job WHERE state = 'UNCONFIRMED' AND created_at < %s RETURNING id",
            now - timedelta(hours=48),
        ),
        # Never published, so no connector ever heard of it.
        ("DELETE FROM portal.job WHERE version = 0 AND ended_on < %s RETURNING id", today - timedelta(days=30)),
    )
    async with connection.transaction():
        for statement, moment in gone:
            deleted = await connection.execute(statement, (moment,))
            numbers = [int(row[0]) for row in await deleted.fetchall()]
            await connection.execute("DELETE FROM portal.mail WHERE job_id = ANY(%s)", (numbers,))
            await connection.execute("DELETE FROM portal.step WHERE job_id = ANY(%s)", (numbers,))
        await connection.execute(
            "UPDATE portal.job SET sender = NULL WHERE sender IS NOT NULL AND ended_on < %s",
            (today - timedelta(days=14),),
        )
        # What stays tells connectors that it has ended, and nothing else.
        await connection.execute(
            "UPDATE portal.job SET accepted = NULL, refusal_text = NULL WHERE state = ANY(%s)"
            " AND accepted IS NOT NULL AND ended_on < %s",
            ([str(state) for state in ENDED], today - timedelta(days=183)),
        )
        await connection.execute("DELETE FROM portal.mail WHERE sent_at < %s", (now - timedelta(days=90),))
