"""The portal's tables: every step is one transaction that compares what it found with what it changes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from hub.portal.letters import Letter, Letters
from hub.portal.lifecycle import AT_THE_DESK, FINAL, Action, Content, Life, NotNow, State, after
from hub.portal.links import Ticket
from hub.portal.routing import Route

Connection = AsyncConnection[Any]

UNCONFIRMED_MOST = 5
"""So many reports of one address may wait for its answer: the portal must not flood a stranger's mailbox."""


class TooMany(Exception):
    """That address has not answered to earlier reports."""


@dataclass(frozen=True, slots=True)
class Job:
    """A row of portal.job."""

    id: int
    link_key: str
    state: str
    jobcenter: str
    organisational_unit: str | None
    sender: str | None
    version: int
    revision: int
    accepted: dict[str, Any] | None
    proposed: dict[str, Any] | None
    refusal: str | None
    refusal_text: str | None
    published_until: date | None
    reminded_for: date | None
    ended_on: date | None
    created_at: datetime
    changed_at: datetime

    @property
    def life(self) -> Life:
        """The same as the pure rules know it."""
        return Life(State(self.state), self.version, self.accepted, self.proposed)

    @property
    def ticket(self) -> Ticket:
        """What its links hold."""
        return Ticket(self.id, self.link_key)


_INSERT = """
INSERT INTO portal.job (link_key, state, jobcenter, organisational_unit, sender, version, revision, proposed,
                        published_until, created_at, changed_at)
VALUES (%(key)s, 'UNCONFIRMED', %(jobcenter)s, %(unit)s, %(sender)s, 0, 0, %(proposed)s, %(until)s, %(now)s, %(now)s)
RETURNING *
"""
# The comparison is the lock: of two who found the same revision, one changes a row and the other none.
_STEP = """
UPDATE portal.job SET state = %(state)s, version = %(version)s, revision = revision + 1, accepted = %(accepted)s,
       proposed = %(proposed)s, organisational_unit = %(unit)s, refusal = %(refusal)s, refusal_text = %(refusal_text)s,
       published_until = %(until)s, ended_on = %(ended_on)s, changed_at = %(now)s
WHERE id = %(id)s AND revision = %(revision)s AND state = %(found)s
RETURNING *
"""
_NOTE = "INSERT INTO portal.step (job_id, action, state, actor, done_at) VALUES (%s, %s, %s, %s, %s)"
_POST = """
INSERT INTO portal.mail (job_id, kind, recipient, subject, body, attempts, created_at, next_at)
VALUES (%s, %s, %s, %s, %s, 0, %s, %s)
"""
_LISTED = """
SELECT * FROM portal.job WHERE jobcenter = %s AND version > 0 AND id > %s ORDER BY id LIMIT %s
"""


async def submit(
    connection: Connection, letters: Letters, route: Route, sender: str, content: Content, now: datetime
) -> Job:
    """Keep a report until its sender confirms it, and ask them to.

    Raises:
        TooMany: the address has not answered to earlier reports.
    """
    async with connection.transaction():
        # Reports of one address wait for each other, or two at once would both be the fifth.
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('portal ' || lower(%s), 0))", (sender,))
        waiting = await _number(
            connection,
            "SELECT count(*) FROM portal.job WHERE state = 'UNCONFIRMED' AND lower(sender) = lower(%s)",
            (sender,),
        )
        if waiting >= UNCONFIRMED_MOST:
            raise TooMany
        values = {
            "key": secrets.token_urlsafe(16), "jobcenter": route.jobcenter, "unit": route.organisational_unit,
            "sender": sender, "proposed": Jsonb(content), "until": content["published_until"], "now": now,
        }  # fmt: skip
        (job,) = await rows(connection, _INSERT, values)
        await connection.execute(_NOTE, (job.id, "REPORT", job.state, "employer", now))
        await post(connection, job, letters.confirm(job.ticket), now)
    return job


