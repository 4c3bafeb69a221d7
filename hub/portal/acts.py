"""What employers and staff do, each as one step of the store with the letter that tells of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from hub.portal import calendar, store
from hub.portal.form import DAYS_SHOWN
from hub.portal.letters import REASONS, Kind, Letter, Letters
from hub.portal.lifecycle import Action, Content, NotNow, State
from hub.portal.links import Ticket
from hub.portal.routing import Route
from hub.portal.store import Connection, Job

EMPLOYER = "employer"
EXTENDABLE = timedelta(days=30)
"""A job can be extended in its last thirty days, by sixty each time."""


def real_now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


class Elsewhere(Exception):
    """A change would move the job to another Jobcenter; that is another job."""


@dataclass(frozen=True, slots=True)
class Acts:
    """The steps, with the words and the clocks they need. `today` is the day the board lives on."""

    letters: Letters
    today: Callable[[], date]
    now: Callable[[], datetime] = real_now

    async def report(self, connection: Connection, route: Route, sender: str, content: Content) -> Job:
        """Keep a report until it is confirmed. Raises TooMany."""
        return await store.submit(connection, self.letters, route, sender, content, self.now())

    async def confirm(self, connection: Connection, ticket: Ticket) -> Job:
        """The sender wants what was reported: it goes to the Jobcenter.

        Raises:
            NotNow: it was confirmed before, or has been deleted meanwhile.
        """
        job = await self._of(connection, ticket)
        return await self._step(connection, job, Action.CONFIRM, EMPLOYER, self._letter("confirmed", job))

    async def change(
        self, connection: Connection, ticket: Ticket, revision: int, route: Route, content: Content
    ) -> Job:
        """Propose other content; the accepted one stays until the Jobcenter has decided.

        Raises:
            NotNow: the job has moved on.
            Elsewhere: the new workplace belongs to another Jobcenter.
        """
        job = await self._of(connection, ticket, revision)
        if route.jobcenter != job.jobcenter:
            raise Elsewhere
        return await self._step(
            connection, job, Action.CHANGE, EMPLOYER, None, content=content, unit=route.organisational_unit
        )

    async def end(self, connection: Connection, ticket: Ticket, revision: int, *, filled: bool) -> Job:
        """The job is filled, or the employer no longer offers it. Raises NotNow."""
        job = await self._of(connection, ticket, revision)
        action = Action.FILL if filled else Action.WITHDRAW
        return await self._step(connection, job, action, EMPLOYER, self._letter("ended", job))

    async def extend(self, connection: Connection, ticket: Ticket, revision: int) -> Job:
        """Sixty days more, of what is accepted. Raises NotNow, also if it is too early."""
        job = await self._of(connection, ticket, revision)
        if job.accepted is None or not self.may_extend(job):
            raise NotNow("too early to extend")
        until = self.today() + timedelta(days=DAYS_SHOWN)
        content = {**job.accepted, "published_until": until.isoformat()}
        return await self._step(
            connection, job, Action.EXTEND, EMPLOYER, None, content=content, unit=job.organisational_unit
        )

    def may_extend(self, job: Job) -> bool:
        """Whether a job is published and in its last thirty days."""
        published = job.state in (State.ACCEPTED, State.CHANGED) and job.published_until is not None
        return published and job.published_until is not None and job.published_until - self.today() <= EXTENDABLE

    async def accept(self, connection: Connection, jobcenter: str, number: int, revision: int, staff: str) -> Job:
        """The Jobcenter takes the job, or its change. The first time, today is the day of publication.

        Raises:
            NotNow: not at this Jobcenter's desk, or changed since it was looked at, or its last day has passed.
        """
        job = await self._at_desk(connection, jobcenter, number, revision)
        if job.proposed is None or job.proposed["published_until"] < self.today().isoformat():
            raise NotNow("its last day has passed")
        first = (job.accepted or {}).get("published_from") or self.today().isoformat()
        content = {**job.proposed, "published_from": first}
        return await self._step(
            connection, job, Action.ACCEPT, staff, self._letter("accepted", job),
            content=content, unit=content["organisational_unit"],
        )  # fmt: skip

    async def refuse(
        self, connection: Connection, jobcenter: str, number: int, revision: int, staff: str, reason: str, text: str
    ) -> Job:
        """The Jobcenter does not take the job, or its change, for a reason of the closed list.

        Raises:
            NotNow: not at this Jobcenter's desk, or changed since it was looked at.
            KeyError: no such reason.
        """
        job = await self._at_desk(connection, jobcenter, number, revision)
        if reason not in REASONS:
            raise KeyError(reason)
        kind: Kind = "change_refused" if job.version else "refused"
        letter = self.letters.about(kind, job.ticket, job.life.shown, jobcenter, reason, text)
        return await self._step(
            connection, job, Action.REFUSE, staff, letter, refusal=reason, refusal_text=text or None
        )

    async def expire(self, connection: Connection, job: Job) -> Job:
        """Its last day has passed. Raises NotNow."""
        return await self._step(connection, job, Action.EXPIRE, "calendar", self._letter("ended", job))

    async def remind(self, connection: Connection, job: Job) -> bool:
        """Post the reminder unless it was posted for this last day."""
        letter = self.letters.about("reminder", job.ticket, job.accepted or {}, job.jobcenter)
        return await calendar.remind(connection, job, letter, self.now())

    async def _step(
        self, connection: Connection, job: Job, action: Action, actor: str, letter: Letter | None,
        *, content: Content | None = None, unit: str | None = None, refusal: str | None = None,
        refusal_text: str | None = None,
    ) -> Job:  # fmt: skip
        return await store.step(
            connection, job, action, actor=actor, now=self.now(), today=self.today(), letter=letter,
            content=content, unit=unit, refusal=refusal, refusal_text=refusal_text,
        )  # fmt: skip

    def _letter(self, kind: Kind, job: Job) -> Letter:
        return self.letters.about(kind, job.ticket, job.life.shown, job.jobcenter)

    async def _of(self, connection: Connection, ticket: Ticket, revision: int | None = None) -> Job:
        job = await store.find(connection, ticket)
        return _unmoved(job, revision)

    async def _at_desk(self, connection: Connection, jobcenter: str, number: int, revision: int) -> Job:
        return _unmoved(await store.at_desk(connection, jobcenter, number), revision)


def _unmoved(job: Job | None, revision: int | None) -> Job:
    if job is None:
        raise NotNow("gone")
    if revision is not None and job.revision != revision:
        raise NotNow("somebody was faster")
    return job
