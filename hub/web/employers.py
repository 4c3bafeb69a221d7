"""Pages for employers: report a job, confirm it, change and end it. No account, no cookie; a signed link instead."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from hub.portal import store
from hub.portal.acts import Elsewhere
from hub.portal.fault import Fault
from hub.portal.filled import answers_of
from hub.portal.form import DAYS_SHOWN, judge
from hub.portal.lifecycle import Action, NotNow, may
from hub.portal.listing import content_of
from hub.portal.setup import Portal
from hub.portal.store import TooMany
from hub.web import employer_facts, employer_links, employer_pages
from hub.web.employer_pages import FORM, HERE
from hub.web.errors import Trouble
from hub.web.forms import PRIVATE, private_page, read_form, value, whole
from hub.web.site import TheSite, page
from hub.web.writing import plain_day

router = APIRouter(include_in_schema=False)


def the_portal(site: TheSite) -> Portal:
    """The portal, if the operator switched it on."""
    if site.portal is None:
        raise Trouble(
            503,
            "portal-off",
            "Stellen können hier zurzeit nicht online gemeldet werden. Ihr Jobcenter nimmt sie gern telefonisch auf.",
            "Jobs cannot be reported online here at present. Please call your Jobcenter.",
        )
    return site.portal


ThePortal = Annotated[Portal, Depends(the_portal)]
_Text = Annotated[str, Query(max_length=400)]


@router.get("/arbeitgeber")
async def employers(request: Request, site: TheSite) -> Response:
    """What the portal is for, and whether it is open."""
    return page(request, site.renderer.page("employers.html", here=HERE, is_open=site.portal is not None))


@router.get("/arbeitgeber/stelle-melden")
async def empty_form(site: TheSite, portal: ThePortal) -> Response:
    """The form, with what is usual filled in."""
    until = plain_day(portal.acts.today() + timedelta(days=DAYS_SHOWN), site.language)
    usual = {
        "published_until": [until], "openings": ["1"], "offer_type": ["ARBEIT"], "visibility": ["PUBLIC"],
        "pay_period": ["HOUR"],
    }  # fmt: skip
    return private_page(employer_pages.form(site, usual, [], FORM))


@router.post("/arbeitgeber/stelle-melden")
async def report(request: Request, site: TheSite, portal: ThePortal) -> Response:
    """First the form is looked over, with jobs that may be the same; sent from there, it is kept and a letter goes."""
    answers = await read_form(request)
    if value(answers, "schritt") == "zurueck":
        return private_page(employer_pages.form(site, answers, [], FORM))
    judged = judge(answers, portal.routes, portal.acts.today())
    if isinstance(judged, list):
        return private_page(employer_pages.form(site, answers, judged, FORM), 422)
    if value(answers, "schritt") != "senden":
        return private_page(await employer_pages.review(site, answers, judged, FORM))
    try:
        async with portal.pool.connection() as connection:
            await portal.acts.report(connection, judged.route, judged.sender, content_of(judged.record))
    except TooMany:
        faults = [Fault("sender", "portal_too_many")]
        return private_page(employer_pages.form(site, answers, faults, FORM), 429)
    portal.care.wake.set()
    return RedirectResponse("/arbeitgeber/gesendet", 303, PRIVATE)


@router.get("/arbeitgeber/gesendet")
async def sent(site: TheSite, portal: ThePortal) -> Response:
    """Look into your mailbox."""
    return employer_pages.told(site, "portal_sent_title", "portal_sent_text")


@router.get("/arbeitgeber/aehnliche")
async def similar(
    site: TheSite, portal: ThePortal, employer_name: _Text = "", plz: _Text = "", title: _Text = ""
) -> Response:
    """A part of the form: open jobs that may be the same, while somebody types."""
    found = await employer_pages.alike(site, employer_name, plz, title)
    return private_page(site.renderer.page("employer_similar.html", similar=found))


@router.get("/arbeitgeber/berufe")
async def occupations_alike(
    site: TheSite, portal: ThePortal, title: _Text = "", occupation: _Text = "", kldb2010: _Text = ""
) -> Response:
    """A part of the form: occupations the title may mean."""
    chosen = {"title": [title], "occupation": [occupation], "kldb2010": [kldb2010]}
    html = site.renderer.page(
        "employer_occupations.html", choices=employer_pages.choices(chosen), chosen=kldb2010, fault=""
    )
    return private_page(html)


@router.get("/arbeitgeber/bestaetigen/{token}")
async def ask_to_confirm(site: TheSite, portal: ThePortal, token: str) -> Response:
    """A question with a button: programs that follow the links of a letter must confirm nothing."""
    ticket = employer_links.confirming(portal, token)
    async with portal.pool.connection() as connection:
        job = await store.find(connection, ticket)
    if job is None or not may(job.life.state, Action.CONFIRM):
        raise employer_links.used()
    html = site.renderer.page(
        "employer_confirm.html",
        here=HERE,
        job=job.life.shown,
        facts=employer_facts.facts(job.life.shown, site.renderer),
    )
    return private_page(html)


@router.post("/arbeitgeber/bestaetigen/{token}")
async def confirm(portal: ThePortal, token: str) -> Response:
    """The button. Works once: afterwards the report is no longer unconfirmed."""
    ticket = employer_links.confirming(portal, token)
    try:
        async with portal.pool.connection() as connection:
            job = await portal.acts.confirm(connection, ticket)
    except NotNow:
        raise employer_links.used() from None
    portal.care.wake.set()
    return RedirectResponse(f"/arbeitgeber/stelle/{portal.links.manage_token(job.ticket)}", 303, PRIVATE)


@router.get("/arbeitgeber/stelle/{token}")
async def manage(site: TheSite, portal: ThePortal, token: str) -> Response:
    """Where the job stands, and what its employer can do."""
    async with portal.pool.connection() as connection:
        job = await employer_links.managed(portal, connection, token)
    return private_page(employer_pages.manage(site, portal, job, token))


@router.post("/arbeitgeber/stelle/{token}")
async def act(request: Request, site: TheSite, portal: ThePortal, token: str) -> Response:
    """Filled, withdrawn, extended. Sent twice, it is done once."""
    answers = await read_form(request)
    wanted, revision = value(answers, "aktion"), whole(answers, "stand")
    async with portal.pool.connection() as connection:
        job = await employer_links.managed(portal, connection, token)
        try:
            if wanted == "verlaengern":
                await portal.acts.extend(connection, job.ticket, revision)
            elif wanted in ("besetzt", "zurueckziehen"):
                await portal.acts.end(connection, job.ticket, revision, filled=wanted == "besetzt")
            else:
                raise employer_links.moved()
        except NotNow:
            raise employer_links.moved() from None
    portal.care.wake.set()
    return RedirectResponse(f"/arbeitgeber/stelle/{token}", 303, PRIVATE)


@router.get("/arbeitgeber/stelle/{token}/aendern")
async def filled_form(site: TheSite, portal: ThePortal, token: str) -> Response:
    """The form with what the job says now."""
    async with portal.pool.connection() as connection:
        job = await employer_links.managed(portal, connection, token)
    if not may(job.life.state, Action.CHANGE):
        raise employer_links.moved()
    answers = {**answers_of(job.life.shown, job.sender), "stand": [str(job.revision)]}
    return private_page(employer_pages.form(site, answers, [], f"/arbeitgeber/stelle/{token}/aendern"))


@router.post("/arbeitgeber/stelle/{token}/aendern")
async def change(request: Request, site: TheSite, portal: ThePortal, token: str) -> Response:
    """The change goes to the Jobcenter; what was accepted stays until it has decided."""
    address = f"/arbeitgeber/stelle/{token}/aendern"
    answers = await read_form(request)
    async with portal.pool.connection() as connection:
        job = await employer_links.managed(portal, connection, token)
        # The address is proved and stays; a form cannot take the job away from its sender.
        answers["sender"] = [job.sender or ""]
        if value(answers, "schritt") == "zurueck":
            return private_page(employer_pages.form(site, answers, [], address))
        judged = judge(answers, portal.routes, portal.acts.today())
        if isinstance(judged, list):
            return private_page(employer_pages.form(site, answers, judged, address), 422)
        if value(answers, "schritt") != "senden":
            return private_page(await employer_pages.review(site, answers, judged, address))
        try:
            content = content_of(judged.record)
            await portal.acts.change(connection, job.ticket, whole(answers, "stand"), judged.route, content)
        except Elsewhere:
            return private_page(employer_pages.form(site, answers, [Fault("plz", "portal_elsewhere")], address), 422)
        except NotNow:
            raise employer_links.moved() from None
    return RedirectResponse(f"/arbeitgeber/stelle/{token}", 303, PRIVATE)
