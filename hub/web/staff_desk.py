"""The work list of a Jobcenter: jobs that employers reported, to accept or to refuse. HTTP Basic, no session."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import RedirectResponse, Response

from hub.portal import store
from hub.portal.fault import Wrong
from hub.portal.letters import REASONS
from hub.portal.lifecycle import AT_THE_DESK, NotNow
from hub.portal.listing import source_id
from hub.portal.setup import Portal
from hub.portal.similar import likely_same
from hub.portal.staff import TooOften
from hub.portal.store import Job
from hub.portal.typed import lines
from hub.web import employer_facts
from hub.web.employers import ThePortal
from hub.web.errors import Trouble, not_found
from hub.web.forms import PRIVATE, Answers, Told, private_page, read_form, value, whole
from hub.web.site import Site, TheSite
from schemas.events import JobcenterId
from schemas.leak_guard import leak_in

router = APIRouter(include_in_schema=False)

_TEXT_MAX = 2000


class SignIn(Trouble):
    """Nobody we know. The browser asks for name and password."""

    def __init__(self, jobcenter: str) -> None:
        super().__init__(401, "sign-in", "Bitte melden Sie sich an.", "Please sign in.")
        self.headers = {"WWW-Authenticate": f'Basic realm="Stellen {jobcenter}", charset="UTF-8"'}


@dataclass(frozen=True, slots=True)
class Desk:
    """Who sits at which Jobcenter's desk."""

    jobcenter: str
    name: str


async def at_the_desk(request: Request, portal: ThePortal, jobcenter: Annotated[JobcenterId, Path()]) -> Desk:
    """The member of staff who asks. A Jobcenter without a list of staff has no desk, which is not told."""
    staff = portal.staff.get(jobcenter)
    header = request.headers.get("authorization", "")
    client = request.client.host if request.client else ""
    if staff is None or not header:
        raise SignIn(jobcenter)
    if name := staff.recall(header):
        return Desk(jobcenter, name)
    try:
        portal.throttle.ask(jobcenter, client)
    except TooOften:
        raise Trouble(
            429, "too-many-attempts", "Zu viele Versuche. Bitte warten Sie fünf Minuten.", "Too many attempts."
        ) from None
    checked = await asyncio.to_thread(staff.check, header)
    if checked is None:
        portal.throttle.failed(jobcenter, client)
        raise SignIn(jobcenter)
    return Desk(jobcenter, checked)


TheDesk = Annotated[Desk, Depends(at_the_desk)]


@router.get("/mitarbeitende/{jobcenter}/stellen")
async def worklist(site: TheSite, portal: ThePortal, desk: TheDesk) -> Response:
    """What waits for a decision, oldest first."""
    async with portal.pool.connection() as connection:
        jobs = await store.worklist(connection, desk.jobcenter)
    rows = [
        {
            "number": job.id,
            "id": source_id(job.id),
            "title": job.life.shown["title"],
            "employer": job.life.shown["employer"]["name"],
            "place": job.life.shown["workplace"]["place"],
            "since": job.changed_at.date(),
            "is_change": job.version > 0,
        }
        for job in jobs
    ]
    html = site.renderer.page("desk_list.html", jobs=rows, jobcenter=desk.jobcenter, name=desk.name)
    return private_page(html)


@router.get("/mitarbeitende/{jobcenter}/stellen/{number}")
async def one_job(site: TheSite, portal: ThePortal, desk: TheDesk, number: int) -> Response:
    """A job with all it says, and the two buttons."""
    job = await _job(portal, desk, number)
    return private_page(await _page(site, portal, desk, job, {}))


@router.post("/mitarbeitende/{jobcenter}/stellen/{number}")
async def decide(request: Request, site: TheSite, portal: ThePortal, desk: TheDesk, number: int) -> Response:
    """Accept or refuse. The form must be one of ours, for this person and this state of the job."""
    answers = await read_form(request)
    job, revision = await _job(portal, desk, number), whole(answers, "stand")
    if not portal.links.form_is_ours(value(answers, "siegel"), desk.jobcenter, desk.name, number, revision):
        raise Trouble(
            403,
            "foreign-form",
            "Dieses Formular ist zu alt oder kommt nicht von hier. Bitte öffnen Sie die Stelle noch einmal.",
            "This form is too old or not ours.",
        )
    faults = _faults(answers)
    if faults:
        return private_page(await _page(site, portal, desk, job, faults, answers), 422)
    try:
        async with portal.pool.connection() as connection:
            if value(answers, "entscheidung") == "annehmen":
                await portal.acts.accept(connection, desk.jobcenter, number, revision, desk.name)
            else:
                reason, text = value(answers, "grund"), lines(value(answers, "text"))
                await portal.acts.refuse(connection, desk.jobcenter, number, revision, desk.name, reason, text)
    except NotNow:
        raise Trouble(
            409,
            "job-moved-on",
            "Die Stelle hat sich inzwischen geändert oder ist abgelaufen. Bitte öffnen Sie sie noch einmal.",
            "The job has changed meanwhile.",
        ) from None
    portal.care.wake.set()
    return RedirectResponse(f"/mitarbeitende/{desk.jobcenter}/stellen", 303, PRIVATE)


def _faults(answers: Answers) -> dict[str, str]:
    wanted = value(answers, "entscheidung")
    if wanted == "annehmen":
        return {}
    if wanted != "ablehnen":
        return {"grund": "portal_choose"}
    faults = {} if value(answers, "grund") in REASONS else {"grund": "portal_choose"}
    text = value(answers, "text")
    try:
        lines(text)
    except Wrong as wrong:
        return {**faults, "text": wrong.text}
    # The letter leaves the house: no client data in it, by the rule that holds everywhere.
    if len(text) > _TEXT_MAX or leak_in(text) is not None:
        return {**faults, "text": "portal_bad_text"}
    return faults


async def _job(portal: Portal, desk: Desk, number: int) -> Job:
    async with portal.pool.connection() as connection:
        job = await store.at_desk(connection, desk.jobcenter, number)
    if job is None:
        raise not_found("Diese Stelle", "This job")
    return job


async def _page(
    site: Site, portal: Portal, desk: Desk, job: Job, faults: dict[str, str], answers: Answers | None = None
) -> str:
    shown, t = job.life.shown, site.renderer.t
    async with portal.pool.connection() as connection:
        steps = await store.history(connection, job.id)
    alike = []
    if shown:
        async with site.board.pool.connection() as connection:
            alike = await likely_same(
                connection, shown["employer"]["name"], shown["workplace"]["plz"], shown["title"], site.board.today()
            )
    return site.renderer.page(
        "desk_job.html",
        job=shown,
        number=job.id,
        id=source_id(job.id),
        jobcenter=desk.jobcenter,
        state=job.state,
        sender=job.sender,
        facts=employer_facts.facts(shown, site.renderer) if shown else [],
        changes=employer_facts.changed(job.accepted, job.proposed or {}, site.renderer) if job.proposed else [],
        similar=[one for one in alike if one["entity"] != f"{job.jobcenter}:{source_id(job.id)}"],
        steps=steps,
        decidable=job.life.state in AT_THE_DESK,
        revision=job.revision,
        seal=portal.links.form_token(desk.jobcenter, desk.name, job.id, job.revision),
        reasons=REASONS,
        faults=Told({field: t(text) for field, text in faults.items()}),
        chosen=value(answers or {}, "grund"),
        text=value(answers or {}, "text"),
    )