async def step(
    connection: Connection,
    job: Job,
    action: Action,
    *,
    actor: str,
    now: datetime,
    today: date,
    letter: Letter | None = None,
    content: Content | None = None,
    unit: str | None = None,
    refusal: str | None = None,
    refusal_text: str | None = None,
) -> Job:
    """Take one step, and post its letter, in one transaction.

    Args:
        actor: "employer", "calendar", or the name of the member of staff.
        job: as it was found; if anything has changed since, nothing happens.
        unit: body of the Jobcenter, if `content` has another workplace than before.

    Raises:
        NotNow: the step does not fit, or somebody was faster.
    """
    life = after(job.life, action, content)
    ended = life.state in FINAL
    until = (life.accepted or life.proposed or {}).get("published_until")
    values = {
        "id": job.id, "revision": job.revision, "found": job.state, "state": str(life.state), "version": life.version,
        "accepted": _json(life.accepted), "proposed": _json(life.proposed), "now": now,
        "unit": unit if content else job.organisational_unit, "refusal": refusal, "refusal_text": refusal_text,
        "until": until, "ended_on": today if ended else None,
    }  # fmt: skip
    async with connection.transaction():
        found = await _row(connection, _STEP, values)
        if found is None:
            raise NotNow("somebody was faster")
        await connection.execute(_NOTE, (job.id, str(action), found.state, actor, now))
        if letter is not None:
            await post(connection, job, letter, now)
    return found


async def post(connection: Connection, job: Job, letter: Letter, now: datetime) -> None:
    """Put a letter into the outbox, in the transaction that is open."""
    if job.sender:
        values = (job.id, letter.kind, job.sender, letter.subject, letter.body, now, now)
        await connection.execute(_POST, values)


async def find(connection: Connection, ticket: Ticket) -> Job | None:
    """The job of a link."""
    job = await _row(connection, "SELECT * FROM portal.job WHERE id = %s", (ticket.number,))
    return job if job and secrets.compare_digest(job.link_key.encode(), ticket.key.encode()) else None


async def at_desk(connection: Connection, jobcenter: str, number: int) -> Job | None:
    """A job of this Jobcenter, and of no other, that its staff may see."""
    statement: LiteralString = "SELECT * FROM portal.job WHERE id = %s AND jobcenter = %s AND state <> 'UNCONFIRMED'"
    return await _row(connection, statement, (number, jobcenter))


async def worklist(connection: Connection, jobcenter: str) -> list[Job]:
    """What the staff of a Jobcenter have to decide, oldest first."""
    statement: LiteralString = (
        "SELECT * FROM portal.job WHERE jobcenter = %s AND state = ANY(%s) ORDER BY changed_at, id LIMIT 500"
    )
    return await rows(connection, statement, (jobcenter, [str(state) for state in AT_THE_DESK]))


async def listed(connection: Connection, jobcenter: str, behind: int, size: int) -> tuple[int, list[Job]]:
    """How many jobs of a Jobcenter were ever accepted, and those behind a number; ended ones among them."""
    total = await _number(
        connection, "SELECT count(*) FROM portal.job WHERE jobcenter = %s AND version > 0", (jobcenter,)
    )
    return total, await rows(connection, _LISTED, (jobcenter, behind, size))


async def history(connection: Connection, number: int) -> list[dict[str, Any]]:
    """Who did what to a job and when."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "SELECT action, state, actor, done_at FROM portal.step WHERE job_id = %s ORDER BY id", (number,)
        )
        return await cursor.fetchall()


# -------------------------------------------------------------------------------------------------------------- parts


async def _row(connection: Connection, statement: LiteralString, values: Any) -> Job | None:
    async with connection.cursor(row_factory=class_row(Job)) as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchone()


async def rows(connection: Connection, statement: LiteralString, values: Any) -> list[Job]:
    """Jobs a statement finds."""
    async with connection.cursor(row_factory=class_row(Job)) as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchall()


async def _number(connection: Connection, statement: LiteralString, values: Any) -> int:
    row = await (await connection.execute(statement, values)).fetchone()
    return int(row[0]) if row else 0


def _json(content: Content | None) -> Jsonb | None:
    return None if content is None else Jsonb(dict(content))
