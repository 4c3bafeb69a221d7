"""Pages for employers: report a job, confirm it, change and end it. No account, no cookie; a signed link instead."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from hub.portal import store
from hub.portal.acts import Elsewhere
from hub.portal.fault import Fault
from hub.portal.form import DAYS_SHOWN, OFFERS, PERIODS, TERMS, VISIBILITIES, WORKING_TIMES, Reported, answers_of, judge
from hub.portal.lifecycle import Action, NotNow, may
from hub.portal.links import BadLink, OldLink, Ticket
from hub.portal.listing import content_of, source_id
from hub.portal.occupations import is_occupation, likely
from hub.portal.setup import Portal
from hub.portal.similar import likely_same
from hub.portal.store import Job, TooMany
from hub.web import employer_facts
from hub.web.errors import Trouble
from hub.web.forms import PRIVATE, Answers, Told, private_page, read_form, value, whole
from hub.web.site import Site, TheSite, page
from hub.web.writing import plain_day
from schemas.codelists import municipalities, occupations
from schemas.codes import explain

router = APIRouter(include_in_schema=False)

_HERE = "/arbeitgeber"
_FORM = "/arbeitgeber/stelle-melden"


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
    return page(request, site.renderer.page("employers.html", here=_HERE, is_open=site.portal is not None))


@router.get("/arbeitgeber/stelle-melden")
async def empty_form(site: TheSite, portal: ThePortal) -> Response:
    """The form, with what is usual filled in."""
    until = plain_day(portal.acts.today() + timedelta(days=DAYS_SHOWN), site.language)
    usual = {
        "published_until": [until], "openings": ["1"], "offer_type": ["ARBEIT"], "visibility": ["PUBLIC"],
        "pay_period": ["HOUR"],
    }  # fmt: skip
    return private_page(_form(site, usual, [], _FORM))


@router.post("/arbeitgeber/stelle-melden")
async def report(request: Request, site: TheSite, portal: ThePortal) -> Response:
    """First the form is looked over, with jobs that may be the same; sent from there, it is kept and a letter goes."""
    answers = await read_form(request)
    if value(answers, "schritt") == "zurueck":
        return private_page(_form(site, answers, [], _FORM))
    judged = judge(answers, portal.routes, portal.acts.today())
    if isinstance(judged, list):
        return private_page(_form(site, answers, judged, _FORM), 422)
    if value(answers, "schritt") != "senden":
        return private_page(await _review(site, answers, judged, _FORM))
    try:
        async with portal.pool.connection() as connection:
            await portal.acts.report(connection, judged.route, judged.sender, content_of(judged.record))
    except TooMany:
        faults = [Fault("sender", "portal_too_many")]
        return private_page(_form(site, answers, faults, _FORM), 429)
    portal.care.wake.set()
    return RedirectResponse("/arbeitgeber/gesendet", 303, PRIVATE)


@router.get("/arbeitgeber/gesendet")
async def sent(site: TheSite, portal: ThePortal) -> Response:
    """Look into your mailbox."""
    return _told(site, "portal_sent_title", "portal_sent_text")


@router.get("/arbeitgeber/aehnliche")
async def similar(
    site: TheSite, portal: ThePortal, employer_name: _Text = "", plz: _Text = "", title: _Text = ""
) -> Response:
    """A part of the form: open jobs that may be the same, while somebody types."""
    found = await _likely_same(site, employer_name, plz, title)
    return private_page(site.renderer.page("employer_similar.html", similar=found))


@router.get("/arbeitgeber/berufe")
async def occupations_alike(
    site: TheSite, portal: ThePortal, title: _Text = "", occupation: _Text = "", kldb2010: _Text = ""
) -> Response:
    """A part of the form: occupations the title may mean."""
    chosen = {"title": [title], "occupation": [occupation], "kldb2010": [kldb2010]}
    html = site.renderer.page("employer_occupations.html", choices=_choices(chosen), chosen=kldb2010, fault="")
    return private_page(html)


@router.get("/arbeitgeber/bestaetigen/{token}")
async def ask_to_confirm(site: TheSite, portal: ThePortal, token: str) -> Response:
    """A question with a button: programs that follow the links of a letter must confirm nothing."""
    ticket = _confirming(portal, token)
    async with portal.pool.connection() as connection:
        job = await store.find(connection, ticket)
    if job is None or not may(job.life.state, Action.CONFIRM):
        raise _used()
    html = site.renderer.page(
        "employer_confirm.html",
        here=_HERE,
        job=job.life.shown,
        facts=employer_facts.facts(job.life.shown, site.renderer),
    )
    return private_page(html)


@router.post("/arbeitgeber/bestaetigen/{token}")
async def confirm(portal: ThePortal, token: str) -> Response:
    """The button. Works once: afterwards the report is no longer unconfirmed."""
    ticket = _confirming(portal, token)
    try:
        async with portal.pool.connection() as connection:
            job = await portal.acts.confirm(connection, ticket)
    except NotNow:
        raise _used() from None
    portal.care.wake.set()
    return RedirectResponse(f"/arbeitgeber/stelle/{portal.links.manage_token(job.ticket)}", 303, PRIVATE)


@router.get("/arbeitgeber/stelle/{token}")
async def manage(site: TheSite, portal: ThePortal, token: str) -> Response:
    """Where the job stands, and what its employer can do."""
    async with portal.pool.connection() as connection:
        job = await _managed(portal, connection, token)
    return private_page(_manage_page(site, portal, job, token))


@router.post("/arbeitgeber/stelle/{token}")
async def act(request: Request, site: TheSite, portal: ThePortal, token: str) -> Response:
    """Filled, withdrawn, extended. Sent twice, it is done once."""
    answers = await read_form(request)
    wanted, revision = value(answers, "aktion"), whole(answers, "stand")
    async with portal.pool.connection() as connection:
        job = await _managed(portal, connection, token)
        try:
            if wanted == "verlaengern":
                await portal.acts.extend(connection, job.ticket, revision)
            elif wanted in ("besetzt", "zurueckziehen"):
                await portal.acts.end(connection, job.ticket, revision, filled=wanted == "besetzt")
            else:
                raise _moved()
        except NotNow:
            raise _moved() from None
    portal.care.wake.set()
    return RedirectResponse(f"/arbeitgeber/stelle/{token}", 303, PRIVATE)


@router.get("/arbeitgeber/stelle/{token}/aendern")
async def filled_form(site: TheSite, portal: ThePortal, token: str) -> Response:
    """The form with what the job says now."""
    async with portal.pool.connection() as connection:
        job = await _managed(portal, connection, token)
    if not may(job.life.state, Action.CHANGE):
        raise _moved()
    answers = {**answers_of(job.life.shown, job.sender), "stand": [str(job.revision)]}
    return private_page(_form(site, answers, [], f"/arbeitgeber/stelle/{token}/aendern"))


@router.post("/arbeitgeber/stelle/{token}/aendern")
async def change(request: Request, site: TheSite, portal: ThePortal, token: str) -> Response:
    """The change goes to the Jobcenter; what was accepted stays until it has decided."""
    address = f"/arbeitgeber/stelle/{token}/aendern"
    answers = await read_form(request)
    async with portal.pool.connection() as connection:
        job = await _managed(portal, connection, token)
        # The address is proved and stays; a form cannot take the job away from its sender.
        answers["sender"] = [job.sender or ""]
        if value(answers, "schritt") == "zurueck":
            return private_page(_form(site, answers, [], address))
        judged = judge(answers, portal.routes, portal.acts.today())
        if isinstance(judged, list):
            return private_page(_form(site, answers, judged, address), 422)
        if value(answers, "schritt") != "senden":
            return private_page(await _review(site, answers, judged, address))
        try:
            content = content_of(judged.record)
            await portal.acts.change(connection, job.ticket, whole(answers, "stand"), judged.route, content)
        except Elsewhere:
            return private_page(_form(site, answers, [Fault("plz", "portal_elsewhere")], address), 422)
        except NotNow:
            raise _moved() from None
    return RedirectResponse(f"/arbeitgeber/stelle/{token}", 303, PRIVATE)


# -------------------------------------------------------------------------------------------------------------- parts


def _confirming(portal: Portal, token: str) -> Ticket:
    try:
        return portal.links.confirming(token)
    except OldLink:
        raise Trouble(
            410,
            "link-expired",
            "Dieser Link gilt nicht mehr: er musste innerhalb von 48 Stunden benutzt werden."
            " Die Angaben sind gelöscht; bitte melden Sie die Stelle noch einmal.",
            "This link was valid for 48 hours. Please report the job again.",
        ) from None
    except BadLink:
        raise _no_link() from None


async def _managed(portal: Portal, connection: store.Connection, token: str) -> Job:
    try:
        job = await store.find(connection, portal.links.managing(token))
    except BadLink:
        job = None
    if job is None or job.state == "UNCONFIRMED":
        raise _no_link()
    return job


def _no_link() -> Trouble:
    return Trouble(
        404,
        "no-such-link",
        "Diesen Link kennen wir nicht. Wurde er beim Kopieren aus der E-Mail abgeschnitten?",
        "This link is unknown. Was it cut off when it was copied?",
    )


def _used() -> Trouble:
    return Trouble(
        409,
        "link-used",
        "Dieser Link ist schon benutzt worden oder die Angaben sind nach 48 Stunden gelöscht worden."
        " Haben Sie schon bestätigt, dann finden Sie in Ihrem Postfach einen neuen Link zu Ihrer Stelle.",
        "This link was used before, or the data has been deleted after 48 hours.",
    )


def _moved() -> Trouble:
    return Trouble(
        409,
        "job-moved-on",
        "Das geht jetzt nicht mehr: die Stelle hat sich inzwischen geändert. Bitte öffnen Sie Ihren Link noch einmal.",
        "The job has changed meanwhile. Please open your link again.",
    )


def _told(site: Site, heading: str, text: str) -> Response:
    t = site.renderer.t
    return private_page(site.renderer.page("employer_told.html", here=_HERE, heading=t(heading), text=t(text)))


def _form(site: Site, answers: Answers, faults: list[Fault], address: str) -> str:
    t = site.renderer.t
    return site.renderer.page(
        "employer_form.html",
        here=_HERE,
        address=address,
        answers=answers,
        faults=Told({fault.field: _words(site, fault) for fault in faults}),
        towns=sorted(set(municipalities().values())),
        choices=_choices(answers),
        chosen=value(answers, "kldb2010"),
        working_times=WORKING_TIMES,
        offer_names=[(code, t(code)) for code in OFFERS],
        term_names=[(code, t(code)) for code in TERMS],
        period_names=[(code, t(code)) for code in PERIODS],
        visibility_names=[(code, t(f"portal_visibility_{code}")) for code in VISIBILITIES],
        is_change=address != _FORM,
    )


async def _review(site: Site, answers: Answers, judged: Reported, address: str) -> str:
    content = content_of(judged.record)
    alike = await _likely_same(site, content["employer"]["name"], content["workplace"]["plz"], content["title"])
    hidden = [(name, one) for name, values in answers.items() if name != "schritt" for one in values]
    return site.renderer.page(
        "employer_review.html",
        here=_HERE,
        address=address,
        hidden=hidden,
        job=content,
        sender=judged.sender,
        jobcenter=judged.route.jobcenter,
        facts=employer_facts.facts(content, site.renderer),
        similar=alike,
    )


def _manage_page(site: Site, portal: Portal, job: Job, token: str) -> str:
    state = job.life.state
    return site.renderer.page(
        "employer_manage.html",
        here=_HERE,
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


async def _likely_same(site: Site, employer: str, plz: str, title: str) -> list[dict[str, Any]]:
    async with site.board.pool.connection() as connection:
        return await likely_same(connection, employer, plz, title, site.board.today())


def _choices(answers: Answers) -> list[tuple[str, str]]:
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
