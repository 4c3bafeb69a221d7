"""What the pages for employers show: the form, its review, a job and what can be done with it."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from hub.portal.fault import Fault
from hub.portal.form import DAYS_SHOWN, OFFERS, PERIODS, TERMS, VISIBILITIES, WORKING_TIMES, Reported
from hub.portal.lifecycle import Action, may
from hub.portal.listing import content_of, source_id
from hub.portal.occupations import is_occupation, likely
from hub.portal.setup import Portal
from hub.portal.similar import likely_same
from hub.portal.store import Job
from hub.web import employer_facts
from hub.web.forms import Answers, Told, private_page, value
from hub.web.site import Site
from schemas.codelists import municipalities, occupations
from schemas.codes import explain

HERE = "/arbeitgeber"
FORM = "/arbeitgeber/stelle-melden"


def told(site: Site, heading: str, text: str) -> Response:
    """A page that says one thing."""
    t = site.renderer.t
    return private_page(site.renderer.page("employer_told.html", here=HERE, heading=t(heading), text=t(text)))


def form(site: Site, answers: Answers, faults: list[Fault], address: str) -> str:
    """The form as it was filled in, and what is wrong with it."""
    t = site.renderer.t
    return site.renderer.page(
        "employer_form.html",
        here=HERE,
        address=address,
        answers=answers,
        faults=Told({fault.field: _words(site, fault) for fault in faults}),
        towns=sorted(set(municipalities().values())),
        choices=choices(answers),
        chosen=value(answers, "kldb2010"),
        working_times=WORKING_TIMES,
        offer_names=[(code, t(code)) for code in OFFERS],
        term_names=[(code, t(code)) for code in TERMS],
        period_names=[(code, t(code)) for code in PERIODS],
        visibility_names=[(code, t(f"portal_visibility_{code}")) for code in VISIBILITIES],
        is_change=address != FORM,
    )


async def review(site: Site, answers: Answers, judged: Reported, address: str) -> str:
    """The report as it will be read, before it is sent."""
    content = content_of(judged.record)
    similar = await alike(site, content["employer"]["name"], content["workplace"]["plz"], content["title"])
    hidden = [(name, one) for name, values in answers.items() if name != "schritt" for one in values]
    return site.renderer.page(
        "employer_review.html",
        here=HERE,
        address=address,
        hidden=hidden,
        job=content,
        sender=judged.sender,
        jobcenter=judged.route.jobcenter,
        facts=employer_facts.facts(content, site.renderer),
        similar=similar,
    )


def manage(site: Site, portal: Portal, job: Job, token: str) -> str:
    """Where a job stands, with a button for each thing its employer can do now."""
    state = job.life.state
    return site.renderer.page(
        "employer_manage.html",
        here=HERE,
        job=job.life.shown,
        number=source_id(job.id),
        entity=f"{job.jobcenter}:{source_id(job.id)}" if job.version else None,
        state=job.state,
        jobcenter=job.jobcenter,
        revision=job.revision,
        address=f"/arbeitgeber/stelle/{token}",
        facts=employer_facts.facts(job.life.shown, site.renderer) if job.life.shown else [],
        may_change=may(state, Action.CHANGE),
        may_end=may(state, Action.WITHDRAW),
        may_extend=portal.acts.may_extend(job),
        days=DAYS_SHOWN,
    )


async def alike(site: Site, employer: str, plz: str, title: str) -> list[dict[str, Any]]:
    """Open jobs that may be the same."""
    async with site.board.pool.connection() as connection:
        return await likely_same(connection, employer, plz, title, site.board.today())


def choices(answers: Answers) -> list[tuple[str, str]]:
    """Occupations to choose from: what fits title and occupation, and what is chosen already."""
    found = dict(likely(value(answers, "occupation"))) | dict(likely(value(answers, "title")))
    chosen = value(answers, "kldb2010")
    if is_occupation(chosen):
        found = {chosen: occupations()[chosen]} | found
    return list(found.items())


def _words(site: Site, fault: Fault) -> str:
    if fault.text.startswith("portal_"):
        return site.renderer.t(fault.text).format(**fault.values)
    told = explain(fault.text)
    return f"{told.text(site.language)} ({fault.text})"
